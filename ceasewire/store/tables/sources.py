"""Sources: their configuration and polling, the bodies fetched and the log of polls."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from ceasewire.store.columns import index_where, json_object, time, time_or_none


class Source(SQLModel, table=True):
    """A source: its configuration as last read, and the state of its polling."""

    id: str = Field(primary_key=True)
    name: str
    url: str
    kind: str
    language: str | None = None
    country: str | None = None
    publisher: str
    side: str | None = None
    timezone: str | None = None
    enabled: bool = True
    disabled_reason: str | None = None
    disabled_by: str | None = None  # config | poll | user: a restart lifts only what the configuration did
    sample: bool = False
    options: dict[str, Any] = json_object()
    config_url: str = ""  # as configured; `url` may have followed a permanent redirect

    etag: str | None = None
    last_modified: str | None = None
    body_sha256: str | None = None
    next_poll_at: datetime | None = time_or_none(index=True)
    next_poll_reason: str = "never polled yet"
    interval_seconds: int = 900
    ttl_seconds: int | None = None  # as the last body asked
    older_url: str | None = None  # a further page to read before the next poll of `url`
    older_pages: int = 0  # asked for in a row
    entries: int = 0  # of the last body
    failure_weight: float = 0.0
    failing_since_at: datetime | None = time_or_none()
    last_polled_at: datetime | None = time_or_none()
    last_outcome: str | None = None  # new | unchanged | not_modified | a FailureKind
    last_reason: str = ""
    last_success_at: datetime | None = time_or_none()
    last_full_at: datetime | None = time_or_none()
    last_new_item_at: datetime | None = time_or_none()
    silence_told_at: datetime | None = time_or_none()  # null: not silent, or not yet told
    moved_to: str | None = None
    moved_count: int = 0
    lease_until: datetime | None = time_or_none()
    rung_at: datetime | None = time_or_none()


class Fetch(SQLModel, table=True):
    """A body fetched and not yet read. The bytes are dropped once it is read."""

    __table_args__ = (index_where("ix_fetch_unread", "id", where="read_at IS NULL"),)

    id: int | None = Field(default=None, primary_key=True)
    source_id: str = Field(foreign_key="source.id", index=True)
    url: str
    content_type: str | None = None
    body: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    max_age_seconds: int | None = None
    permanent_url: str | None = None
    etag: str | None = None  # these become the source's once the body is read
    last_modified: str | None = None
    seconds: float = 0.0
    fetched_at: datetime = time()
    read_at: datetime | None = time_or_none()
    attempts: int = 0
    failed_reason: str | None = None  # set aside after three tries, with the reason; the body is kept
    lease_until: datetime | None = time_or_none()
    rung_at: datetime | None = time_or_none()


class Poll(SQLModel, table=True):
    """The log of polls: what each did."""

    __table_args__ = (Index("ix_poll_source", "source_id", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    source_id: str = Field(foreign_key="source.id")
    at: datetime = time(index=True)
    outcome: str
    reason: str = ""
    entries: int = 0
    new_items: int = 0
    changed_items: int = 0
    bytes: int = 0
    seconds: float = 0.0
