"""Subscriptions: saved queries with a channel. The row keeps what it is given: secrets come in encrypted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from ceasewire.store.statements import storable
from ceasewire.store.tables import ALERT, SUBSCRIPTION


@dataclass(frozen=True, slots=True)
class SubscriptionView:
    """One subscription. `secret` is encrypted; `paused_at` None: it is active."""

    id: str
    name: str
    query: Mapping[str, Any]
    channel: str
    target: str
    secret: str
    created_at: datetime
    paused_at: datetime | None
    paused_reason: str


def insert_subscription(
    s: Session,
    subscription_id: str,
    *,
    name: str,
    query: Mapping[str, Any],
    channel: str,
    target: str,
    secret: str,
    now: datetime,
) -> SubscriptionView:
    """Store a new, active subscription; the id must be unused."""
    row: dict[str, Any] = {
        "id": subscription_id,
        "name": storable(name),
        "query": dict(query),
        "channel": channel,
        "target": target,
        "secret": secret,
        "created_at": now,
        "paused_at": None,
        "paused_reason": "",
    }
    s.execute(insert(SUBSCRIPTION).values(row))
    return SubscriptionView(**row)


def list_subscriptions(s: Session) -> list[SubscriptionView]:
    """All subscriptions, oldest first, paused ones too."""
    rows = s.execute(select(SUBSCRIPTION).order_by(SUBSCRIPTION.c.created_at, SUBSCRIPTION.c.id))
    return [SubscriptionView(**row._mapping) for row in rows]


def get_subscription(s: Session, subscription_id: str) -> SubscriptionView | None:
    """One subscription, or None."""
    row = s.execute(select(SUBSCRIPTION).where(SUBSCRIPTION.c.id == subscription_id)).first()
    return None if row is None else SubscriptionView(**row._mapping)


def delete_subscription(s: Session, subscription_id: str) -> bool:
    """Delete a subscription with its alerts, sent or not; False if there is none of that id."""
    s.execute(delete(ALERT).where(ALERT.c.subscription_id == subscription_id))
    gone = delete(SUBSCRIPTION).where(SUBSCRIPTION.c.id == subscription_id).returning(SUBSCRIPTION.c.id)
    return s.execute(gone).first() is not None


def pause_subscription(s: Session, subscription_id: str, reason: str, now: datetime | None) -> bool:
    """Stop matching and delivering; `now` None: go on. False if there is none of that id."""
    state = {"paused_at": now, "paused_reason": storable(reason) if now else ""}
    change = update(SUBSCRIPTION).where(SUBSCRIPTION.c.id == subscription_id).values(state)
    return s.execute(change.returning(SUBSCRIPTION.c.id)).first() is not None
