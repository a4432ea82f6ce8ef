"""Which topic models the service was told to work by, and which parts of it work by others.

Whoever takes files over, at its start or on SIGHUP, tells. Two processes with two models would undo each other's tags
for ever, so only one that works by what was told last tags stored items again; people are told of the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.orm import Session

from ceasewire.store.events import insert_event
from ceasewire.store.statements import AHEAD, upsert
from ceasewire.store.tables import MODELS_IN_FORCE, OUTDATED_PART
from ceasewire.store.taggings import models_sha256

OUTDATED = "config_outdated"
TAKING_OVER = timedelta(minutes=1)  # all parts were sent the signal; the largest models take some seconds
SEEN_WITHIN = timedelta(minutes=2)  # an outdated worker is seen whenever the clock rings, every few seconds


@dataclass(frozen=True, slots=True)
class ModelsTold:
    """Models by one hash for all, in words for people, and when the service was told."""

    at: datetime
    models_sha256: str
    said: str


def tell_models(s: Session, models: Mapping[str, str], said: str, now: datetime) -> None:
    """From now on `models`, {conflict id: sha256}, are in force."""
    told, ours = get_models_told(s), models_sha256(models)
    if told is None or told.models_sha256 != ours:
        s.execute(insert(MODELS_IN_FORCE).values(at=now, models_sha256=ours, said=said))


def get_models_told(s: Session) -> ModelsTold | None:
    """What is in force; None before anybody told."""
    own = MODELS_IN_FORCE.c
    row = s.execute(select(own.at, own.models_sha256, own.said).order_by(own.id.desc()).limit(1)).first()
    return None if row is None else ModelsTold(*row)


def is_in_force(s: Session, models: Mapping[str, str]) -> bool:
    """Whether these are what was told last; anything is before anybody told."""
    told = get_models_told(s)
    return told is None or told.models_sha256 == models_sha256(models)


def is_left_behind(s: Session, models: Mapping[str, str], now: datetime) -> bool:
    """Whether others are in force for so long that whoever works by these was forgotten."""
    told = get_models_told(s)
    return told is not None and told.models_sha256 != models_sha256(models) and now - told.at > TAKING_OVER


def note_outdated(s: Session, part: str, models: Mapping[str, str], said: str, now: datetime) -> None:
    """`part` works by these. Where it is left behind with them that is noted each time, and an event once."""
    told = get_models_told(s)
    if told is None or not is_left_behind(s, models, now):
        return
    message = f"works by {said}; the service was told {told.said}: send it SIGHUP or start it again"
    if part not in list_outdated(s, now):
        insert_event(s, OUTDATED, part, message, now)
    upsert(s, OUTDATED_PART, {"part": part, "at": now, "said": message})


def list_outdated(s: Session, now: datetime) -> Mapping[str, str]:
    """Parts that work by other models than those in force, and what to do."""
    rows = s.execute(select(OUTDATED_PART.c.part, OUTDATED_PART.c.said).where(seen_of_late(now)))
    return {row.part: row.said for row in rows}


def seen_of_late(now: datetime) -> ColumnElement[bool]:
    """The condition of what `list_outdated` gives."""
    return OUTDATED_PART.c.at.between(now - SEEN_WITHIN, now + AHEAD)
