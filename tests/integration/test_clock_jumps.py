"""A clock that jumps an hour and is set right again: nothing waits for the hour to come back."""

from collections.abc import Sequence

from sqlalchemy import text

from ceasewire.items import AlertIntent
from ceasewire.store import alerts, channels, outbox, polls, work
from ceasewire.store.session import Store
from tests.support.store_data import (
    add_items,
    add_source,
    claim_for_enrich,
    claim_source,
    draft,
    enrich,
    later,
    subscribe,
)

HOUR = 3_600.0


def due_sources(store: Store, seconds: float) -> Sequence[str]:
    with store.write() as s:
        return polls.ring_due_sources(s, later(seconds))


def test_sources_polled_in_the_hour_that_never_was(store: Store) -> None:
    add_source(store)
    update = polls.PollUpdate("unchanged", later(HOUR + 900), "as usual", 900, 0.0)
    with store.write() as s:
        claim_source(s, "kremlin", later(HOUR), 16)
        polls.save_poll(s, "kremlin", update, later(HOUR))
    assert due_sources(store, HOUR + 10) == []
    assert due_sources(store, 10) == ["kremlin"]


def test_leases_and_bells_of_that_hour_hold_nothing(store: Store) -> None:
    [item_id] = add_items(store, add_source(store), draft("url:a"))
    with store.write() as s:
        assert work.ring_due_items(s, "enrich", later(HOUR)) == [item_id]
        assert claim_for_enrich(s, item_id, later(HOUR), 16)
    with store.write() as s:
        assert work.ring_due_items(s, "enrich", later(20)) == [item_id]
        assert claim_for_enrich(s, item_id, later(20), 16)
        assert claim_for_enrich(s, item_id, later(21), 16) is None, "a lease of now holds"


def test_alerts_of_that_hour_go_at_once_and_the_rate_limit_begins_anew(store: Store) -> None:
    subscribe(store, "desk", {"languages": ["ru"]})
    ids = add_items(store, add_source(store), draft("url:a"), draft("url:b"))
    for item_id in ids:
        enrich(store, item_id)
    with store.write() as s:
        intents = [AlertIntent("desk", item_id, f"item:{item_id}", ("ru",)) for item_id in ids]
        first, second = outbox.insert_alerts(s, intents, later(HOUR + 120), later(HOUR))
        s.execute(text("UPDATE alert SET due_at = created_at"))
    with store.write() as s:
        assert channels.claim_delivery(s, first, later(HOUR + 1), per_minute=1, probe_at=later(HOUR + 100))
    with store.write() as s:
        assert alerts.ring_due_alerts(s, later(30)) == [first, second]
        assert channels.claim_delivery(s, second, later(30), per_minute=1, probe_at=later(100))


def test_a_jump_ahead_makes_work_due_and_loses_none(store: Store) -> None:
    [item_id] = add_items(store, add_source(store), draft("url:a"))
    with store.write() as s:
        assert claim_for_enrich(s, item_id, later(0), 16)
    with store.write() as s:
        assert claim_for_enrich(s, item_id, later(HOUR), 16), "its worker counts as dead"
    enrich(store, item_id)
    with store.read() as s:
        assert s.scalar(text("SELECT attempts FROM item")) == 0
