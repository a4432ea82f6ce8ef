"""Events: what a user must see without looking for it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from ceasewire.store.statements import storable, values_of
from ceasewire.store.tables import EVENT
from ceasewire.store.tables.service import Event


@dataclass(frozen=True, slots=True)
class EventView:
    """One event. `about` is the id of a source, item, subscription, …"""

    id: int
    at: datetime
    kind: str
    about: str
    message: str


def insert_event(s: Session, kind: str, about: str, message: str, now: datetime) -> None:
    """Record one event."""
    row = Event(at=now, kind=kind, about=about, message=storable(message))
    s.execute(insert(EVENT).values(values_of(row)))


def list_events(s: Session, limit: int = 100) -> list[EventView]:
    """The newest events."""
    rows = s.execute(select(EVENT).order_by(EVENT.c.at.desc(), EVENT.c.id.desc()).limit(limit))
    return [EventView(**row._mapping) for row in rows]
