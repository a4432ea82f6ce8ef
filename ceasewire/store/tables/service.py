"""What the service says of itself: events, heartbeats, and which topic models it works by."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from ceasewire.store.columns import json_object, time


class Event(SQLModel, table=True):
    """Something a user must see: a source died, moved or fell silent; a rule was refused; a channel fails."""

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = time(index=True)
    kind: str = Field(index=True)
    about: str = Field(index=True)
    message: str


class Heartbeat(SQLModel, table=True):
    """When each part of the service was last alive, and what it has to say (models installed, conflicts loaded)."""

    name: str = Field(primary_key=True)
    at: datetime = time()
    details: dict[str, Any] = json_object()


class ModelsInForce(SQLModel, table=True):
    """Topic models that the service was told to work by. The last row counts; those before it were in force until then.

    `models_sha256` is as in Item, `said` names them for people.
    """

    __tablename__ = "models_in_force"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = time()
    models_sha256: str
    said: str


class OutdatedPart(SQLModel, table=True):
    """A part of the service that works by other topic models than those in force; `at` is when that was last seen."""

    __tablename__ = "outdated_part"

    part: str = Field(primary_key=True)
    at: datetime = time()
    said: str
