"""End to end on the whole service with its own processes: entries served, tagged, translated, alerted; lag and memory.

    python -m tests.benchmarks.bench_load [--rates 1,10,50] [--seconds 30] [--model sample|true-size]

Feeds on loopback get so many new entries a second, in three languages, made of words of the gold set; each is polled as
soon as it has some, so that the interval of polling is no part of the lag. A lag is from the moment an entry was first
served. Translation runs the word-by-word sample models, or for Russian a model of the size of a real one (then all
entries are Russian). One subscription takes every entry; its webhook is on loopback.
"""

import json
import os
import random
import shutil
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from html import escape
from pathlib import Path
from statistics import quantiles

import click
import yaml
from celery import Celery
from sqlalchemy import and_, select

from ceasewire.settings import Settings
from ceasewire.store.session import Store
from ceasewire.store.sources import request_poll
from ceasewire.store.tables import ITEM
from tests.benchmarks.bench_tag import ROOT
from tests.benchmarks.bench_translate import build_package, news_items
from tests.benchmarks.report import row
from tests.e2e.stack import Stack, settled_items
from tests.support.feedserver import FeedServer, Reply, Request
from tests.support.receiver import WebhookReceiver
from tests.support.redisserver import RedisServer
from worker.app import make_app

FEEDS = 8
SHOWN = 400  # entries of a feed, so that none leaves it unseen
LANGUAGES = ("ru", "az", "tr")  # of which there are sample models
WORDS = 60  # of an entry
PROBE = "Benchmarkprobe"
SETTLE_SECONDS = 600
Vocabulary = Mapping[str, Sequence[str]]  # words by language


class Newsroom:
    """What the feeds hold, and when each entry was first served."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._random = random.Random(11)
        self._entries: list[list[tuple[str, str]]] = [[] for _ in range(FEEDS)]
        self._lock = threading.Lock()
        self.made = 0
        self.served: dict[str, float] = {}  # by address of the entry

    def language(self, feed: int) -> str:
        """Languages take turns."""
        return list(self._vocabulary)[feed % len(self._vocabulary)]

    def add(self) -> int:
        """A new entry; returns the number of its feed."""
        feed = self.made % FEEDS
        words = [escape(word) for word in self._random.choices(self._vocabulary[self.language(feed)], k=WORDS)]
        link = f"http://feed{feed}.example/{self.made}"
        xml = (
            f"<item><title>{PROBE} {self.made} {' '.join(words[:6])}</title><link>{link}</link><guid>{link}</guid>"
            f"<pubDate>{format_datetime(datetime.now(UTC))}</pubDate>"
            f"<description>{' '.join(words)}</description></item>"
        )
        with self._lock:
            self._entries[feed].append((link, xml))
        self.made += 1
        return feed

    def unserved(self) -> set[int]:
        """The feeds that hold an entry nobody has asked for since it was made."""
        with self._lock:
            return {n for n, entries in enumerate(self._entries) if entries and entries[-1][0] not in self.served}

    def serve(self, feed: int, _request: Request) -> Reply:
        """The newest entries of a feed."""
        with self._lock:
            shown, now = self._entries[feed][-SHOWN:], time.time()
            for link, _ in shown:
                self.served.setdefault(link, now)
        items = "".join(xml for _, xml in reversed(shown))
        return Reply(body=f'<rss version="2.0"><channel><title>{feed}</title>{items}</channel></rss>'.encode())


def vocabulary(model: str) -> dict[str, list[str]]:
    """Of the gold set, or of what the model of true size knows."""
    if model == "true-size":
        sentences = [text for item in news_items(40) for paragraph in item for text in paragraph]
        return {"ru": " ".join(sentences).split()}
    words: dict[str, list[str]] = {language: [] for language in LANGUAGES}
    for path in sorted((ROOT / "tests/data/gold").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            words.get(record["lang"], []).extend(record["text"].split())
    return words


def configuration(folder: Path, server: FeedServer, newsroom: Newsroom) -> Path:
    """The project's own configuration, with the feeds as its only live sources."""
    config = folder / "config"
    shutil.copytree(ROOT / "config", config)
    common = {"kind": "feed", "publisher": "wire", "country": "RU", "side": "russia", "timezone": "UTC"}
    sources = []
    for n in range(FEEDS):
        server.on(f"/feed/{n}", partial(newsroom.serve, n))
        own = {"id": f"feed-{n}", "name": f"Feed {n}", "url": server.url(f"/feed/{n}")}
        sources.append({**own, **common, "language": newsroom.language(n)})
    (config / "sources.yaml").write_text(yaml.safe_dump({"sources": sources}), encoding="utf-8")
    return config


def drive(newsroom: Newsroom, rate: float, seconds: int, store: Store, app: Celery) -> None:
    """Entries at an even rate; every second the feeds that got some are polled."""
    began = time.monotonic()
    for second in range(1, seconds + 1):
        while newsroom.made < rate * second:
            newsroom.add()
        ask(newsroom, store, app)
        time.sleep(max(0.0, began + second - time.monotonic()))


def ask(newsroom: Newsroom, store: Store, app: Celery) -> None:
    """Poll the feeds that have something new. An ask during a poll may get no more than that one saw: ask again."""
    ids = [f"feed-{n}" for n in sorted(newsroom.unserved())]
    with store.write() as s:
        for source_id in ids:
            request_poll(s, source_id, datetime.now(UTC))
    app.send_task("poll_sources", (ids,), queue="poll")


def arrivals(receiver: WebhookReceiver) -> dict[str, float]:
    """When the alert of each entry came, by its address."""
    came: dict[str, float] = {}
    for message in list(receiver.received):
        url = json.loads(message.body)["data"]["item"]["url"]
        came.setdefault(url, message.at)
    return came


def stages(store: Store) -> dict[str, tuple[float | None, float | None]]:
    """When each entry that is through was tagged and, if it was not taken for English, translated, by its address."""
    through = and_(
        ITEM.c.title.startswith(PROBE), ITEM.c.enriched_at.is_not(None), ITEM.c.translation_state != "pending"
    )
    wanted = select(ITEM.c.url, ITEM.c.enriched_at, ITEM.c.translated_at).where(through)
    with store.read() as s:
        rows = s.execute(wanted).all()
    return {row.url: (_seconds(row.enriched_at), _seconds(row.translated_at)) for row in rows}


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()


def wait_for_all(stack: Stack, store: Store, newsroom: Newsroom, receiver: WebhookReceiver, app: Celery) -> None:
    """Until every entry is tagged, translated and alerted."""

    def done() -> bool:
        if newsroom.unserved():
            ask(newsroom, store, app)
        return len(stages(store)) == newsroom.made and len(arrivals(receiver)) == newsroom.made

    stack.wait_for(done, SETTLE_SECONDS)


def report(rate: float, newsroom: Newsroom, store: Store, receiver: WebhookReceiver) -> None:
    """Items a second and the lags of each stage."""
    served, came, known = newsroom.served, arrivals(receiver), stages(store)
    ends: dict[str, Mapping[str, float | None]] = {
        "tagged": {url: times[0] for url, times in known.items()},
        "translated": {url: times[1] for url, times in known.items()},
        "alerted": came,
    }
    spent = max(came.values()) - min(served.values())
    row(f"end to end at {rate:g} entries a second: carried", len(came) / spent, "items/s")
    for stage, at in ends.items():
        lags = [at_time - served[url] for url, at_time in at.items() if at_time is not None and url in served]
        cuts = quantiles(lags, n=20)
        row(f"  served to {stage}, p50", cuts[9], "s")
        row(f"  served to {stage}, p95", cuts[18], "s")


def report_memory(stack: Stack) -> None:
    """Resident memory of each process with its children."""
    for pid, line in stack.children().items():
        row(f"  memory of {_name(line)}", sum(_resident(one) for one in _family(pid)) / 1024, "MB")


def report_work(stack: Stack, before: Mapping[int, float], entries: int) -> None:
    """Processor time by process: what a second core, or a second worker, could take over."""
    lines = stack.children()
    spent = {_name(line): _busy(pid) - before[pid] for pid, line in lines.items() if pid in before}
    for name, seconds in (*spent.items(), ("all of it", sum(spent.values()))):
        row(f"  processor time an entry, {name}", 1000 * seconds / entries, "ms")


def _name(line: str) -> str:
    return " ".join(line.split()[-2:]) if "worker" in line else Path(line.split()[0]).name


def _family(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [one for child in task.read_text().split() for one in _family(int(child))]
    return found


def _resident(pid: int) -> int:
    """Proportional share of memory in KiB: pages shared after a fork count once."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _busy(pid: int) -> float:
    """Seconds of processor that a process and its children have used so far."""
    ticks = 0
    for one in _family(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15]))  # its own and those of children that have ended
    return ticks / os.sysconf("SC_CLK_TCK")


def run(rate: float, seconds: int, model: str, folder: Path) -> None:
    """One rate on a fresh stack."""
    newsroom = Newsroom(vocabulary(model))
    (folder / "redis").mkdir()
    if model == "true-size":
        build_package(folder / "data" / "packages" / "translate-ru_en-true-size")
    with RedisServer(folder) as redis, WebhookReceiver() as receiver, FeedServer() as server:
        config = configuration(folder, server, newsroom)
        settings = Settings(data_dir=folder / "data", config_dir=config, redis_url=redis.url)
        open_to = {"CEASEWIRE_ALLOW_NETWORKS": "127.0.0.0/8", "CEASEWIRE_CHANNEL_RATES": "webhook=1000000"}
        stack = Stack(folder / "data", {**open_to, "CEASEWIRE_REDIS_URL": redis.url})
        stack.start("--live", "--config-dir", str(config))
        try:
            settled_items(stack)
            wanted = {"name": "all", "query": {"words": PROBE}, "channel": "webhook", "target": receiver.url}
            stack.post("/subscriptions", wanted)
            store = Store(settings.store_url)
            app = make_app(settings)
            before = {pid: _busy(pid) for pid in stack.children()}
            drive(newsroom, rate, seconds, store, app)
            wait_for_all(stack, store, newsroom, receiver, app)
            report(rate, newsroom, store, receiver)
            report_work(stack, before, newsroom.made)
            report_memory(stack)
        finally:
            stack.stop()


@click.command(help=__doc__)
@click.option("--rates", default="1,10,50")
@click.option("--seconds", default=30)
@click.option("--model", type=click.Choice(["sample", "true-size"]), default="sample")
def main(rates: str, seconds: int, model: str) -> None:
    """Print the figures."""
    for rate in rates.split(","):
        with tempfile.TemporaryDirectory() as folder:
            run(float(rate), seconds, model, Path(folder))


if __name__ == "__main__":
    main()
