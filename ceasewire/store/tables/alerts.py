"""Subscriptions, the outbox, what came after an alert, and the state of channels."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from ceasewire.store.columns import json_list, json_object, time, time_or_none

EMPTY = text("'{}'")


class Subscription(SQLModel, table=True):
    """A saved query with a mode and a channel."""

    __table_args__ = (Index("ix_subscription_run", "next_run_at"),)

    id: str = Field(primary_key=True)
    name: str
    query: dict[str, Any] = json_object()
    channel: str  # webhook, …
    target: str  # address
    secret: str = ""  # encrypted
    created_at: datetime = time()
    paused_at: datetime | None = time_or_none()
    paused_reason: str = ""

    mode: str = Field(default="instant", sa_column_kwargs={"server_default": "instant"})  # items.Mode
    options: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False, server_default=EMPTY))
    wait_seconds: int = Field(default=120, sa_column_kwargs={"server_default": "120"})  # for a translation, at most
    copies: str = Field(default="fold", sa_column_kwargs={"server_default": "fold"})  # items.Copies
    origin: str = Field(default="api", sa_column_kwargs={"server_default": "api"})  # api | config: whose row it is
    next_run_at: datetime | None = time_or_none()  # of the modes that are evaluated by the clock
    progress: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False, server_default=EMPTY))
    rung_at: datetime | None = time_or_none()
    changed_at: datetime | None = time_or_none()  # edited or resumed last; null: as it was made
    feed_token_sha256: str | None = Field(default=None, index=True, unique=True)  # of the private feed's address


class Alert(SQLModel, table=True):
    """The outbox: one delivery of one subscription. `key` is the idempotency key of every attempt."""

    __table_args__ = (
        UniqueConstraint("subscription_id", "dedupe_key"),
        Index("ix_alert_due", "state", "due_at"),
        Index("ix_alert_dedupe_key", "dedupe_key"),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    subscription_id: str = Field(foreign_key="subscription.id")
    item_id: int | None = Field(default=None, foreign_key="item.id", index=True)  # null: not about one item
    dedupe_key: str
    reasons: list[str] = json_list()
    state: str = "pending"  # items.AlertState
    created_at: datetime = time()
    due_at: datetime = time()
    attempts: int = 0
    lease_until: datetime | None = time_or_none()
    rung_at: datetime | None = time_or_none()
    last_error: str = ""
    delivered_at: datetime | None = time_or_none()

    kind: str = Field(default="item", sa_column_kwargs={"server_default": "item"})  # items.AlertKind
    body: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False, server_default=EMPTY))
    content_hash: str = Field(default="", sa_column_kwargs={"server_default": ""})  # of the item as it was alerted
    carried_by: int | None = Field(default=None, index=True)  # the digest or backlog that it goes with
    number: int | None = Field(default=None, index=True)  # in the order of first attempts, for live streams


class FollowUp(SQLModel, table=True):
    """A copy or edit of what an alert said: counted once per text."""

    __tablename__ = "follow_up"

    alert_id: int = Field(foreign_key="alert.id", primary_key=True)
    item_id: int = Field(foreign_key="item.id", primary_key=True, index=True)
    content_hash: str = Field(primary_key=True)
    kind: str  # items.FollowUpKind
    at: datetime = time()


class Channel(SQLModel, table=True):
    """How deliveries to one address go, whoever subscribed: failing, paused, and how much was sent of late."""

    kind: str = Field(primary_key=True)  # webhook, …
    target: str = Field(primary_key=True)
    failing_since_at: datetime | None = time_or_none()
    failures: int = 0  # in a row
    last_error: str = ""
    last_delivered_at: datetime | None = time_or_none()
    paused_at: datetime | None = time_or_none()
    paused_reason: str = ""
    retry_at: datetime | None = time_or_none(index=True)  # of a failing or paused one: when one alert tries it again
    window_started_at: datetime | None = time_or_none()  # of the rate limit
    window_sent: int = 0


class Counter(SQLModel, table=True):
    """Goes up with every change of something, in the change's own transaction: a cached copy is known to be old."""

    name: str = Field(primary_key=True)
    value: int = 0
