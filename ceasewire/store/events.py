"""Events: what a user must see without looking for it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, insert, select
from sqlalchemy.orm import Session

from ceasewire.store.statements import storable, values_of
from ceasewire.store.tables import EVENT, ITEM
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


@dataclass(frozen=True, slots=True)
class SourceEventView(EventView):
    """An event of a source, or of one of its items."""

    source_id: str


def list_source_events(s: Session, kinds: Collection[str], since: datetime, until: datetime) -> list[SourceEventView]:
    """Events of these kinds after `since`, oldest first, each with the source that it concerns."""
    wanted = and_(EVENT.c.kind.in_(kinds), EVENT.c.at > since, EVENT.c.at <= until)
    rows = s.execute(select(EVENT).where(wanted).order_by(EVENT.c.at, EVENT.c.id)).all()
    items = [int(row.about) for row in rows if row.kind.startswith("item_")]
    found = s.execute(select(ITEM.c.id, ITEM.c.source_id).where(ITEM.c.id.in_(items)))
    source_of = {f"item_{row.id}": row.source_id for row in found}
    ids = [f"item_{row.about}" if row.kind.startswith("item_") else row.about for row in rows]
    return [
        SourceEventView(**row._mapping, source_id=source_of.get(about, about))
        for row, about in zip(rows, ids, strict=True)
    ]


def list_events(s: Session, limit: int = 100) -> list[EventView]:
    """The newest events."""
    rows = s.execute(select(EVENT).order_by(EVENT.c.at.desc(), EVENT.c.id.desc()).limit(limit))
    return [EventView(**row._mapping) for row in rows]
