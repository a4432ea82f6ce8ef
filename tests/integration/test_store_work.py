"""What waits, who has it, and what becomes of it when nobody comes back."""

import os
import signal
import threading
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import func, select

from ceasewire.items import Language, NotNeeded, Unavailable
from ceasewire.store import fetches, work
from ceasewire.store.events import list_events
from ceasewire.store.memory import StoreMemory
from ceasewire.store.queries import count_states, get_item, list_topics_counts, queue_depths
from ceasewire.store.session import Store
from ceasewire.store.tables import ASSESSMENT
from tests.support.store_data import (
    NOW,
    RUSSIAN,
    add_items,
    add_source,
    claim_for_enrich,
    draft,
    enrich,
    fetched,
    ids_of,
    later,
    save_changed,
    save_enriched,
    tagging,
    translation,
)


def at_once(workers: int, work: Callable[[], Sequence[Any]]) -> list[Any]:
    """Run `work` in several threads that start together; all they returned."""
    start = threading.Barrier(workers)
    found: list[Any] = []

    def run() -> None:
        start.wait(30)
        found.extend(work())

    threads = [threading.Thread(target=run) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_every_item_is_claimed_once(store: Store) -> None:
    ids = add_items(store, add_source(store), *(draft(f"url:{n}") for n in range(40)))

    def claim_all() -> list[int]:
        claimed = []
        for item_id in ids:
            with store.write() as s:
                claimed += [item_id] if claim_for_enrich(s, item_id, NOW) else []
        return claimed

    assert sorted(at_once(6, claim_all)) == ids


def test_every_translation_is_claimed_once(store: Store) -> None:
    ids = add_items(store, add_source(store), *(draft(f"url:{n}") for n in range(40)))
    for item_id in ids:
        enrich(store, item_id)

    def claim_batches() -> list[int]:
        claimed: list[int] = []
        while True:
            with store.write() as s:
                batch = work.claim_for_translation(s, NOW, 3, ["ru"])
            if not batch:
                return claimed
            claimed += ids_of(batch)

    assert sorted(at_once(6, claim_batches)) == ids


def test_what_was_rung_for_is_left_alone_for_a_while(store: Store) -> None:
    source = add_source(store)
    ids = add_items(store, source, draft("url:a"), draft("url:b", published_at=later(60)))

    def ring(seconds: float) -> list[int]:
        with store.write() as s:
            return work.ring_due_items(s, "enrich", later(seconds))

    assert ring(0) == [ids[1], ids[0]]  # newest first
    assert ring(7) == []
    assert len(ring(8)) == 2  # the messages were lost
    with store.write() as s:
        assert claim_for_enrich(s, ids[0], later(8))
    assert ring(17) == [ids[1]]
    enrich(store, ids[0])
    with store.write() as s:
        assert work.ring_due_items(s, "translate", later(17), ["ru"]) == [ids[0]]


def test_a_lease_runs_out(store: Store) -> None:
    [item_id] = add_items(store, add_source(store), draft("url:a"))
    with store.write() as s:
        first = claim_for_enrich(s, item_id, NOW, lease_seconds=60)
        assert claim_for_enrich(s, item_id, later(59)) is None
        second = claim_for_enrich(s, item_id, later(60))
    assert first is not None
    assert second is not None
    assert (first.attempts, second.attempts) == (1, 2)
    assert (first.declared_language, first.source_id) == ("ru", "kremlin")  # the source's


def test_an_item_that_nobody_survives_is_set_aside(store: Store) -> None:
    source = add_source(store)
    [item_id] = add_items(store, source, draft("url:a", declared_language="az"))
    for attempt in range(3):
        with store.write() as s:
            claimed = claim_for_enrich(s, item_id, later(100 * attempt))
            assert claimed is not None
            assert (claimed.attempts, claimed.declared_language) == (attempt + 1, "az")
    with store.write() as s:
        assert claim_for_enrich(s, item_id, later(310)) is None
        assert work.ring_due_items(s, "enrich", later(320)) == []
        assert [(event.kind, event.about) for event in list_events(s)] == [("item_set_aside", str(item_id))]
        assert count_states(s)["set_aside"] == 1
        save_changed(s, source, item_id, draft("url:a", title="Исправлено"), later(400))
        assert claim_for_enrich(s, item_id, later(400)) is not None  # another text, another chance


def test_a_worker_that_did_its_work_between_two_stops_starts_counting_anew(store: Store) -> None:
    [item_id] = add_items(store, add_source(store), draft("url:a"))
    with store.write() as s:
        claim_for_enrich(s, item_id, NOW)
        claim_for_enrich(s, item_id, later(100))
        save_enriched(s, item_id, RUSSIAN, [], later(101))
        [claimed] = work.claim_for_translation(s, later(102), 5, ["ru"])
    assert claimed.attempts == 1


def test_an_interrupted_batch_comes_back_one_by_one(store: Store) -> None:
    """Of a batch that killed its worker, only the poison is set aside."""
    ids = add_items(store, add_source(store), *(draft(f"url:{n}", published_at=later(-n)) for n in range(4)))
    for item_id in ids:
        enrich(store, item_id)
    poison, now, translated = ids[1], NOW, []
    for _ in range(20):
        with store.write() as s:
            batch = work.claim_for_translation(s, now, 24, ["ru"], lease_seconds=60)
        if poison not in ids_of(batch):
            for one in batch:
                with store.write() as s:
                    work.save_translation(s, one.id, translation("…"), [], now)
                translated.append(one.id)
        now = later((now - NOW).total_seconds() + 61)
    assert sorted(translated) == sorted(set(ids) - {poison})
    with store.read() as s:
        found = get_item(s, poison)
    assert found is not None
    assert found.failed_reason == "3 attempts to translate it ended without a result"


def test_what_has_no_model_waits_for_one(store: Store) -> None:
    [russian, armenian] = add_items(store, add_source(store), draft("url:a"), draft("url:b"))
    enrich(store, russian, tagging("talks"))
    enrich(store, armenian, language=Language("hy", 0.99, "script"))
    with store.write() as s:
        batch = work.claim_for_translation(s, NOW, 9, ["ru"])
        assert {one.language for one in batch} == {"ru", "hy"}
        missing = Unavailable("hy", "no model for hy", "ceasewire models install hy")
        work.save_translation(s, armenian, missing, [], NOW)
        work.save_translation(s, russian, NotNeeded("ru"), [], NOW)
    with store.write() as s:
        assert work.claim_for_translation(s, NOW, 9, ["ru"]) == []
        assert work.ring_due_items(s, "translate", NOW, ["hy"]) == [armenian]
        assert ids_of(work.claim_for_translation(s, NOW, 9, ["hy"])) == [armenian]
        waiting, done = get_item(s, armenian), get_item(s, russian)
        assert queue_depths(s, NOW)["translate"] == 0
    assert waiting is not None
    assert done is not None
    assert waiting.translation_state == "unavailable"
    assert waiting.translation_reason == "no model for hy (ceasewire models install hy)"
    assert (done.translation_state, [tag.id for tag in done.tags]) == ("not_needed", ["talks"])


def test_a_result_stored_twice_is_stored_once(store: Store) -> None:
    [item_id] = add_items(store, add_source(store), draft("url:a"))
    for _ in range(2):
        enrich(store, item_id, tagging("talks"))
        with store.write() as s:
            assert work.save_translation(s, item_id, translation("Heading"), [tagging("talks", "shelling")], NOW)
    with store.read() as s:
        found = get_item(s, item_id)
    assert found is not None
    assert found.translation is not None
    assert (found.translation.title, len(found.assessments), len(found.tags)) == ("Heading", 1, 2)


def enrich_all(store: Store, ids: Sequence[int], seconds: float, each: Callable[[], object] = int) -> None:
    for item_id in ids:
        with store.write() as s:
            if claim_for_enrich(s, item_id, later(seconds), lease_seconds=60) is None:
                continue
        with store.write() as s:
            save_enriched(s, item_id, RUSSIAN, [tagging("talks")], later(seconds))
        each()


def test_a_killed_worker_loses_and_doubles_nothing(store: Store) -> None:
    ids = add_items(store, add_source(store), *(draft(f"url:{n}") for n in range(200)))
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        enrich_all(store, ids, 0, lambda: os.write(writing, b"."))
        os._exit(0)
    os.read(reading, 1)  # at least one is done; the rest is in full swing
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    with store.read() as s:
        assert 0 < count_states(s)["new"] < 200
    enrich_all(store, ids, 61)  # the lease of the one it held has run out
    with store.read() as s:
        assert count_states(s)["new"] == 0
        assert list_topics_counts(s, "karabakh", NOW) == {"talks": 200}
        assert s.scalar(select(func.count()).select_from(ASSESSMENT)) == 200
    os.close(reading)
    os.close(writing)


# --- fetches ---------------------------------------------------------------------------------------------------


def test_a_body_is_read_once_and_dropped(store: Store) -> None:
    add_source(store)
    with store.write() as s:
        fetch_id = fetches.insert_fetch(s, "kremlin", fetched(b"<rss>\x00\xff</rss>"))
        assert fetches.ring_unread_fetches(s, NOW) == [fetch_id]
        assert fetches.ring_unread_fetches(s, NOW) == []
    claimed = at_once(5, lambda: claim_fetch(store, fetch_id))
    assert [(one.body, one.source.id, one.attempts, one.etag) for one in claimed] == [
        (b"<rss>\x00\xff</rss>", "kremlin", 1, '"7"')
    ]
    with store.write() as s:
        fetches.finish_fetches(s, [fetch_id], NOW)
        assert fetches.claim_fetches(s, [fetch_id], later(1000)) == []
        assert fetches.ring_unread_fetches(s, later(1000)) == []
        assert queue_depths(s, NOW)["read"] == 0


def claim_fetch(store: Store, fetch_id: int) -> list[fetches.FetchToRead]:
    with store.write() as s:
        return fetches.claim_fetches(s, [fetch_id], NOW)


def test_a_body_that_kills_its_readers_is_set_aside_and_kept(store: Store) -> None:
    add_source(store)
    with store.write() as s:
        fetch_id = fetches.insert_fetch(s, "kremlin", fetched())
        for attempt in range(3):
            assert len(fetches.claim_fetches(s, [fetch_id], later(100 * attempt))) == 1
        assert fetches.claim_fetches(s, [fetch_id], later(289)) == []  # still being read
        assert list_events(s) == []
    with store.write() as s:
        assert fetches.claim_fetches(s, [fetch_id], later(400)) == []
        assert queue_depths(s, NOW)["fetches_set_aside"] == 1
        [event] = list_events(s)
    assert (event.kind, event.about) == ("fetch_set_aside", "kremlin")


# --- translation memory ----------------------------------------------------------------------------------------


def test_the_memory_remembers(store: Store) -> None:
    memory = StoreMemory(store)
    many = {f"key {n}": f"предложение {n}" for n in range(1300)}
    memory.put(many)
    memory.put({"key 0": "другое"})
    assert memory.get([*many, "unknown"]) == many
    assert memory.get([]) == {}
    memory.put({})
