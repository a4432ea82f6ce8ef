"""What the service says of itself: events and heartbeats."""

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
