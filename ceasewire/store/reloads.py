"""Reloads of the configuration: which part of the service could not read a changed file and goes on with the former.

Kept as events, so that a user sees them. Parts are named `api`, `worker-enrich`, …; replicas of one share a name.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ceasewire.store.events import insert_event
from ceasewire.store.statements import is_postgres
from ceasewire.store.tables import EVENT

READ, BROKEN = "config_read", "config_broken"
RELOAD_LOCK = 0x0CEA5E_C0F16  # any number that nobody else locks
_KINDS = (READ, BROKEN)


def lock_reload(s: Session) -> None:
    """Wait until nobody else brings files into the store; the lock ends with the transaction."""
    if is_postgres(s):
        s.execute(select(func.pg_advisory_xact_lock(RELOAD_LOCK)))


def note_read(s: Session, part: str, message: str, now: datetime) -> None:
    """A part has taken over changed files."""
    insert_event(s, READ, part, message, now)


def note_started(s: Session, part: str, message: str, now: datetime) -> None:
    """A part has started with sound files: an event only where it went on with former ones before."""
    if part in list_broken(s):
        insert_event(s, READ, part, message, now)


def note_broken(s: Session, part: str, message: str, now: datetime) -> None:
    """A part keeps what it has; told once for each mistake, however often it is asked to read the file."""
    if list_broken(s).get(part) != message:
        insert_event(s, BROKEN, part, message, now)


def list_broken(s: Session) -> Mapping[str, str]:
    """Parts that go on with former files, and the mistake in the present ones."""
    newest = select(func.max(EVENT.c.id)).where(EVENT.c.kind.in_(_KINDS)).group_by(EVENT.c.about)
    rows = s.execute(select(EVENT.c.about, EVENT.c.message).where(EVENT.c.id.in_(newest), EVENT.c.kind == BROKEN))
    return {row.about: row.message for row in rows.all()}
