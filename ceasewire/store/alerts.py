"""Alerts: the outbox. A row per delivery; its `key` is the idempotency key of every attempt."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ceasewire.items import AlertIntent
from ceasewire.store.cursors import below, write_cursor
from ceasewire.store.queries import get_item
from ceasewire.store.statements import is_free, is_postgres, is_silent, mark_rung, storable, values_of
from ceasewire.store.subscriptions import SubscriptionView, get_subscription
from ceasewire.store.tables import ALERT, EMBEDDING, ITEM, STORY, SUBSCRIPTION, TRANSLATION
from ceasewire.store.tables.alerts import Alert
from ceasewire.store.views import ItemDetail, Page

NAMESPACE = uuid.UUID("5a1f4d0e-6b43-4d8e-9a55-0c5e7a5e1e9b")  # of the keys made below; never change it
FIRST_COPY = func.coalesce(STORY.c.first_item_id, ITEM.c.id)


@dataclass(frozen=True, slots=True)
class AlertForDelivery:
    """A claimed alert with all that its message says. `attempts` counts this one."""

    id: int
    key: str
    attempts: int
    reasons: Sequence[str]
    created_at: datetime
    subscription: SubscriptionView
    item: ItemDetail


@dataclass(frozen=True, slots=True)
class AlertView:
    """One delivery as users see it."""

    id: int
    key: str
    subscription_id: str
    item_id: int
    reasons: Sequence[str]
    state: str  # pending | delivered | dead
    created_at: datetime
    due_at: datetime
    attempts: int
    last_error: str
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """What subscriptions are matched against, beside the tags. `texts`: title, text and their translations.

    `first_copy` is the first item of its story, itself without one; `embedded_posts` are those in that first copy.
    """

    source_id: str
    language: str | None
    texts: Sequence[str]
    first_copy: int
    embedded_posts: Sequence[int]


def get_subject(s: Session, item_id: int) -> SubjectFacts:
    """The facts of one item; raises LookupError for an unknown one."""
    row = s.execute(select(ITEM).where(ITEM.c.id == item_id)).first()
    if row is None:
        raise LookupError(f"no item {item_id}")
    translated = s.execute(
        select(TRANSLATION.c.title, TRANSLATION.c.text).where(TRANSLATION.c.item_id == item_id)
    ).first()
    first_copy = s.scalar(select(FIRST_COPY).where(ITEM.c.id == item_id).outerjoin_from(ITEM, STORY)) or item_id
    return SubjectFacts(
        source_id=row.source_id,
        language=row.language,
        texts=(row.title, row.text, *(translated or ())),
        first_copy=first_copy,
        embedded_posts=_embedded_posts(s, first_copy),
    )


def _embedded_posts(s: Session, article_id: int) -> list[int]:
    """The posts' first copies; a post that is taken for a copy of the article itself stands for itself."""
    posts = select(ITEM.c.id, FIRST_COPY.label("first")).outerjoin_from(ITEM, STORY)
    rows = s.execute(
        posts.join(EMBEDDING, EMBEDDING.c.post_id == ITEM.c.id).where(EMBEDDING.c.article_id == article_id)
    )
    return [row.id if row.first == article_id else row.first for row in rows]


def list_alerted(s: Session, item_id: int) -> frozenset[str]:
    """The subscriptions that have an alert on this very item: a text that was changed is not news once more."""
    return frozenset(s.scalars(select(ALERT.c.subscription_id).where(ALERT.c.item_id == item_id)))


def insert_alerts(s: Session, intents: Sequence[AlertIntent], due_at: datetime, now: datetime) -> list[int]:
    """Put alerts into the outbox; those whose subscription and dedupe key are there already add nothing.

    Returns the new rows' ids.
    """
    dialect = postgresql if is_postgres(s) else sqlite
    ids: list[int] = []
    for intent in sorted(intents, key=lambda intent: (intent.subscription_id, intent.dedupe_key)):
        new = dialect.insert(ALERT).values(_row(intent, due_at, now))
        new_id = s.scalar(new.on_conflict_do_nothing().returning(ALERT.c.id))
        ids += [] if new_id is None else [new_id]
    return ids


def _row(intent: AlertIntent, due_at: datetime, now: datetime) -> dict[str, Any]:
    key = uuid.uuid5(NAMESPACE, f"{intent.subscription_id}\n{intent.dedupe_key}")
    alert = Alert(
        key=f"msg_{key.hex}",
        subscription_id=intent.subscription_id,
        item_id=intent.item_id,
        dedupe_key=intent.dedupe_key,
        reasons=list(intent.reasons),
        created_at=now,
        due_at=due_at,
    )
    return values_of(alert)


def hasten_alerts(s: Session, item_id: int, now: datetime) -> list[int]:
    """Alerts of this item that wait for its translation may go now; returns the ids of all that are due."""
    waiting = and_(ALERT.c.item_id == item_id, ALERT.c.state == "pending", ALERT.c.attempts == 0)
    sooner = case((ALERT.c.due_at > now, now), else_=ALERT.c.due_at)
    return list(s.scalars(update(ALERT).where(waiting).values(due_at=sooner).returning(ALERT.c.id)))


def _is_due(now: datetime) -> Any:
    active = ALERT.c.subscription_id.in_(select(SUBSCRIPTION.c.id).where(SUBSCRIPTION.c.paused_at.is_(None)))
    return and_(ALERT.c.state == "pending", ALERT.c.due_at <= now, is_free(ALERT, now), active)


def ring_due_alerts(s: Session, now: datetime, limit: int = 500) -> list[int]:
    """Ids of the alerts that are due and in nobody's hands, longest due first; each is named once in 8 s."""
    due = and_(_is_due(now), is_silent(ALERT, now))
    found = select(ALERT.c.id).where(due).order_by(ALERT.c.due_at, ALERT.c.id).limit(limit)
    ids = list(s.scalars(found.with_for_update(skip_locked=True)))
    mark_rung(s, ALERT, ids, now)
    return ids


def claim_alert(s: Session, alert_id: int, now: datetime, lease_seconds: int = 60) -> AlertForDelivery | None:
    """Take an alert for delivery, or None: not due, done, taken, or its subscription is paused."""
    lease = {"lease_until": now + timedelta(seconds=lease_seconds), "attempts": ALERT.c.attempts + 1}
    claim = update(ALERT).where(ALERT.c.id == alert_id, _is_due(now)).values(lease).returning(ALERT)
    row = s.execute(claim).first()
    if row is None:
        return None
    subscription, item = get_subscription(s, row.subscription_id), get_item(s, row.item_id)
    if subscription is None or item is None:
        raise LookupError(f"alert {alert_id} has lost its subscription or its item")
    return AlertForDelivery(row.id, row.key, row.attempts, row.reasons, row.created_at, subscription, item)


def save_delivered(s: Session, alert_id: int, now: datetime) -> None:
    """The alert was taken."""
    _save(s, alert_id, state="delivered", delivered_at=now, last_error="")


def save_retry(s: Session, alert_id: int, error: str, due_at: datetime) -> None:
    """It was not taken and is due again at `due_at`."""
    _save(s, alert_id, last_error=storable(error), due_at=due_at)


def save_dead(s: Session, alert_id: int, error: str, now: datetime) -> None:
    """It will not be tried again; `due_at` says since when."""
    _save(s, alert_id, state="dead", last_error=storable(error), due_at=now)


def _save(s: Session, alert_id: int, **result: Any) -> None:
    s.execute(update(ALERT).where(ALERT.c.id == alert_id).values(lease_until=None, rung_at=None, **result))


def list_alerts(
    s: Session, subscription_id: str | None = None, limit: int = 50, cursor: str | None = None
) -> Page[AlertView]:
    """A page of alerts, newest first, of one subscription or of all."""
    names = [ALERT.c[name] for name in AlertView.__dataclass_fields__]
    found = select(*names).order_by(ALERT.c.created_at.desc(), ALERT.c.id.desc()).limit(limit + 1)
    if subscription_id is not None:
        found = found.where(ALERT.c.subscription_id == subscription_id)
    if cursor:
        found = found.where(below(cursor, ALERT.c.created_at, ALERT.c.id))
    rows = [AlertView(**row._mapping) for row in s.execute(found)]
    shown = rows[:limit]
    more = write_cursor(shown[-1].created_at, shown[-1].id) if len(rows) > limit else None
    return Page(shown, more)
