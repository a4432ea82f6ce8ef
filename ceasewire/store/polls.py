"""Polls of sources: what is due, who has it, what the schedule must know, the log and each source's next state."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import Row, Update, and_, bindparam, case, delete, func, or_, select, update
from sqlalchemy.orm import Session

from ceasewire.items import FailureKind, Publisher, SourceForPoll, SourceKind
from ceasewire.store.statements import AHEAD, is_free, is_silent, mark_rung, storable
from ceasewire.store.tables import POLL, SOURCE

FAILURES = frozenset(FailureKind)
ASKED = "asked for"  # the reason of a poll that a user wants now


class Keep(Enum):
    """The type of KEEP."""

    KEEP = "keep"


KEEP = Keep.KEEP  # leave the stored value as it is, where None would clear it


@dataclass(frozen=True, slots=True)
class PollFacts:
    """What the schedule decides on. `older_url` is a further page to read first, `older_pages` how many were asked."""

    interval_seconds: int
    ttl_seconds: int | None
    entries: int
    failure_weight: float
    failing_since_at: datetime | None
    last_full_at: datetime | None
    moved_to: str | None
    moved_count: int
    last_success_at: datetime | None
    last_new_item_at: datetime | None
    older_url: str | None
    older_pages: int


@dataclass(frozen=True, slots=True)
class PollUpdate:
    """What a poll came to: for the log, and the source's next state. `url` None: it has not moved."""

    outcome: str  # new | unchanged | not_modified | a FailureKind
    next_poll_at: datetime
    next_poll_reason: str
    interval_seconds: int
    failure_weight: float
    reason: str = ""
    entries: int = 0
    new_items: int = 0
    changed_items: int = 0
    bytes: int = 0
    seconds: float = 0.0
    etag: str | Literal[Keep.KEEP] | None = KEEP
    last_modified: str | Literal[Keep.KEEP] | None = KEEP
    body_sha256: str | Literal[Keep.KEEP] | None = KEEP
    last_full_at: datetime | None = None  # None: this poll was not a full one
    moved_to: str | None = None
    moved_count: int = 0
    url: str | None = None
    ttl_seconds: int | None = None
    entries_of_last_body: int = 0
    disabled_reason: str | None = None  # given: the source is polled no more
    older_url: str | None = None  # given: that page is read next
    older_pages: int = 0


def ring_due_sources(s: Session, now: datetime, limit: int = 2_000) -> list[str]:
    """Ids of the sources that are due and not being polled, longest due first; each is named once in 8 s."""
    due = and_(SOURCE.c.enabled, _is_due(now), is_free(SOURCE, now), is_silent(SOURCE, now))
    found = select(SOURCE.c.id).where(due).order_by(SOURCE.c.next_poll_at.nulls_first()).limit(limit)
    ids = list(s.scalars(found.with_for_update(skip_locked=True)))
    mark_rung(s, SOURCE, ids, now)
    return ids


def claim_sources(
    s: Session, source_ids: Collection[str], now: datetime, lease_seconds: int = 120, *, force: bool = False
) -> list[tuple[SourceForPoll, PollFacts]]:
    """Take those of the sources that are due, enabled and free for polling, with what the schedule needs of them.

    `force` polls them now, whatever is due.
    """
    free = and_(SOURCE.c.id.in_(source_ids), is_free(SOURCE, now))
    condition = free if force else and_(free, SOURCE.c.enabled, _is_due(now))
    found = select(SOURCE.c.id).where(condition).order_by(SOURCE.c.id).with_for_update(skip_locked=True)
    claim = update(SOURCE).where(SOURCE.c.id.in_(s.scalars(found).all()))
    taken = {"lease_until": now + timedelta(seconds=lease_seconds), "next_poll_reason": "being polled"}
    rows = s.execute(claim.values(taken).returning(SOURCE)).all()
    return [(source_for_poll(row), _facts(row)) for row in rows]


def _is_due(now: datetime) -> Any:
    """Also where the clock was turned back since the last poll."""
    return or_(SOURCE.c.next_poll_at.is_(None), SOURCE.c.next_poll_at <= now, SOURCE.c.last_polled_at > now + AHEAD)


def source_for_poll(row: Row[Any]) -> SourceForPoll:
    """What flows of a row of the source table."""
    fields = {name: getattr(row, name) for name in SourceForPoll.__dataclass_fields__}
    return SourceForPoll(**fields | {"kind": SourceKind(row.kind), "publisher": Publisher(row.publisher)})


def get_poll_state(s: Session, source_id: str) -> PollFacts:
    """What the schedule needs; raises LookupError for an unknown source."""
    row = s.execute(select(SOURCE).where(SOURCE.c.id == source_id)).first()
    if row is None:
        raise LookupError(f"no source {source_id!r}")
    return _facts(row)


def get_poll_states(s: Session, source_ids: Collection[str]) -> dict[str, PollFacts]:
    """As `get_poll_state`, for several; unknown ones are left out."""
    return {row.id: _facts(row) for row in s.execute(select(SOURCE).where(SOURCE.c.id.in_(source_ids)))}


def _facts(row: Row[Any]) -> PollFacts:
    return PollFacts(
        interval_seconds=row.interval_seconds,
        ttl_seconds=row.ttl_seconds,
        entries=row.entries,
        failure_weight=row.failure_weight,
        failing_since_at=row.failing_since_at,
        last_full_at=row.last_full_at,
        moved_to=row.moved_to,
        moved_count=row.moved_count,
        last_success_at=row.last_success_at,
        last_new_item_at=row.last_new_item_at,
        older_url=row.older_url,
        older_pages=row.older_pages,
    )


def save_poll(s: Session, source_id: str, update_: PollUpdate, now: datetime) -> None:
    """Write the log and the source's next state, and give the lease back."""
    save_polls(s, {source_id: update_}, now)


def save_polls(s: Session, updates: Mapping[str, PollUpdate], now: datetime) -> None:
    """As `save_poll`, for several sources by id."""
    s.execute(POLL.insert(), [_log_line(source_id, poll, now) for source_id, poll in updates.items()])
    states: dict[tuple[tuple[str, ...], bool], list[dict[str, Any]]] = defaultdict(list)
    for source_id in sorted(updates):
        state = _next_state(updates[source_id], now)
        row = {f"new_{name}": value for name, value in state.items()} | {"of_source": source_id}
        states[tuple(state), updates[source_id].outcome in FAILURES].append(row)
    for (names, failed), rows in states.items():
        s.execute(_saving(names, failed), rows)


def _log_line(source_id: str, poll: PollUpdate, now: datetime) -> dict[str, Any]:
    return {
        "source_id": source_id,
        "at": now,
        "outcome": poll.outcome,
        "reason": storable(poll.reason),
        "entries": poll.entries,
        "new_items": poll.new_items,
        "changed_items": poll.changed_items,
        "bytes": poll.bytes,
        "seconds": poll.seconds,
    }


@lru_cache(maxsize=256)
def _saving(names: tuple[str, ...], failed: bool) -> Update:
    """The statement that saves these columns of a source: made once, and run for all sources at a time."""
    values: dict[str, Any] = {name: bindparam(f"new_{name}", type_=SOURCE.c[name].type) for name in names}
    if failed:
        values["failing_since_at"] = func.coalesce(SOURCE.c.failing_since_at, values["failing_since_at"])
    # An ask from during the poll stays due: what it is about may have come after the fetch.
    asked = SOURCE.c.next_poll_reason == ASKED
    values |= {name: case((asked, SOURCE.c[name]), else_=values[name]) for name in ("next_poll_at", "next_poll_reason")}
    return update(SOURCE).where(SOURCE.c.id == bindparam("of_source")).values(values)


def _next_state(poll: PollUpdate, now: datetime) -> Mapping[str, Any]:
    state: dict[str, Any] = {
        "next_poll_at": poll.next_poll_at,
        "next_poll_reason": poll.next_poll_reason,
        "interval_seconds": poll.interval_seconds,
        "ttl_seconds": poll.ttl_seconds,
        "entries": poll.entries_of_last_body,
        "failure_weight": poll.failure_weight,
        "last_polled_at": now,
        "last_outcome": poll.outcome,
        "last_reason": storable(poll.reason),
        "moved_to": poll.moved_to,
        "moved_count": poll.moved_count,
        "older_url": poll.older_url,
        "older_pages": poll.older_pages,
        "lease_until": None,
        "rung_at": None,
    }
    kept = {"etag": poll.etag, "last_modified": poll.last_modified, "body_sha256": poll.body_sha256}
    state |= {name: value for name, value in kept.items() if value is not KEEP}
    optional = {"last_full_at": poll.last_full_at, "url": poll.url}
    state |= {name: value for name, value in optional.items() if value is not None}
    if poll.outcome in FAILURES:
        state["failing_since_at"] = now  # unless it fails already, see _saving
    else:
        state |= {"failing_since_at": None, "last_success_at": now}
    if poll.new_items:
        state["last_new_item_at"] = now
    if poll.disabled_reason is not None:
        state |= {"enabled": False, "disabled_reason": poll.disabled_reason, "disabled_by": "poll"}
    return state


def defer_source(s: Session, source_id: str, until: datetime, reason: str) -> None:
    """Give the lease back without a poll, and try again at `until`: its host answers somebody else."""
    later = {"next_poll_at": until, "next_poll_reason": reason, "lease_until": None, "rung_at": None}
    s.execute(update(SOURCE).where(SOURCE.c.id == source_id).values(later))


def save_silence(s: Session, source_id: str, told_at: datetime | None) -> None:
    """Note that the silence of a source was told, or with None that it is over."""
    s.execute(update(SOURCE).where(SOURCE.c.id == source_id).values(silence_told_at=told_at))


def prune_polls(s: Session, before: datetime) -> int:
    """Drop the log of polls before a time; returns how many went."""
    gone = s.execute(delete(POLL).where(POLL.c.at < before).returning(POLL.c.id))
    return len(gone.all())
