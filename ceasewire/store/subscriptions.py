"""Subscriptions: saved queries with a mode and a channel. The row keeps what it is given: secrets come in encrypted.

Every change bumps a counter in its own transaction, so that whoever keeps the queries parsed knows theirs to be old.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, insert, select, update
from sqlalchemy.orm import Session

from ceasewire.items import Copies, Mode
from ceasewire.store.counters import bump, get_count
from ceasewire.store.statements import is_silent, mark_rung, storable
from ceasewire.store.tables import ALERT, FOLLOW_UP, SUBSCRIPTION

COUNTER = "subscriptions"
NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """A subscription to be stored. `options` are those of its mode; `wait_seconds` for a translation, at most."""

    id: str
    name: str
    query: Mapping[str, Any]
    channel: str
    target: str
    secret: str = ""  # encrypted
    mode: str = Mode.INSTANT
    options: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    wait_seconds: int = 120
    copies: str = Copies.FOLD
    origin: str = "api"  # api | config
    next_run_at: datetime | None = None
    feed_token_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionView:
    """One subscription. `secret` is encrypted; `paused_at` None: it is active.

    `next_run_at` is when a mode that looks back looks next, `progress` what it remembers from one time to the next.
    """

    id: str
    name: str
    query: Mapping[str, Any]
    channel: str
    target: str
    secret: str
    created_at: datetime
    paused_at: datetime | None
    paused_reason: str
    mode: str
    options: Mapping[str, Any]
    wait_seconds: int
    copies: str
    origin: str
    next_run_at: datetime | None
    progress: Mapping[str, Any]
    feed_token_sha256: str | None


COLUMNS = [SUBSCRIPTION.c[name] for name in SubscriptionView.__dataclass_fields__]


def insert_subscription(s: Session, new: NewSubscription, now: datetime) -> SubscriptionView:
    """Store a new, active subscription; the id must be unused."""
    row = {**_values(new), "id": new.id, "created_at": now, "paused_at": None, "paused_reason": "", "progress": {}}
    s.execute(insert(SUBSCRIPTION).values(row))
    bump(s, COUNTER)
    return SubscriptionView(**row)


def save_subscription(s: Session, new: NewSubscription, now: datetime) -> None:
    """Put a subscription in the place of the one with its id, which keeps its state, history, pause and private feed.

    A mode that was changed begins anew.
    """
    row = s.execute(select(SUBSCRIPTION.c.mode, SUBSCRIPTION.c.query).where(SUBSCRIPTION.c.id == new.id)).one()
    values = _values(new)
    if (row.mode, row.query) != (values["mode"], values["query"]):
        values["changed_at"] = now
    if row.mode != new.mode:
        values["progress"] = {}
    del values["feed_token_sha256"]  # see `save_feed_token`
    s.execute(update(SUBSCRIPTION).where(SUBSCRIPTION.c.id == new.id).values(values))
    bump(s, COUNTER)


def _values(new: NewSubscription) -> dict[str, Any]:
    return {
        "name": storable(new.name),
        "query": dict(new.query),
        "channel": new.channel,
        "target": new.target,
        "secret": new.secret,
        "mode": str(new.mode),
        "options": dict(new.options),
        "wait_seconds": new.wait_seconds,
        "copies": str(new.copies),
        "origin": new.origin,
        "next_run_at": new.next_run_at,
        "feed_token_sha256": new.feed_token_sha256,
    }


def subscriptions_stamp(s: Session) -> tuple[str, int]:
    """Another one after every change of any subscription, and in every store."""
    return str(s.get_bind().engine.url), get_count(s, COUNTER)


def list_subscriptions(s: Session) -> list[SubscriptionView]:
    """All subscriptions, oldest first, paused ones too."""
    rows = s.execute(select(*COLUMNS).order_by(SUBSCRIPTION.c.created_at, SUBSCRIPTION.c.id))
    return [SubscriptionView(**row._mapping) for row in rows]


def get_subscription(s: Session, subscription_id: str, *, lock: bool = False) -> SubscriptionView | None:
    """One subscription, or None. With `lock` it stays as it is until the transaction ends."""
    return _one(s, SUBSCRIPTION.c.id == subscription_id, lock=lock)


def get_subscription_by_feed(s: Session, token_sha256: str) -> SubscriptionView | None:
    """The subscription whose private feed has the token of this hash, or None."""
    return _one(s, SUBSCRIPTION.c.feed_token_sha256 == token_sha256)


def _one(s: Session, condition: Any, *, lock: bool = False) -> SubscriptionView | None:
    found = select(*COLUMNS).where(condition)
    row = s.execute(found.with_for_update() if lock else found).first()
    return None if row is None else SubscriptionView(**row._mapping)


def delete_subscription(s: Session, subscription_id: str) -> bool:
    """Delete a subscription with its alerts, sent or not; False if there is none of that id."""
    bump(s, COUNTER)
    # Locked first: an alert that another transaction is writing comes before this, or not at all.
    s.execute(select(SUBSCRIPTION.c.id).where(SUBSCRIPTION.c.id == subscription_id).with_for_update())
    alerts = select(ALERT.c.id).where(ALERT.c.subscription_id == subscription_id)
    s.execute(delete(FOLLOW_UP).where(FOLLOW_UP.c.alert_id.in_(alerts)))
    s.execute(delete(ALERT).where(ALERT.c.subscription_id == subscription_id))
    gone = delete(SUBSCRIPTION).where(SUBSCRIPTION.c.id == subscription_id).returning(SUBSCRIPTION.c.id)
    return s.execute(gone).first() is not None


def pause_subscription(s: Session, subscription_id: str, reason: str, now: datetime) -> bool:
    """Stop matching and delivering; False if there is none of that id."""
    return _change(s, subscription_id, paused_at=now, paused_reason=storable(reason))


def resume_subscription(s: Session, subscription_id: str, now: datetime) -> bool:
    """Go on matching and delivering; False if there is none of that id."""
    return _change(s, subscription_id, paused_at=None, paused_reason="", changed_at=now)


def _change(s: Session, subscription_id: str, **state: Any) -> bool:
    change = update(SUBSCRIPTION).where(SUBSCRIPTION.c.id == subscription_id).values(state)
    bump(s, COUNTER)
    return s.execute(change.returning(SUBSCRIPTION.c.id)).first() is not None


def save_feed_token(s: Session, subscription_id: str, token_sha256: str | None) -> bool:
    """Give a private feed's address, in the place of the former, or take it back; False if there is none of that id."""
    change = update(SUBSCRIPTION).where(SUBSCRIPTION.c.id == subscription_id).values(feed_token_sha256=token_sha256)
    bump(s, COUNTER)
    return s.execute(change.returning(SUBSCRIPTION.c.id)).first() is not None


# --- modes that are evaluated by the clock -----------------------------------------------------------------------


def _is_due(now: datetime) -> Any:
    return and_(SUBSCRIPTION.c.next_run_at <= now, SUBSCRIPTION.c.paused_at.is_(None))


def ring_due_subscriptions(s: Session, now: datetime, limit: int = 500) -> list[str]:
    """Ids of the subscriptions that are to be evaluated, longest due first; each is named once in 8 s."""
    found = select(SUBSCRIPTION.c.id).where(_is_due(now), is_silent(SUBSCRIPTION, now))
    found = found.order_by(SUBSCRIPTION.c.next_run_at, SUBSCRIPTION.c.id).limit(limit)
    ids = list(s.scalars(found.with_for_update(skip_locked=True)))
    mark_rung(s, SUBSCRIPTION, ids, now)
    return ids


def claim_run(s: Session, subscription_id: str, seen: datetime, next_run_at: datetime, now: datetime) -> bool:
    """Take the run that was due at `seen`, and set the next; False if somebody else has. One transaction with what
    the run comes to: a worker that dies before its commit leaves the run due."""
    mine = and_(SUBSCRIPTION.c.id == subscription_id, SUBSCRIPTION.c.next_run_at == seen, _is_due(now))
    taken = update(SUBSCRIPTION).where(mine).values(next_run_at=next_run_at, rung_at=None)
    return s.execute(taken.returning(SUBSCRIPTION.c.id)).first() is not None


def save_progress(s: Session, subscription_id: str, progress: Mapping[str, Any]) -> None:
    """What its mode remembers until the next run."""
    s.execute(update(SUBSCRIPTION).where(SUBSCRIPTION.c.id == subscription_id).values(progress=dict(progress)))
