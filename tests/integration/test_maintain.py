"""The maintain job on both databases: each silence is told once, and its end."""

from datetime import datetime, timedelta

import pytest

from ceasewire.store import events, sources
from ceasewire.store.session import Store
from tests.integration.test_store_sources import poll
from tests.support.store_data import add_items, add_source, draft, later
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
        source = sources.claim_source(s, "kremlin", later(8 * DAY), 1, force=True)
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
