"""What goes into the outbox: alerts on items, notices about more than one, and what came after an alert."""

import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
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
# A copy of what was told that carries the post: the post belongs to the told one, too.
_BY_COPIES = select(FOLLOW_UP.c.alert_id).where(FOLLOW_UP.c.item_id.in_(_AROUND), FOLLOW_UP.c.kind == "copy")
ABOUT_ITEM = or_(ALERT.c.item_id == THE_ITEM, ALERT.c.item_id.in_(_AROUND.union(_WITHIN)), ALERT.c.id.in_(_BY_COPIES))
ALERTED = select(ALERT.c.subscription_id).where(ABOUT_ITEM, ALERT.c.kind != str(AlertKind.TEST))
_ITSELF = and_(ALERT.c.item_id == THE_ITEM, or_(ALERT.c.content_hash == ITS_HASH, ALERT.c.content_hash == ""))
FOLLOWED = (
    select(ALERT.c.id, ALERT.c.key, ALERT.c.subscription_id, ALERT.c.item_id, ALERT.c.state, ALERT.c.attempts)
    .where(or_(ALERT.c.dedupe_key == bindparam("dedupe_key", type_=String), ABOUT_ITEM))
    .where(ALERT.c.kind == str(AlertKind.ITEM), not_(_ITSELF))
    .order_by(ALERT.c.id)
)
COUNTED = select(FOLLOW_UP.c.alert_id).where(FOLLOW_UP.c.item_id == THE_ITEM)


_TOLD = select(ALERT.c.item_id, ALERT.c.dedupe_key).where(
    or_(
        ALERT.c.item_id.in_(bindparam("items", expanding=True)),
        ALERT.c.dedupe_key.in_(bindparam("keys", expanding=True)),
    )
)
_LINKED = select(EMBEDDING.c.article_id, EMBEDDING.c.post_id).where(
    or_(
        EMBEDDING.c.article_id.in_(bindparam("items", expanding=True)),
        EMBEDDING.c.post_id.in_(bindparam("items", expanding=True)),
    )
)


@dataclass(frozen=True, slots=True)
class FollowedAlert:
    """An alert that something came after. `sent`: a subscriber may have seen it already; `own`: its own item did."""

    id: int
    key: str
    subscription_id: str
    change: FollowUpKind
    sent: bool
    own: bool


def list_related(s: Session, dedupe_keys: Mapping[int, str]) -> frozenset[int]:
    """Those of the items, given with their dedupe keys, that may be the same news as an alert or as one another.

    Of the others no alert tells, and none will that another of these items makes.
    """
    times = Counter(dedupe_keys.values())
    told = s.execute(_TOLD, {"items": list(dedupe_keys), "keys": list(times)}).all()
    known = {key for key, count in times.items() if count > 1} | {row.dedupe_key for row in told}
    ids = {row.item_id for row in told}
    ids.update(item_id for link in s.execute(_LINKED, {"items": list(dedupe_keys)}) for item_id in link)
    return frozenset(item_id for item_id, key in dedupe_keys.items() if item_id in ids or key in known)


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


def hasten_alerts(s: Session, item_ids: Collection[int], now: datetime) -> list[int]:
    """Alerts of these items that wait for their translation may go now; returns the ids of all that are due.

    Updates about copies wait for more copies.
    """
    for_it = or_(ALERT.c.kind != str(AlertKind.UPDATE), ALERT.c.body["change"].as_string() == str(FollowUpKind.EDIT))
    waiting = and_(ALERT.c.item_id.in_(item_ids), ALERT.c.state == "pending", ALERT.c.attempts == 0, for_it)
    sooner = case((ALERT.c.due_at > now, now), else_=ALERT.c.due_at)
    return list(s.scalars(update(ALERT).where(waiting).values(due_at=sooner).returning(ALERT.c.id)))


# --- what came after an alert ----------------------------------------------------------------------------------


def follow_alerts(
    s: Session, item_id: int, content_hash: str, dedupe_key: str, change: FollowUpKind, now: datetime
) -> list[FollowedAlert]:
    """Count this text into the alerts on the same news, once; returns those that it was not yet counted into.

    `change` is what the item is to them; another text of an item that they tell of, or have counted, is an edit.
    """
    about = {"item_id": item_id, "content_hash": content_hash, "dedupe_key": dedupe_key}
    rows = s.execute(FOLLOWED, about).all()
    counted = set(s.scalars(COUNTED, {"item_id": item_id})) if rows else set()
    followed = []
    for row in rows:
        is_own = row.item_id == item_id
        kind = FollowUpKind.EDIT if is_own or row.id in counted else change
        if _count(s, row.id, item_id, content_hash, kind, now):
            sent = row.state != AlertState.COLLECTED and (row.state != AlertState.PENDING or row.attempts > 0)
            followed.append(FollowedAlert(row.id, row.key, row.subscription_id, kind, sent, is_own))
    return followed


def _count(s: Session, alert_id: int, item_id: int, content_hash: str, kind: FollowUpKind, now: datetime) -> bool:
    row = {"alert_id": alert_id, "item_id": item_id, "content_hash": content_hash, "kind": str(kind), "at": now}
    new = _dialect(s).insert(FOLLOW_UP).values(row).on_conflict_do_nothing()
    return s.execute(new.returning(FOLLOW_UP.c.alert_id)).first() is not None


@dataclass(frozen=True, slots=True)
class LastUpdate:
    """The newest update of an alert. `waits`: it will tell of everything that comes until it goes."""

    id: int
    due_at: datetime
    waits: bool


def last_update(s: Session, subscription_id: str, dedupe_prefix: str) -> LastUpdate | None:
    """Of the alert whose updates have dedupe keys of this beginning; None: there was none yet."""
    updates = and_(ALERT.c.subscription_id == subscription_id, ALERT.c.kind == str(AlertKind.UPDATE))
    of_it = ALERT.c.dedupe_key.startswith(dedupe_prefix, autoescape=True)
    found = select(ALERT.c.id, ALERT.c.due_at, ALERT.c.state, ALERT.c.attempts).where(updates, of_it)
    row = s.execute(found.order_by(ALERT.c.id.desc()).limit(1)).first()
    if row is None:
        return None
    return LastUpdate(row.id, row.due_at, row.state in ("pending", "collected") and row.attempts == 0)


def hasten_update(s: Session, update_id: int, body: Mapping[str, Any], item_id: int, due_at: datetime) -> None:
    """An update that waits tells of something that should not: it goes at `due_at` if that is sooner."""
    sooner = case((ALERT.c.due_at > due_at, due_at), else_=ALERT.c.due_at)
    changed = {"body": dict(body), "item_id": item_id, "due_at": sooner}
    s.execute(update(ALERT).where(ALERT.c.id == update_id).values(changed))
