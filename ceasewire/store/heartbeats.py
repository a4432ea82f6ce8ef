"""Heartbeats: when each part of the service was last alive, and what it said of itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ceasewire.store.statements import upsert
from ceasewire.store.tables import HEARTBEAT


@dataclass(frozen=True, slots=True)
class HeartbeatView:
    """A part of the service."""

    name: str
    at: datetime
    details: Mapping[str, Any]


def save_heartbeat(s: Session, name: str, details: Mapping[str, Any], now: datetime) -> None:
    """The part `name` is alive; `details` must be JSON."""
    upsert(s, HEARTBEAT, {"name": name, "at": now, "details": dict(details)})


def add_to_heartbeat(s: Session, name: str, counts: Mapping[str, int], now: datetime) -> None:
    """The part `name` is alive; `counts` are added to those in its details."""
    own = select(HEARTBEAT.c.details).where(HEARTBEAT.c.name == name).with_for_update()
    details = dict(s.scalar(own) or {})
    save_heartbeat(s, name, details | {key: details.get(key, 0) + count for key, count in counts.items()}, now)


def list_heartbeats(s: Session) -> list[HeartbeatView]:
    """All parts ever seen, by name."""
    return [HeartbeatView(**row._mapping) for row in s.execute(select(HEARTBEAT).order_by(HEARTBEAT.c.name))]
