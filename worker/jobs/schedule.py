"""What a poll came to, written down: the schedule's decision, the log line, the events that somebody must see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ceasewire.items import Fetched, FetchFailed, NotModified, SourceForPoll
from ceasewire.pipeline.schedule import PollOutcome, PollRead, PollState, Schedule, SourceEvent, next_poll, rules_for
from ceasewire.store import events, polls
from ceasewire.store.fetches import FetchToRead
from ceasewire.store.polls import PollFacts, PollUpdate
from ceasewire.store.session import Session
from worker.jobs.older import after_failure

EVENTS = {
    SourceEvent.GONE: "is gone (410) and is polled no more",
    SourceEvent.MOVED: "has moved; its new address is polled from now on",
    SourceEvent.BROKEN: "keeps failing",
    SourceEvent.RECOVERED: "can be read again",
    SourceEvent.EMPTIED: "had entries and has none now",
}


@dataclass(frozen=True, slots=True)
class Read:
    """What reading a body brought."""

    entries: int
    new: int
    changed: int
    ttl_seconds: int | None
    warnings: tuple[str, ...]
    older: str | None = None  # address of the page to read next


def poll_state(facts: PollFacts) -> PollState:
    """The schedule's memory of a source, from the store."""
    return PollState(
        interval_seconds=facts.interval_seconds,
        failure_weight=facts.failure_weight,
        failing_since_at=facts.failing_since_at,
        moved_to=facts.moved_to,
        moved_count=facts.moved_count,
        last_full_at=facts.last_full_at,
        ttl_seconds=facts.ttl_seconds,
        entries=facts.entries,
    )


@dataclass(frozen=True, slots=True)
class Planned:
    """What a poll came to, not yet written down."""

    source: SourceForPoll
    update: PollUpdate
    events: Sequence[SourceEvent]


def record_failure(session: Session, source: SourceForPoll, failed: FetchFailed, now: datetime, jitter: float) -> str:
    """A poll that failed; returns the log line, as the others do."""
    planned = plan_failure(source, polls.get_poll_state(session, source.id), failed, now, jitter)
    record(session, [planned], now)
    return planned.update.reason


def record(session: Session, planned: Sequence[Planned], now: datetime) -> None:
    """Write down what polls of different sources came to."""
    polls.save_polls(session, {each.source.id: each.update for each in planned}, now)
    for each in planned:
        for event in each.events:
            message = f"{each.source.name} {EVENTS[event]}: {each.update.reason}"
            events.insert_event(session, f"source_{event}", each.source.id, message, now)


def plan_failure(source: SourceForPoll, facts: PollFacts, failed: FetchFailed, now: datetime, jitter: float) -> Planned:
    """A poll that failed."""
    log = {"outcome": str(failed.kind), "reason": failed.reason, "seconds": failed.seconds}
    return _plan(source, facts, failed, log, now, jitter)


def plan_not_modified(
    source: SourceForPoll, facts: PollFacts, answer: NotModified, now: datetime, jitter: float
) -> Planned:
    """304. Validators that came with it replace the old ones; none that did not (RFC 9110 §15.4.5)."""
    validators = {"etag": answer.etag, "last_modified": answer.last_modified}
    kept = {name: value for name, value in validators.items() if value is not None}
    log = {"outcome": "not_modified", "reason": "not modified", "seconds": answer.seconds, **kept}
    return _plan(source, facts, answer, log, now, jitter)


def plan_same_body(source: SourceForPoll, facts: PollFacts, fetched: Fetched, now: datetime, jitter: float) -> Planned:
    """The same bytes as last time: not read again."""
    outcome = PollRead(
        0, 0, same_body=True, max_age_seconds=fetched.max_age_seconds, permanent_url=fetched.permanent_url
    )
    log = {
        "outcome": "unchanged",
        "reason": "the same body as before",
        "seconds": fetched.seconds,
        "bytes": len(fetched.body),
        "etag": fetched.etag,
        "last_modified": fetched.last_modified,
    }
    return _plan(source, facts, outcome, log, now, jitter)


def record_read(
    session: Session, fetch: FetchToRead, facts: PollFacts, read: Read, body_sha256: str, now: datetime, jitter: float
) -> str:
    """A body that was read, and its items stored in this same transaction; `read.older` is read next."""
    outcome = PollRead(
        entries=read.entries,
        known=max(0, read.entries - read.new),
        max_age_seconds=fetch.max_age_seconds,
        ttl_seconds=read.ttl_seconds,
        permanent_url=fetch.permanent_url,
    )
    log = {
        "outcome": "new" if read.new or read.changed else "unchanged",
        "reason": _sentence(read),
        "entries": read.entries,
        "new_items": read.new,
        "changed_items": read.changed,
        "bytes": len(fetch.body),
        "seconds": fetch.seconds,
        "etag": fetch.etag,
        "last_modified": fetch.last_modified,
        "body_sha256": body_sha256,
        "older_url": read.older,
        "older_pages": 1 if read.older else 0,
    }
    planned = _plan(fetch.source, facts, outcome, log, now, jitter)
    record(session, [planned], now)
    return planned.update.reason


def _sentence(read: Read) -> str:
    counts = [f"{read.entries} entries", f"{read.new} new"]
    if read.changed:
        counts.append(f"{read.changed} changed")
    return "; ".join([", ".join(counts), *read.warnings])


def _plan(
    source: SourceForPoll, facts: PollFacts, outcome: PollOutcome, log: dict[str, Any], now: datetime, jitter: float
) -> Planned:
    before = poll_state(facts)
    schedule = next_poll(before, outcome, now, jitter, rules_for(source.options, source.publisher))
    planned = _schedule_fields(schedule, before)
    if isinstance(outcome, FetchFailed):
        older, pages = after_failure(facts, outcome)
        planned |= {"older_url": older, "older_pages": pages}
    elif log.get("older_url"):
        planned |= {"next_poll_at": now, "next_poll_reason": "paging back to what is known"}
    return Planned(source, PollUpdate(**log, **planned), schedule.events)


def _schedule_fields(schedule: Schedule, before: PollState) -> dict[str, Any]:
    state = schedule.state
    return {
        "next_poll_at": schedule.next_poll_at,
        "next_poll_reason": schedule.reason,
        "interval_seconds": state.interval_seconds,
        "ttl_seconds": state.ttl_seconds,
        "entries_of_last_body": state.entries,
        "failure_weight": state.failure_weight,
        "last_full_at": state.last_full_at if state.last_full_at != before.last_full_at else None,
        "moved_to": state.moved_to,
        "moved_count": state.moved_count,
        "url": schedule.new_url,
        "disabled_reason": schedule.reason if schedule.disable else None,
    }
