"""The maintain job on both databases: each silence is told once, and its end."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from ceasewire.store import events, fetches, sources
from ceasewire.store.memory import StoreMemory
from ceasewire.store.session import Store
from ceasewire.store.tables import FETCH
from tests.integration.test_store_sources import poll
from tests.support.store_data import NOW, add_items, add_source, claim_source, draft, fetched, later
from worker.jobs.maintain import maintain

DAY = 86_400


@pytest.fixture
def rhythmic(store: Store) -> Store:
    """A store with a source that brought four items a day until NOW."""
    source = add_source(store)
    add_items(store, source, *(draft(f"url:{n}", published_at=later(-n * 6 * 3600)) for n in range(40)))
    poll(store, "kremlin", outcome="new", new_items=40)
    return store


def told(store: Store, at: datetime) -> list[str]:
    maintain(store, lambda: at)
    with store.read() as s:
        return [event.kind for event in reversed(events.list_events(s))]


def test_a_silence_is_told_once_and_so_is_its_end(rhythmic: Store) -> None:
    assert told(rhythmic, later(2 * DAY)) == []
    assert told(rhythmic, later(6 * DAY)) == ["source_silent"]
    assert told(rhythmic, later(7 * DAY)) == ["source_silent"]
    with rhythmic.read() as s:
        assert "nothing new since 2021-01-11 18:00 UTC" in events.list_events(s)[0].message

    with rhythmic.write() as s:
        source = claim_source(s, "kremlin", later(8 * DAY), 1, force=True)
    assert source is not None
    add_items(rhythmic, source, draft("url:back", published_at=later(8 * DAY)))
    poll(rhythmic, "kremlin", later(8 * DAY), outcome="new", new_items=1)
    assert told(rhythmic, later(8 * DAY)) == ["source_silent", "source_heard"]
    assert told(rhythmic, later(8 * DAY) + timedelta(minutes=10)) == ["source_silent", "source_heard"]


def test_a_source_that_fails_is_not_silent(rhythmic: Store) -> None:
    poll(rhythmic, "kremlin", later(5 * DAY), outcome="timeout", failure_weight=1.0)
    assert told(rhythmic, later(6 * DAY)) == []


def test_nor_is_one_that_is_switched_off(rhythmic: Store) -> None:
    with rhythmic.write() as s:
        sources.set_source_enabled(s, "kremlin", False, "paused by a user")
    assert told(rhythmic, later(6 * DAY)) == []


def test_what_is_left_of_bodies_that_were_read_goes_and_those_set_aside_stay(store: Store) -> None:
    source = add_source(store)
    with store.write() as s:
        aside, old, fresh, waiting = [fetches.insert_fetch(s, source.id, fetched()) for _ in range(4)]
        s.execute(update(FETCH).where(FETCH.c.id == aside).values(failed_reason="3 attempts"))
        fetches.finish_fetches(s, [old], NOW)
        fetches.finish_fetches(s, [fresh], later(2 * DAY))
    maintain(store, lambda: later(3 * DAY))
    with store.read() as s:
        assert list(s.scalars(select(FETCH.c.id).order_by(FETCH.c.id))) == [aside, fresh, waiting]


def test_sentences_that_nobody_asked_for_in_half_a_year_are_forgotten(store: Store) -> None:
    memory, now = StoreMemory(store), datetime.now(UTC)
    memory.put({"a": "peace", "b": "war"})
    maintain(store, lambda: now + timedelta(days=170))
    assert memory.get(["a", "b"]) == {"a": "peace", "b": "war"}
    maintain(store, lambda: now + timedelta(days=190))
    assert memory.get(["a", "b"]) == {}
