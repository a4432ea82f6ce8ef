"""Alerts: items matched against many subscriptions, and how long an item takes from its commit to a local webhook.

Run: python -m tests.benchmarks.bench_alerts [ITEMS [SUBSCRIPTIONS]]. Items are texts of the gold set; the subscriptions
ask for its topics, places, actors and words in every combination that a desk would. Matching is measured by itself
and with all that the store does for it; the latency on the whole service with its own processes, on SQLite and a
broker of its own.
"""

import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ceasewire.conflict.load import load_conflicts
from ceasewire.conflict.model import Conflict
from ceasewire.items import Language, SourceForPoll, Tagging
from ceasewire.pipeline.alert import Subject, intents, match
from ceasewire.pipeline.query import parse_query
from ceasewire.pipeline.queryindex import QueryIndex
from ceasewire.pipeline.tag import tag_item
from ceasewire.settings import Settings
from ceasewire.store import subscriptions, work
from ceasewire.store.session import Store
from ceasewire.store.tables import ALERT
from ceasewire.words import fold
from tests.benchmarks.bench_tag import ROOT
from tests.benchmarks.report import row
from tests.e2e.stack import Stack, settled_items
from tests.support.receiver import WebhookReceiver
from tests.support.redisserver import RedisServer
from tests.support.store_data import add_source, draft, later, save_enriched, save_new
from worker.app import make_app
from worker.jobs.enrich import TOGETHER
from worker.jobs.matching import TaggedItem, insert_matching_alerts

PROBES = 200  # items whose way is timed
PAUSE_SECONDS = 0.3  # between two of them: a busy day's items come in an hour
WORDS = (
    "Кремл*",
    "ceasefire OR перемирие",
    '"peace treaty"',
    "Aliyev -football",
    "Փաշինյան",
    "пленн*",
    "sülh",
    "Lachin",
)


def gold() -> list[tuple[str, str]]:
    """Language and text of the gold set's items."""
    paths = sorted((ROOT / "tests/data/gold").glob("*.jsonl"))
    records = [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    return [(one["lang"], one["text"]) for one in records]


def queries(conflict: Conflict, count: int) -> dict[str, Mapping[str, Any]]:
    """Subscriptions of desks: a topic and a place, an actor of a side, words in a language, a source …"""
    rng = random.Random(1)
    topics, actors, places = (list(section) for section in (conflict.topics, conflict.actors, conflict.places))
    languages = ["ru", "en", "hy", "az", "tr"]
    shapes: tuple[Callable[[], dict[str, Any]], ...] = (
        lambda: {"topics": rng.sample(topics, 2), "languages": [rng.choice(languages)]},
        lambda: {"topics": [rng.choice(topics)], "places": [rng.choice(places)]},
        lambda: {"actors": [rng.choice(actors)], "topics": [rng.choice(topics)]},
        lambda: {"places": rng.sample(places, 2)},
        lambda: {"words": rng.choice(WORDS), "topics": [rng.choice(topics)]},
        lambda: {"words": rng.choice(WORDS), "words_in": "original"},
        lambda: {"sources": [f"source-{rng.randrange(200)}"], "verdicts": ["relevant", "possible"]},
        lambda: {"sides": [rng.choice(["armenia", "russia"])], "actors": [rng.choice(actors)], "salience": "any"},
    )
    return {f"s{n}": shapes[n % len(shapes)]() for n in range(count)}


def subject_of(number: int, language: str, text: str) -> Subject:
    """An item of one of 200 sources."""
    folded = fold(text)
    source = f"source-{number % 200}"
    return Subject(number, source, "feed", "wire", "RU", "russia", language, folded, folded, number, ())


def tagged(conflict: Conflict, texts: Sequence[tuple[str, str]]) -> list[tuple[str, str, Tagging]]:
    """Each text with what the conflict says of it."""
    return [
        (language, text, tag_item(conflict, title="", text=text, language=language, published_at=None))
        for language, text in texts
    ]


def bench_matching(conflict: Conflict, count: int, wanted: Mapping[str, Mapping[str, Any]]) -> None:
    """By itself, beside each query tried on each item."""
    known = tagged(conflict, gold())
    subjects = [
        (subject_of(n, language, text), [tagging])
        for n, (language, text, tagging) in enumerate(islice(cycle(known), count))
    ]
    index = QueryIndex({name: parse_query(fields) for name, fields in wanted.items()})
    started, found, tried = time.process_time(), 0, 0
    for subject, taggings in subjects:
        candidates = index.candidates(subject, taggings)
        tried += len(candidates)
        found += len(intents(candidates, subject, taggings))
    seconds = time.process_time() - started
    some = subjects[:: max(1, count // 200)]
    all_queries = {name: parse_query(fields) for name, fields in wanted.items()}
    started = time.process_time()
    plain = sum(bool(match(query, *pair)) for pair in some for query in all_queries.values())
    by_all = (time.process_time() - started) * count / len(some)
    indexed = sum(len(intents(index.candidates(*pair), *pair)) for pair in some)
    assert plain == indexed, "the index leaves out what matches"
    row(f"{count:,} items matched against {len(wanted):,} subscriptions", seconds, "s", "every query on each", by_all)
    row("queries tried on an item", tried / count, "", "all", len(wanted))
    row("subscriptions that match an item", found / count, "")


def subscribe(store: Store, wanted: Mapping[str, Mapping[str, Any]], target: str) -> None:
    """All of them to one receiver."""
    now = datetime.now(UTC)
    with store.write() as s:
        for name, query in wanted.items():
            new = subscriptions.NewSubscription(name, name, query, "webhook", target, wait_seconds=0)
            subscriptions.insert_subscription(s, new, now)


def bench_outbox(conflict: Conflict, count: int, wanted: Mapping[str, Mapping[str, Any]], folder: Path) -> None:
    """With reading the item, the comparison with what was sent, and the rows of the outbox, a transaction an item."""
    store = Store(f"sqlite:///{folder / 'store.sqlite3'}")
    store.upgrade()
    subscribe(store, wanted, "https://desk.example/hook")
    source = add_source(store)
    known = list(islice(cycle(tagged(conflict, gold())), count))
    with store.write() as s:
        drafts = [draft(f"url:{n}", title="", text=text, published_at=later(n)) for n, (_, text, _) in enumerate(known)]
        ids = save_new(s, source, *drafts).new_ids
        for item_id, (language, _, tagging) in zip(ids, known, strict=True):
            save_enriched(s, item_id, Language(language, 0.9, "script"), [tagging], later(0))
    began, started, alerts = time.perf_counter(), time.process_time(), 0
    new = [TaggedItem(item_id, [tagging], waits=False) for item_id, (_, _, tagging) in zip(ids, known, strict=True)]
    for start in range(0, len(new), TOGETHER):
        with store.write() as s:
            alerts += len(insert_matching_alerts(s, new[start : start + TOGETHER], later(0)))
    cpu, wall = time.process_time() - started, time.perf_counter() - began
    row(f"the same, read from SQLite and {alerts:,} alerts written, processor", cpu, "s")
    row("the same, on the clock", wall, "s")
    store.dispose()


def bench_latency(wanted: Mapping[str, Mapping[str, Any]], folder: Path) -> None:
    """From the commit of an item to its arrival; the task is rung as the reader of feeds rings it."""
    (folder / "redis").mkdir()
    with RedisServer(folder) as redis, WebhookReceiver() as receiver:
        stack = Stack(folder / "data", {"CEASEWIRE_REDIS_URL": redis.url, "CEASEWIRE_CHANNEL_RATES": "webhook=100000"})
        stack.start()
        try:
            settled_items(stack)  # the recorded sample is through: the machine is the probes' own
            store = Store(f"sqlite:///{folder / 'data' / 'ceasewire.sqlite3'}")
            subscribe(store, {**wanted, "probe": {"words": "benchmarkprobe"}}, receiver.url)
            app = make_app(Settings(data_dir=folder, config_dir=ROOT / "config", redis_url=redis.url))
            texts = random.Random(2).sample(gold(), PROBES + 1)
            source = add_source(store, "probe-source")
            [first] = commit_probes(store, app, source, texts[:1]).items()
            came = {item: at for name, item, at in arrivals(store, receiver) if name == "probe"}
            row("commit to webhook, the first since the start", came[first[0]] - first[1], "s")
            report(commit_probes(store, app, source, texts[1:]), arrivals(store, receiver))
        finally:
            stack.stop()


def commit_probes(store: Store, app: Any, source: SourceForPoll, texts: Sequence[tuple[str, str]]) -> dict[int, float]:
    """When each was committed, by its id: texts of the gold set, with a word that one desk asks for."""
    committed = {}
    for _, text in texts:
        new = draft(f"url:{text}", title=f"Benchmarkprobe {text}", published_at=datetime.now(UTC))
        with store.write() as s:
            [item_id] = save_new(s, source, new, now=datetime.now(UTC)).new_ids
        committed[item_id] = time.time()
        app.send_task("enrich_items", ([item_id],), queue="enrich")
        time.sleep(PAUSE_SECONDS)
    return committed


def arrivals(store: Store, receiver: WebhookReceiver) -> list[tuple[str, int, float]]:
    """Subscription, item and time of every message, once none is under way."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with store.read() as s:
            if not work.is_waiting(s, "enrich", datetime.now(UTC)) and not count_pending(s):
                break
        time.sleep(0.5)
    said = [(json.loads(message.body)["data"], message.at) for message in receiver.received]
    return [(data["subscription"]["id"], data["item"]["id"], at) for data, at in said]


def count_pending(s: Session) -> int:
    """Alerts that wait or are under way."""
    return s.scalar(select(func.count()).select_from(ALERT).where(ALERT.c.state == "pending")) or 0


def report(committed: Mapping[int, float], came: Sequence[tuple[str, int, float]]) -> None:
    """The spread of the latencies: of the one desk that asks for every probe, and of all alerts that they made."""
    probes = {item_id for name, item_id, _ in came if name == "probe" and item_id in committed}
    missing = len(committed) - len(probes)
    print(f"{len(committed)} items, {len(came):,} alerts, load average {os.getloadavg()[0]:.1f}")
    row(f"probes of {len(committed)} that never came", missing, "")
    for what, wanted in (("one desk", {"probe"}), ("all desks", {name for name, _, _ in came})):
        seconds = [at - committed[item_id] for name, item_id, at in came if name in wanted and item_id in committed]
        row(f"commit to webhook, {what}: median", median(seconds), "s")
        row(f"commit to webhook, {what}: p95", quantiles(seconds, n=20)[-1], "s")
        row(f"commit to webhook, {what}: worst", max(seconds), "s")


def main() -> None:
    """Print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    number = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000
    conflict = load_conflicts(ROOT / "config/conflicts")["karabakh"]
    wanted = queries(conflict, number)
    bench_matching(conflict, count, wanted)
    with tempfile.TemporaryDirectory() as folder:
        bench_outbox(conflict, count, wanted, Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        bench_latency(wanted, Path(folder))


if __name__ == "__main__":
    main()
