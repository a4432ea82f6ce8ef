"""Clocks: the database's own, and the newest moment that the store has heard of."""

from datetime import UTC, datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from ceasewire.store.statements import is_postgres
from ceasewire.store.tables import HEARTBEAT, POLL


def database_now(s: Session) -> datetime:
    """What the database's clock says; SQLite has that of this machine."""
    if not is_postgres(s):
        return datetime.now(UTC)
    found: datetime = s.execute(text("SELECT clock_timestamp()")).scalar_one()
    return found


def newest_moment(s: Session) -> datetime | None:
    """The last heartbeat or poll: later than now, it was written before the clock was turned back."""
    moments = [s.scalar(select(func.max(column))) for column in (HEARTBEAT.c.at, POLL.c.at)]
    return max((moment for moment in moments if moment is not None), default=None)
