"""Sources: configuration over state, what is due, the log, the rhythm."""

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from ceasewire.items import SourceConfig
from ceasewire.store import polls, sources
from ceasewire.store.heartbeats import list_heartbeats, save_heartbeat
from ceasewire.store.polls import PollUpdate
from ceasewire.store.session import Store
from ceasewire.store.sources import SourceStatus
from ceasewire.store.tables import POLL
from tests.support.store_data import NOW, add_items, add_source, claim_source, draft, later, source_config

DAY = 86_400


def configure(store: Store, *configs: SourceConfig, now: datetime = NOW, sample: bool = False) -> None:
    with store.write() as s:
        sources.save_sources(s, configs, now, sample=sample)


def statuses(store: Store) -> dict[str, SourceStatus]:
    with store.read() as s:
        return {status.config.id: status for status in sources.list_sources(s)}


def update(**changes: Any) -> PollUpdate:
    fields: dict[str, Any] = {
        "outcome": "unchanged",
        "next_poll_at": later(900),
        "next_poll_reason": "every 15 minutes",
        "interval_seconds": 900,
        "failure_weight": 0.0,
    }
    return PollUpdate(**fields | changes)


def poll(store: Store, source_id: str, at: datetime = NOW, **changes: Any) -> None:
    with store.write() as s:
        polls.save_poll(s, source_id, update(**changes), at)


def due(store: Store, seconds: float) -> Sequence[str]:
    with store.write() as s:
        return polls.ring_due_sources(s, later(seconds))


def test_configuration_is_read_back_as_it_was(store: Store) -> None:
    config = source_config(options={"full_text": True, "selectors": {"title": "h1"}})
    configure(store, config)
    assert statuses(store)["kremlin"].config == config


def test_configuration_changes_and_state_stays(store: Store) -> None:
    configure(store, source_config())
    poll(store, "kremlin", etag='"1"', last_modified="Mon", interval_seconds=450)
    configure(store, source_config(name="Кремль", language=None), now=later(60))
    status = statuses(store)["kremlin"]
    assert (status.config.name, status.config.language) == ("Кремль", None)
    assert (status.interval_seconds, status.next_poll_at) == (450, later(900))


def test_another_address_is_another_source(store: Store) -> None:
    configure(store, source_config())
    poll(store, "kremlin", etag='"1"', outcome="gone", disabled_reason="410")
    configure(store, source_config(url="https://kremlin.example/new"), now=later(60))
    status = statuses(store)["kremlin"]
    assert (status.url, status.config.enabled, status.next_poll_at) == ("https://kremlin.example/new", True, later(60))
    with store.write() as s:
        claimed = claim_source(s, "kremlin", later(60))
    assert claimed is not None
    assert claimed.etag is None


def test_a_permanent_redirect_outlives_a_restart(store: Store) -> None:
    configure(store, source_config())
    poll(store, "kremlin", url="https://kremlin.example/moved")
    configure(store, source_config())
    status = statuses(store)["kremlin"]
    assert (status.url, status.config.url) == ("https://kremlin.example/moved", "https://kremlin.example/feed")


def test_what_configuration_drops_is_disabled_and_comes_back_with_it(store: Store) -> None:
    configure(store, source_config("a"), source_config("b"))
    configure(store, source_config("c", sample=True), sample=True)
    configure(store, source_config("a"))
    found = statuses(store)
    assert (found["b"].config.enabled, found["b"].config.disabled_reason) == (False, "no longer in config")
    assert found["a"].config.enabled
    assert found["c"].config.enabled  # of the sample: another configuration
    configure(store, source_config("a"), source_config("b"), now=later(60))
    assert (statuses(store)["b"].config.enabled, statuses(store)["b"].next_poll_at) == (True, later(60))


@pytest.mark.parametrize("by", ["poll", "user"])
def test_a_restart_lifts_no_decision_of_poll_or_user(store: Store, by: str) -> None:
    configure(store, source_config())
    if by == "poll":
        poll(store, "kremlin", outcome="gone", disabled_reason="it said 410")
    else:
        with store.write() as s:
            assert sources.set_source_enabled(s, "kremlin", False, "too noisy")
            assert not sources.set_source_enabled(s, "nobody", False, "")
    configure(store, source_config())
    assert not statuses(store)["kremlin"].config.enabled
    assert due(store, DAY) == []
    with store.write() as s:
        sources.set_source_enabled(s, "kremlin", True, "")
    assert due(store, DAY) == ["kremlin"]


def test_due_sources_ring_until_somebody_comes(store: Store) -> None:
    configure(
        store, source_config("a"), source_config("b"), source_config("off", enabled=False, disabled_reason="dead")
    )
    assert sorted(due(store, 0)) == ["a", "b"]
    assert due(store, 7) == []
    assert sorted(due(store, 8)) == ["a", "b"]
    with store.write() as s:
        assert claim_source(s, "a", later(8), lease_seconds=100) is not None
        assert claim_source(s, "a", later(9)) is None
        assert claim_source(s, "a", later(9), force=True) is None  # somebody is at it
    assert due(store, 16) == ["b"]
    assert sorted(due(store, 108)) == ["a", "b"]  # the lease ran out
    poll(store, "a", later(110))
    assert due(store, 899) == ["b"]
    assert sorted(due(store, 907)) == ["a", "b"]


def test_a_source_is_polled_out_of_turn_when_asked_for(store: Store) -> None:
    configure(store, source_config())
    poll(store, "kremlin")
    with store.write() as s:
        assert claim_source(s, "kremlin", later(1)) is None
        assert claim_source(s, "kremlin", later(1), lease_seconds=1, force=True) is not None
        assert sources.request_poll(s, "kremlin", later(2))
        assert not sources.request_poll(s, "nobody", later(2))
    assert due(store, 2) == ["kremlin"]
    assert statuses(store)["kremlin"].next_poll_reason == "asked for"
    with store.write() as s:
        assert claim_source(s, "kremlin", later(3)) is not None
        polls.defer_source(s, "kremlin", later(60), "its host is busy")
    assert due(store, 59) == []
    assert due(store, 60) == ["kremlin"]


def test_a_poll_asked_for_during_a_poll_follows_it(store: Store) -> None:
    configure(store, source_config())
    with store.write() as s:
        assert claim_source(s, "kremlin", later(1)) is not None
        assert sources.request_poll(s, "kremlin", later(2))
    assert due(store, 3) == [], "one at a time"
    poll(store, "kremlin", later(4))
    assert due(store, 4) == ["kremlin"]
    with store.write() as s:
        assert claim_source(s, "kremlin", later(5)) is not None
    poll(store, "kremlin", later(6))
    assert due(store, 7) == [], "asked for once, polled once"


def test_a_source_is_claimed_once(store: Store) -> None:
    configure(store, source_config())
    start, claimed = threading.Barrier(8), []

    def claim() -> None:
        start.wait(30)
        with store.write() as s:
            claimed.append(claim_source(s, "kremlin", NOW))

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one is not None for one in claimed].count(True) == 1


def test_validators_are_kept_replaced_or_cleared(store: Store) -> None:
    configure(store, source_config())
    poll(store, "kremlin", etag='"1"', last_modified="Mon", body_sha256="aa")
    poll(store, "kremlin", etag='"2"', last_modified=None)
    with store.write() as s:
        claimed = claim_source(s, "kremlin", NOW, force=True)
    assert claimed is not None
    assert (claimed.etag, claimed.last_modified, claimed.body_sha256) == ('"2"', None, "aa")


def test_failures_and_successes(store: Store) -> None:
    configure(store, source_config())
    poll(store, "kremlin", later(0), outcome="new", new_items=3, entries=20, last_full_at=NOW, entries_of_last_body=20)
    poll(store, "kremlin", later(60), outcome="timeout", reason="no answer in 30 s", failure_weight=0.5)
    poll(store, "kremlin", later(120), outcome="server", failure_weight=0.75, entries_of_last_body=20)
    with store.read() as s:
        facts = polls.get_poll_state(s, "kremlin")
    assert (facts.failing_since_at, facts.last_success_at, facts.last_new_item_at) == (later(60), NOW, NOW)
    assert (facts.failure_weight, facts.last_full_at, facts.entries) == (0.75, NOW, 20)
    poll(store, "kremlin", later(180), outcome="not_modified")
    with store.read() as s:
        facts = polls.get_poll_state(s, "kremlin")
        assert len(s.execute(select(POLL.c.id)).all()) == 4
        with pytest.raises(LookupError):
            polls.get_poll_state(s, "nobody")
    assert (facts.failing_since_at, facts.last_success_at) == (None, later(180))
    with store.write() as s:
        polls.prune_polls(s, later(100))
        assert len(s.execute(select(POLL.c.id)).all()) == 2


def test_rhythm(store: Store) -> None:
    source = add_source(store)
    add_source(store, "quiet")
    drafts = [draft(f"url:{n}", published_at=later(-n * 6 * 3600)) for n in range(40)]  # four a day, for ten days
    add_items(store, source, *drafts)
    poll(store, "kremlin", outcome="new", new_items=40)
    assert statuses(store)["kremlin"].items_per_day == pytest.approx(4, rel=0.05)
    assert statuses(store)["quiet"].items_per_day == 0


def test_heartbeats(store: Store) -> None:
    with store.write() as s:
        save_heartbeat(s, "sweep", {}, NOW)
        save_heartbeat(s, "sweep", {"models": ["ru", "hy"]}, later(10))
    with store.read() as s:
        [beat] = list_heartbeats(s)
    assert (beat.name, beat.at, beat.details) == ("sweep", later(10), {"models": ["ru", "hy"]})
