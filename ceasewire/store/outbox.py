"""What goes into the outbox: alerts on items, notices about more than one, and what came after an alert."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Integer, String, and_, bindparam, case, func, not_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ceasewire.items import AlertIntent, AlertKind, AlertState, FollowUpKind
from ceasewire.store.statements import is_postgres, values_of
from ceasewire.store.tables import ALERT, EMBEDDING, FOLLOW_UP, ITEM
from ceasewire.store.tables.alerts import Alert

NAMESPACE = uuid.UUID("5a1f4d0e-6b43-4d8e-9a55-0c5e7a5e1e9b")  # of the keys made below; never change it
UNSET = datetime.min.replace(tzinfo=UTC)
# A new alert's columns: made once, since a model's instance costs as much as its INSERT.
DEFAULTS = values_of(Alert(key="", subscription_id="", dedupe_key="", created_at=UNSET, due_at=UNSET))


# --- statements that every item runs: made once, since making one costs more than running it -------------------------

THE_ITEM, ITS_HASH = bindparam("item_id", type_=Integer), bindparam("content_hash", type_=String)
_AROUND = select(EMBEDDING.c.article_id).where(EMBEDDING.c.post_id == THE_ITEM)
_WITHIN = select(EMBEDDING.c.post_id).where(EMBEDDING.c.article_id == THE_ITEM)
ABOUT_ITEM = or_(ALERT.c.item_id == THE_ITEM, ALERT.c.item_id.in_(_AROUND.union(_WITHIN)))
ALERTED = select(ALERT.c.subscription_id).where(ABOUT_ITEM, ALERT.c.kind != str(AlertKind.TEST))
_ITSELF = and_(ALERT.c.item_id == THE_ITEM, or_(ALERT.c.content_hash == ITS_HASH, ALERT.c.content_hash == ""))
FOLLOWED = (
    select(ALERT.c.id, ALERT.c.key, ALERT.c.subscription_id, ALERT.c.item_id, ALERT.c.state, ALERT.c.attempts)
    .where(or_(ALERT.c.dedupe_key == bindparam("dedupe_key", type_=String), ABOUT_ITEM))
    .where(ALERT.c.kind == str(AlertKind.ITEM), not_(_ITSELF))
    .order_by(ALERT.c.id)
)


@dataclass(frozen=True, slots=True)
class FollowedAlert:
    """An alert that something came after. `sent`: a subscriber may have seen it already."""

    id: int
    key: str
    subscription_id: str
    change: FollowUpKind
    sent: bool


def list_alerted(s: Session, item_id: int) -> frozenset[str]:
    """The subscriptions that have an alert on this very item, on a post in it or an article around it.

    A text that was changed is not news once more, nor is a post that was found in its article later.
    """
    return frozenset(s.scalars(ALERTED, {"item_id": item_id}))


def insert_alerts(
    s: Session,
    intents: Sequence[AlertIntent],
    due_at: datetime,
    now: datetime,
    state: AlertState = AlertState.PENDING,
) -> list[int]:
    """Put alerts into the outbox; those whose subscription and dedupe key are there already add nothing.

    Returns the new rows' ids.
    """
    if not intents:
        return []
    hashes = select(ITEM.c.id, ITEM.c.content_hash).where(ITEM.c.id.in_({intent.item_id for intent in intents}))
    content_hash = {row.id: row.content_hash for row in s.execute(hashes)}
    in_order = sorted(intents, key=lambda intent: (intent.subscription_id, intent.dedupe_key))
    rows = [
        {
            **_row(intent.subscription_id, intent.dedupe_key, due_at, now),
            "item_id": intent.item_id,
            "reasons": list(intent.reasons),
            "state": str(state),
            "content_hash": content_hash.get(intent.item_id, ""),
        }
        for intent in in_order
    ]
    new = _dialect(s).insert(ALERT).on_conflict_do_nothing().returning(ALERT.c.id)
    return sorted(s.scalars(new, rows))


def insert_notice(
    s: Session,
    subscription_id: str,
    kind: AlertKind,
    dedupe_key: str,
    body: Mapping[str, Any],
    now: datetime,
    *,
    reasons: Sequence[str] = (),
    item_id: int | None = None,
    due_at: datetime | None = None,
    state: AlertState = AlertState.PENDING,
) -> int | None:
    """Put an alert into the outbox that says more than one item; None if this one is there already."""
    row = {
        **_row(subscription_id, dedupe_key, due_at or now, now),
        "item_id": item_id,
        "kind": str(kind),
        "body": dict(body),
        "reasons": list(reasons),
        "state": str(state),
    }
    return _insert(s, row)


def _row(subscription_id: str, dedupe_key: str, due_at: datetime, now: datetime) -> dict[str, Any]:
    key = uuid.uuid5(NAMESPACE, f"{subscription_id}\n{dedupe_key}")
    own = {"key": f"msg_{key.hex}", "subscription_id": subscription_id, "dedupe_key": dedupe_key}
    return DEFAULTS | own | {"created_at": now, "due_at": due_at}


def _dialect(s: Session) -> Any:
    return postgresql if is_postgres(s) else sqlite


def _insert(s: Session, row: Mapping[str, Any]) -> int | None:
    new_id: int | None = s.scalar(_dialect(s).insert(ALERT).values(row).on_conflict_do_nothing().returning(ALERT.c.id))
    return new_id


def carry_alerts(s: Session, subscription_id: str, carrier_id: int, state: AlertState) -> int:
    """Let one alert carry all that are in `state` and wait; returns how many. They go where it goes."""
    waiting = and_(ALERT.c.subscription_id == subscription_id, ALERT.c.state == str(state), ALERT.c.id != carrier_id)
    carried = {"state": str(AlertState.CARRIED), "carried_by": carrier_id, "lease_until": None}
    return len(s.execute(update(ALERT).where(waiting).values(carried).returning(ALERT.c.id)).all())


def count_collected(s: Session, subscription_id: str) -> int:
    """How many alerts wait for the subscription's digest."""
    waiting = and_(ALERT.c.subscription_id == subscription_id, ALERT.c.state == str(AlertState.COLLECTED))
    return s.scalar(select(func.count()).select_from(ALERT).where(waiting)) or 0


def hasten_alerts(s: Session, item_id: int, now: datetime) -> list[int]:
    """Alerts of this item that wait for its translation may go now; returns the ids of all that are due."""
    waiting = and_(ALERT.c.item_id == item_id, ALERT.c.state == "pending", ALERT.c.attempts == 0)
    sooner = case((ALERT.c.due_at > now, now), else_=ALERT.c.due_at)
    return list(s.scalars(update(ALERT).where(waiting).values(due_at=sooner).returning(ALERT.c.id)))


# --- what came after an alert ----------------------------------------------------------------------------------


def follow_alerts(
    s: Session, item_id: int, content_hash: str, dedupe_key: str, change: FollowUpKind, now: datetime
) -> list[FollowedAlert]:
    """Count this text into the alerts on the same news, once; returns those that it was not yet counted into.

    `change` is what the item is to them; to an alert on the item itself a text is an edit.
    """
    about = {"item_id": item_id, "content_hash": content_hash, "dedupe_key": dedupe_key}
    followed = []
    for row in s.execute(FOLLOWED, about).all():
        is_edit = row.item_id == item_id
        kind = FollowUpKind.EDIT if is_edit else change
        if _count(s, row.id, item_id, content_hash, kind, now):
            sent = row.state != AlertState.COLLECTED and (row.state != AlertState.PENDING or row.attempts > 0)
            followed.append(FollowedAlert(row.id, row.key, row.subscription_id, kind, sent))
    return followed


def _count(s: Session, alert_id: int, item_id: int, content_hash: str, kind: FollowUpKind, now: datetime) -> bool:
    row = {"alert_id": alert_id, "item_id": item_id, "content_hash": content_hash, "kind": str(kind), "at": now}
    new = _dialect(s).insert(FOLLOW_UP).values(row).on_conflict_do_nothing()
    return s.execute(new.returning(FOLLOW_UP.c.alert_id)).first() is not None


def has_unsent_update(s: Session, subscription_id: str, dedupe_prefix: str) -> bool:
    """Whether an update of that alert waits: it will tell of everything that comes until it goes."""
    waiting = and_(ALERT.c.subscription_id == subscription_id, ALERT.c.kind == str(AlertKind.UPDATE))
    unsent = and_(ALERT.c.state.in_(("pending", "collected")), ALERT.c.attempts == 0)
    of_it = ALERT.c.dedupe_key.startswith(dedupe_prefix, autoescape=True)
    return s.scalar(select(ALERT.c.id).where(waiting, unsent, of_it).limit(1)) is not None
