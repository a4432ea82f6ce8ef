"""Fetches: bodies that came in and wait to be read."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, delete, insert, select, update
from sqlalchemy.orm import Session

from ceasewire.items import Fetched, SourceForPoll
from ceasewire.store.events import insert_event
from ceasewire.store.polls import source_for_poll
from ceasewire.store.statements import MAX_ATTEMPTS, is_free, is_silent, mark_rung, values_of
from ceasewire.store.tables import FETCH, SOURCE
from ceasewire.store.tables.sources import Fetch

WAITING = and_(FETCH.c.read_at.is_(None), FETCH.c.failed_reason.is_(None))


@dataclass(frozen=True, slots=True)
class FetchToRead:
    """A claimed body with its source. `attempts` counts this one."""

    id: int
    source: SourceForPoll
    url: str
    content_type: str | None
    body: bytes
    max_age_seconds: int | None
    permanent_url: str | None
    etag: str | None
    last_modified: str | None
    seconds: float
    fetched_at: datetime
    attempts: int


def insert_fetch(s: Session, source_id: str, fetched: Fetched) -> int:
    """Keep a body until it is read; returns its id."""
    row = Fetch(
        source_id=source_id,
        url=fetched.url,
        content_type=fetched.content_type,
        body=fetched.body,
        max_age_seconds=fetched.max_age_seconds,
        permanent_url=fetched.permanent_url,
        etag=fetched.etag,
        last_modified=fetched.last_modified,
        seconds=fetched.seconds,
        fetched_at=fetched.fetched_at,
    )
    return int(s.execute(insert(FETCH).values(values_of(row)).returning(FETCH.c.id)).scalar_one())


def ring_unread_fetches(s: Session, now: datetime, limit: int = 200) -> list[int]:
    """Ids of the bodies that nobody reads, oldest first; each is named once in 8 s."""
    unread = and_(WAITING, is_free(FETCH, now), is_silent(FETCH, now))
    found = select(FETCH.c.id).where(unread).order_by(FETCH.c.id).limit(limit)
    ids = list(s.scalars(found.with_for_update(skip_locked=True)))
    mark_rung(s, FETCH, ids, now)
    return ids


def claim_fetches(s: Session, ids: Collection[int], now: datetime, lease_seconds: int = 90) -> list[FetchToRead]:
    """Take bodies for reading; those read already or taken are left out. After three tries one is set aside, kept."""
    free = and_(FETCH.c.id.in_(ids), WAITING, is_free(FETCH, now))
    claim = update(FETCH).where(free, FETCH.c.attempts < MAX_ATTEMPTS)
    lease = {"lease_until": now + timedelta(seconds=lease_seconds), "attempts": FETCH.c.attempts + 1}
    rows = {row.id: row for row in s.execute(claim.values(lease).returning(FETCH))}
    _give_up(s, set(ids) - rows.keys(), now)
    found = s.execute(select(SOURCE).where(SOURCE.c.id.in_({row.source_id for row in rows.values()})))
    by_id = {source.id: source_for_poll(source) for source in found}
    return [_to_read(row, by_id[row.source_id]) for _, row in sorted(rows.items())]


def _to_read(row: Row[Any], source: SourceForPoll) -> FetchToRead:
    return FetchToRead(
        id=row.id,
        source=source,
        url=row.url,
        content_type=row.content_type,
        body=row.body,
        max_age_seconds=row.max_age_seconds,
        permanent_url=row.permanent_url,
        etag=row.etag,
        last_modified=row.last_modified,
        seconds=row.seconds,
        fetched_at=row.fetched_at,
        attempts=row.attempts,
    )


def _give_up(s: Session, ids: Collection[int], now: datetime) -> None:
    """Set aside bodies whose every reader was stopped."""
    if not ids:
        return
    reason = f"{MAX_ATTEMPTS} attempts to read it ended without a result"
    tired = and_(FETCH.c.id.in_(ids), WAITING, is_free(FETCH, now), FETCH.c.attempts >= MAX_ATTEMPTS)
    given_up = update(FETCH).where(tired).values(failed_reason=reason).returning(FETCH.c.id, FETCH.c.source_id)
    for row in s.execute(given_up).all():
        insert_event(s, "fetch_set_aside", row.source_id, f"fetch {row.id}: {reason}; its body is kept", now)


def finish_fetches(s: Session, ids: Collection[int], now: datetime) -> None:
    """The bodies have been read and can go."""
    done = {"read_at": now, "body": None, "lease_until": None}
    s.execute(update(FETCH).where(FETCH.c.id.in_(ids)).values(done))


def prune_fetches(s: Session, before: datetime, limit: int) -> None:
    """Drop what is left of bodies that were read before a time, of the `limit` oldest; those set aside stay."""
    oldest = select(FETCH.c.id).order_by(FETCH.c.id).limit(limit)
    s.execute(delete(FETCH).where(FETCH.c.id.in_(oldest), FETCH.c.read_at < before))
