"""Who may call the API."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from ceasewire.store.columns import time, time_or_none


class ApiKey(SQLModel, table=True):
    """A key of the API. Only its hash is kept: a copy of the database opens nothing."""

    __tablename__ = "api_key"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    sha256: str = Field(unique=True)  # of the key, in hex
    scope: str  # read | subscribe | admin
    per_minute: int | None = None  # requests; null: the setting's
    created_at: datetime = time()
    revoked_at: datetime | None = time_or_none()
