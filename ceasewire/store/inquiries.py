"""Questions about an item to the world outside, whichever the table: what is due, claims, and answers written down."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Table, and_, select, update
from sqlalchemy.orm import Session

from ceasewire.store.statements import MAX_ATTEMPTS, is_free, is_silent, mark_rung, storable

UNCLEAR = "unclear"
FREE: dict[str, Any] = {"lease_until": None, "rung_at": None}


def ring_due(s: Session, table: Table, now: datetime, limit: int = 50) -> list[int]:
    """Ids of the questions that are due, longest due first; each is named once in 8 s."""
    due = and_(table.c.settled_at.is_(None), table.c.due_at <= now, is_free(table, now), is_silent(table, now))
    found = select(table.c.id).where(due).order_by(table.c.due_at, table.c.id).limit(limit)
    ids = list(s.scalars(found.with_for_update(skip_locked=True)))
    mark_rung(s, table, ids, now)
    return ids


def claim(s: Session, table: Table, row_id: int, now: datetime, lease_seconds: int = 180) -> Row[Any] | None:
    """Take a question, or None: settled, not due, taken, or given up (now, if this would be the fourth try)."""
    free = and_(table.c.id == row_id, table.c.settled_at.is_(None), table.c.due_at <= now, is_free(table, now))
    lease = {"lease_until": now + timedelta(seconds=lease_seconds), "attempts": table.c.attempts + 1}
    taken = update(table).where(free, table.c.attempts < MAX_ATTEMPTS).values(lease).returning(table)
    row = s.execute(taken).first()
    if row is None:
        reason = f"{MAX_ATTEMPTS} attempts to ask ended without an answer"
        given_up = {"settled_at": now, "outcome": UNCLEAR, "reason": reason}
        s.execute(update(table).where(free, table.c.attempts >= MAX_ATTEMPTS).values(given_up))
    return row


def defer(s: Session, table: Table, row_id: int, until: datetime) -> None:
    """Its host answers somebody else: try again at `until`; this was no attempt."""
    later: dict[str, Any] = {"due_at": until, "attempts": table.c.attempts - 1}
    s.execute(update(table).where(table.c.id == row_id).values(later | FREE))


def ask_again(s: Session, table: Table, row_id: int, reason: str, at: datetime, now: datetime, **more: Any) -> None:
    """An answer that settles nothing: the question is due again at `at`."""
    values = {"due_at": at, "reason": storable(reason), "asked_at": now, "asked": table.c.asked + 1, "attempts": 0}
    s.execute(update(table).where(table.c.id == row_id).values(values | FREE | more))


def settle(s: Session, table: Table, row_id: int, outcome: str, reason: str, now: datetime) -> bool:
    """The question is answered for good; False if it is not open any more."""
    values = {"settled_at": now, "outcome": outcome, "reason": storable(reason), "asked_at": now}
    is_open = and_(table.c.id == row_id, table.c.settled_at.is_(None))
    done = update(table).where(is_open).values(values | FREE | {"asked": table.c.asked + 1})
    return s.execute(done.returning(table.c.id)).first() is not None
