"""Items enriched together come out as they do one by one, and a bad one among them costs the others nothing."""

import os
import random
import signal
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from multiprocessing import get_context
from typing import Any

import pytest
from sqlalchemy import Table, select

from ceasewire.conflict.model import Conflict
from ceasewire.errors import StoreUnavailable
from ceasewire.items import ItemDraft, Language, Unchanged
from ceasewire.store import items
from ceasewire.store.events import list_events
from ceasewire.store.session import Store
from ceasewire.store.tables import ALERT, ASSESSMENT, FOLLOW_UP, ITEM, STORY, STORY_BAND, TAG
from tests.support.store_data import NOW, add_items, add_source, draft, later, save_changed, save_new, subscribe
from worker.jobs.enrich import Enriching, enrich_items
from worker.jobs.together import store_each

POISON = "Отрава"
TALKS = """Министры иностранных дел Армении и Азербайджана провели в среду переговоры в Тбилиси о границе и пленных.
Встреча продолжалась около четырёх часов и завершилась без подписания совместного заявления, сообщили участники.
По словам главы армянской делегации, стороны обсудили график работы комиссии и возвращение задержанных."""
SHELLING = """Азербайджанские войска обстреляли из миномётов окрестности Степанакерта, сообщило министерство обороны.
Двое военнослужащих получили ранения и доставлены в больницу, их состояние врачи называют тяжёлым, но стабильным.
Перестрелка продолжалась до полуночи, затем по просьбе миротворцев огонь прекратили обе стороны конфликта."""


class Letters:
    """Knows Russian by its letters; `worst` is what it does with a text that it cannot read."""

    def __init__(self, worst: Any = None) -> None:
        self._worst = worst

    def detect(self, text: str, declared: str | None = None) -> Language:
        if POISON in text and self._worst:
            self._worst()
        return Language("ru" if any("а" <= letter <= "я" for letter in text.lower()) else "en", 0.9, "letters")


def at_work(store: Store, conflicts: Mapping[str, Conflict], worst: Any = None, now: datetime = NOW) -> Enriching:
    return Enriching(store, Letters(worst), conflicts, "en", lambda: now)


def entry(key: str, text: str, **changes: Any) -> ItemDraft:
    return draft(f"url:{key}", title=f"Новости {key}", text=text, **changes)


def plain(store: Store, *keys: str) -> list[int]:
    return add_items(store, add_source(store), *(draft(f"url:{key}", title=key) for key in keys))


def newsroom(store: Store) -> list[int]:
    """Copies by other sources, a post with two articles around it, an edit of what was told, and English."""
    subscribe(store, "all", {"languages": ["ru", "en"]})
    subscribe(store, "talks", {"topics": ["talks_mediation"]}, copies="update")
    subscribe(store, "daily", {"sides": ["russia"]}, mode="digest")
    wire, paper, desk = (add_source(store, name) for name in ("wire", "paper", "desk"))
    told = add_items(store, wire, entry("told", SHELLING))
    enrich_items(at_work(store, {}), told)
    with store.write() as s:
        save_changed(s, wire, told[0], entry("told", SHELLING + " Дополнено."), NOW)
        english = draft("url:english", title="Snow", text="All is well.")
        ids = [*save_new(s, wire, entry("a", TALKS), entry("b", "Снег в горах."), english).new_ids]
        copies = entry("copy", f"ТБИЛИСИ. {TALKS}"), entry("again", f"{SHELLING} Читайте нас.")
        ids += save_new(s, paper, *copies).new_ids
        around, second = entry("around", "Заявление."), entry("second", "Они заявили.")
        embedded = {"platform": "x", "parent": "url:around", "also_embedded_in": ("url:second",)}
        post = entry("post", SHELLING.partition(".")[0], **embedded)
        ids += save_new(s, desk, around, second, post).new_ids
    return sorted([*told, *ids])


def contents(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """All that enriching writes, but for the numbers of rows."""
    wanted: dict[str, tuple[Table, Sequence[str]]] = {
        "items": (
            ITEM,
            ("id", "language", "story_id", "enriched_at", "translation_state", "models_sha256", "attempts"),
        ),
        "assessments": (ASSESSMENT, ("item_id", "conflict", "verdict", "score", "model_sha256")),
        "tags": (TAG, ("item_id", "conflict", "kind", "tag", "salience", "score")),
        "bands": (STORY_BAND, ("band", "item_id", "published_at")),
        "stories": (STORY, ("id", "language", "first_item_id")),
        "alerts": (ALERT, ("subscription_id", "item_id", "dedupe_key", "state", "due_at", "kind", "content_hash")),
        "follow-ups": (FOLLOW_UP, ("item_id", "content_hash", "kind")),
    }
    with store.read() as s:
        found = {name: s.execute(select(*(table.c[one] for one in names))) for name, (table, names) in wanted.items()}
        return {name: sorted((tuple(row) for row in rows), key=str) for name, rows in found.items()}


def test_a_batch_comes_to_what_its_items_come_to_one_by_one(
    store: Store, conflicts: Mapping[str, Conflict], tmp_path: Any
) -> None:
    alone = Store(f"sqlite:///{tmp_path / 'alone.sqlite3'}")
    alone.upgrade()
    ids = newsroom(store)
    assert newsroom(alone) == ids
    together = enrich_items(at_work(store, conflicts), ids)
    singly = [enrich_items(at_work(alone, conflicts), [item_id]) for item_id in ids]
    found, wanted = contents(store), contents(alone)
    assert found == wanted
    assert {name: len(rows) for name, rows in found.items() if not rows} == {}, "there is something to compare"
    assert len(together.alerts) == sum(len(each.alerts) for each in singly) > 0
    assert together.needs_translation
    alone.dispose()


def test_a_batch_twice_is_a_batch_once(store: Store, conflicts: Mapping[str, Conflict]) -> None:
    ids = newsroom(store)
    enrich_items(at_work(store, conflicts), ids)
    before = contents(store)
    again = enrich_items(at_work(store, conflicts), ids)
    assert (again.needs_translation, again.alerts, again.alone) == (False, [], [])
    assert contents(store) == before


def refuse() -> None:
    raise ValueError("no letters")


def states(store: Store) -> list[tuple[str, bool]]:
    with store.read() as s:
        return [(row.title, row.enriched_at is not None) for row in s.execute(select(ITEM).order_by(ITEM.c.id))]


def test_an_item_that_cannot_be_read_is_set_aside_alone(store: Store) -> None:
    ids = plain(store, "Утро", POISON, "Вечер")
    with pytest.raises(ValueError, match="no letters"):
        enrich_items(at_work(store, {}, refuse), ids)
    assert states(store) == [("Утро", True), (POISON, False), ("Вечер", True)]
    for turn in (1, 2):
        with pytest.raises(ValueError, match="no letters"):
            enrich_items(at_work(store, {}, refuse, later(20 * turn)), [ids[1]])
    enrich_items(at_work(store, {}, refuse, later(60)), [ids[1]])
    with store.read() as s:
        assert [(one.kind, one.about) for one in list_events(s)] == [("item_set_aside", str(ids[1]))]


def test_what_cannot_be_stored_costs_the_others_nothing() -> None:
    stored: list[str] = []

    def store_all(some: Sequence[str]) -> list[str]:
        if "bad" in some:
            raise ValueError(f"{len(some)} with a bad one")
        stored.extend(some)
        return list(some)

    failures: list[Exception] = []
    assert store_each(store_all, ["a", "bad", "b"], failures.append) == stored == ["a", "b"]
    assert [str(one) for one in failures] == ["1 with a bad one"]


def test_a_store_that_went_away_is_not_asked_again_for_each() -> None:
    asked: list[int] = []

    def store_all(some: Sequence[str]) -> list[str]:
        asked.append(len(some))
        raise StoreUnavailable("gone", about="store")

    with pytest.raises(StoreUnavailable):
        store_each(store_all, ["a", "b"], lambda _: None)
    assert asked == [2]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_batch_that_ended_its_worker_comes_back_one_by_one(store: Store) -> None:
    ids = plain(store, "Утро", POISON, "Вечер")
    left: list[Sequence[int]] = []
    for turn, some in enumerate([ids, ids, *([item_id] for item_id in ids), [ids[1]], [ids[1]]]):
        left.append(in_a_process(store, some, 20 * turn))
    assert left[1] == ids, "together they are left alone"
    assert states(store) == [("Утро", True), (POISON, False), ("Вечер", True)]
    with store.read() as s:
        assert [(one.kind, one.about) for one in list_events(s)] == [("item_set_aside", str(ids[1]))]


def in_a_process(store: Store, ids: Sequence[int], seconds: float) -> Sequence[int]:
    """Enrich them as a pool's child does; the items that it left to be done alone, none where it was killed."""
    context = get_context("fork")
    left = context.SimpleQueue()

    def work() -> None:
        own = Store(store._url.render_as_string(hide_password=False))
        left.put(enrich_items(at_work(own, {}, die, later(seconds)), ids).alone)

    child = context.Process(target=work)
    child.start()
    child.join(60)
    return () if left.empty() else left.get()


def test_workers_with_the_same_items_do_each_once(store: Store, conflicts: Mapping[str, Conflict]) -> None:
    """Batches that overlap, in other orders: nobody waits for anybody for ever."""
    subscribe(store, "all", {"languages": ["ru"]})
    source = add_source(store)
    ids = add_items(store, source, *(entry(str(n), f"{TALKS if n % 2 else SHELLING} {n}") for n in range(40)))
    batches = [ids[:20], ids[10:30][::-1], ids[20:], ids[::-2]]
    start, failures = threading.Barrier(len(batches)), list[Exception]()

    def work(some: Sequence[int]) -> None:
        start.wait(30)
        try:
            enrich_items(at_work(store, conflicts), some)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(some,)) for some in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == []
    assert [done for _, done in states(store)] == [True] * 40
    with store.read() as s:
        told = s.scalars(select(ALERT.c.item_id)).all()
        assessed = s.execute(select(ASSESSMENT.c.item_id, ASSESSMENT.c.conflict)).all()
    assert sorted(told) == ids
    assert len(assessed) == len(set(assessed)) == 40 * len(conflicts)


def test_feeds_that_show_the_items_again_meanwhile_hold_nobody_up(store: Store) -> None:
    """Both write many items in a transaction: PostgreSQL ends one of two that lock them in other orders."""
    source = add_source(store)
    drafts = [entry(str(n), f"Снег {n}.") for n in range(120)]
    ids = add_items(store, source, *drafts)
    done, failures = threading.Event(), list[Exception]()

    def read_again() -> None:
        order = random.Random(7)
        try:
            while not done.is_set():
                with store.write() as s:
                    again = [Unchanged(drafts[n], ids[n]) for n in order.sample(range(120), 60)]
                    items.save_items(s, source, again, NOW)
        except Exception as error:
            failures.append(error)

    reader = threading.Thread(target=read_again)
    reader.start()
    try:
        for start in range(0, 120, 20):
            enrich_items(at_work(store, {}), ids[start : start + 20])
    finally:
        done.set()
        reader.join(60)
    assert failures == []
    assert all(enriched for _, enriched in states(store))
