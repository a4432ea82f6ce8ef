"""Subscriptions and the outbox."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from ceasewire.store.columns import json_list, json_object, time, time_or_none


class Subscription(SQLModel, table=True):
    """A saved query with a channel."""

    id: str = Field(primary_key=True)
    name: str
    query: dict[str, Any] = json_object()
    channel: str  # webhook, …
    target: str  # address
    secret: str = ""  # encrypted
    created_at: datetime = time()
    paused_at: datetime | None = time_or_none()
    paused_reason: str = ""


class Alert(SQLModel, table=True):
    """The outbox: one delivery of one subscription. `key` is the idempotency key of every attempt."""

    __table_args__ = (UniqueConstraint("subscription_id", "dedupe_key"), Index("ix_alert_due", "state", "due_at"))

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    subscription_id: str = Field(foreign_key="subscription.id")
    item_id: int = Field(foreign_key="item.id", index=True)
    dedupe_key: str
    reasons: list[str] = json_list()
    state: str = "pending"  # pending | delivered | dead
    created_at: datetime = time()
    due_at: datetime = time()
    attempts: int = 0
    lease_until: datetime | None = time_or_none()
    rung_at: datetime | None = time_or_none()
    last_error: str = ""
    delivered_at: datetime | None = time_or_none()
