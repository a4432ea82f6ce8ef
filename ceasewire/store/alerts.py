"""Alerts: the outbox as it is delivered and read; what goes in stands in `ceasewire.store.outbox`.

A row per delivery; its `key` is the idempotency key of every attempt.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, or_, select, update
from sqlalchemy.orm import Session

from ceasewire.items import AlertKind, FollowUpKind
from ceasewire.store.counters import bump, get_count
from ceasewire.store.cursors import below, write_cursor
from ceasewire.store.queries import get_item, get_items
from ceasewire.store.statements import AHEAD, is_free, is_silent, mark_rung, storable
from ceasewire.store.stories import get_stories
from ceasewire.store.subscriptions import SubscriptionView, get_subscription
from ceasewire.store.tables import ALERT, CHANNEL, FOLLOW_UP, ITEM, SOURCE, SUBSCRIPTION
from ceasewire.store.views import ItemDetail, ItemView, Page, StoryView

ITS_CHANNEL = and_(CHANNEL.c.kind == SUBSCRIPTION.c.channel, CHANNEL.c.target == SUBSCRIPTION.c.target)
NAMED = 12  # items of a spike that its message shows
CARRIED = 200  # alerts that a digest shows; the body says how many there are


@dataclass(frozen=True, slots=True)
class FollowUpView:
    """A copy or edit of what was alerted, that came at `at`."""

    item_id: int
    kind: str  # items.FollowUpKind
    at: datetime
    source_id: str
    source_name: str
    title: str


@dataclass(frozen=True, slots=True)
class CarriedAlert:
    """One of the alerts that a digest or backlog tells of; `story` is that of its item."""

    id: int
    key: str
    kind: str
    reasons: Sequence[str]
    created_at: datetime
    body: Mapping[str, Any]
    item: ItemView | None
    story: StoryView | None


@dataclass(frozen=True, slots=True)
class AlertForDelivery:
    """A claimed alert with all that its message says. `attempts` counts this one.

    `item` None: it is about more than one, and `body` says what. `named` are the items that the body of a spike names,
    the first few. `follow_ups` of an update are those of the alert that it is an update of.
    """

    id: int
    key: str
    attempts: int
    kind: str  # items.AlertKind
    reasons: Sequence[str]
    created_at: datetime
    body: Mapping[str, Any]
    subscription: SubscriptionView
    item: ItemDetail | None
    carried: Sequence[CarriedAlert]
    named: Sequence[ItemView]
    follow_ups: Sequence[FollowUpView]


@dataclass(frozen=True, slots=True)
class AlertView:
    """One delivery as users see it, with how many copies and edits came after it and from which sources.

    `held` says what a pending one waits for, where that is more than its time.
    """

    id: int
    key: str
    subscription_id: str
    kind: str
    item_id: int | None
    body: Mapping[str, Any]
    reasons: Sequence[str]
    state: str  # items.AlertState
    created_at: datetime
    due_at: datetime
    attempts: int
    last_error: str
    delivered_at: datetime | None
    carried_by: int | None
    copies: int
    edits: int
    later_sources: Sequence[str]
    held: str


# --- delivery --------------------------------------------------------------------------------------------------


def _is_due(now: datetime, *, probing: bool = False) -> Any:
    """A test goes out although its subscription or channel is paused: who mends a channel wants to try it.

    `probing`: the claim is what tries a paused channel.
    """
    active: ColumnElement[bool] = SUBSCRIPTION.c.paused_at.is_(None)
    if not probing:
        held = and_(CHANNEL.c.paused_at.is_not(None), or_(CHANNEL.c.retry_at.is_(None), CHANNEL.c.retry_at > now))
        active = and_(active, ~exists().where(ITS_CHANNEL, held))
    of_active = ALERT.c.subscription_id.in_(select(SUBSCRIPTION.c.id).where(active))
    may_go = or_(of_active, ALERT.c.kind == str(AlertKind.TEST))
    is_time = or_(ALERT.c.due_at <= now, ALERT.c.created_at > now + AHEAD)  # made before the clock was turned back
    return and_(ALERT.c.state == "pending", is_time, is_free(ALERT, now), may_go)


def ring_due_alerts(s: Session, now: datetime, limit: int = 500) -> list[int]:
    """Ids of the alerts that are due and in nobody's hands, longest due first; each is named once in 8 s."""
    due = and_(_is_due(now), is_silent(ALERT, now))
    found = select(ALERT.c.id).where(due).order_by(ALERT.c.due_at, ALERT.c.id).limit(limit)
    ids = list(s.scalars(found.with_for_update(skip_locked=True)))
    mark_rung(s, ALERT, ids, now)
    return ids


def claim_alert(
    s: Session, alert_id: int, now: datetime, lease_seconds: int = 16, *, probing: bool = False
) -> AlertForDelivery | None:
    """Take an alert for delivery, or None: not due, done, taken, or its subscription or channel is paused.

    `ceasewire.store.channels.claim_delivery` asks its channel, too.
    """
    lease = {"lease_until": now + timedelta(seconds=lease_seconds), "attempts": ALERT.c.attempts + 1}
    due = _is_due(now, probing=probing)
    row = s.execute(update(ALERT).where(ALERT.c.id == alert_id, due).values(lease).returning(ALERT)).first()
    return None if row is None else _for_delivery(s, row)


def _for_delivery(s: Session, row: Row[Any]) -> AlertForDelivery:
    subscription = get_subscription(s, row.subscription_id)
    item = None if row.item_id is None else get_item(s, row.item_id)
    if subscription is None or (item is None and row.item_id is not None):
        raise LookupError(f"alert {row.id} has lost its subscription or its item")
    told = row.body.get("alert", row.id) if row.kind == AlertKind.UPDATE else row.id
    return AlertForDelivery(
        id=row.id,
        key=row.key,
        attempts=row.attempts,
        kind=row.kind,
        reasons=row.reasons,
        created_at=row.created_at,
        body=row.body,
        subscription=subscription,
        item=item,
        carried=list_carried(s, row.id),
        named=_named(s, row.body),
        follow_ups=list_follow_ups(s, [told]).get(told, ()),
    )


def _named(s: Session, body: Mapping[str, Any]) -> list[ItemView]:
    ids = list(body.get("items", ()))[:NAMED]
    found = get_items(s, ids) if ids else {}
    return [found[item_id] for item_id in ids if item_id in found]


def channel_of(s: Session, alert_id: int) -> str | None:
    """The kind of channel that an alert goes by, or None: there is no such alert."""
    found = select(SUBSCRIPTION.c.channel).join(ALERT, ALERT.c.subscription_id == SUBSCRIPTION.c.id)
    return s.scalar(found.where(ALERT.c.id == alert_id))


def release_alert(s: Session, alert_id: int, due_at: datetime) -> None:
    """Give back an alert whose turn has not come: it was not tried, and is due again at `due_at`."""
    _save(s, alert_id, attempts=ALERT.c.attempts - 1, due_at=due_at)


# --- the order of first attempts: live streams and private feeds -----------------------------------------------

NUMBERS = "alert numbers"


def number_alert(s: Session, alert_id: int) -> None:
    """Number an alert that goes out for the first time. Last in a transaction: whoever numbers next waits for it,
    so that no number appears after a higher one was read."""
    unnumbered = and_(ALERT.c.id == alert_id, ALERT.c.number.is_(None))
    if s.scalar(select(ALERT.c.id).where(unnumbered)) is not None:
        bump(s, NUMBERS)
        s.execute(update(ALERT).where(unnumbered).values(number=get_count(s, NUMBERS)))


def last_number(s: Session) -> int:
    """How many alerts have gone out."""
    return get_count(s, NUMBERS)


def list_numbered(
    s: Session, after: int, limit: int, subscription_id: str | None = None
) -> list[tuple[int, AlertForDelivery]]:
    """Alerts that went out after the one of that number, oldest first, as they were sent."""
    return _numbered(s, select(ALERT).where(ALERT.c.number > after).order_by(ALERT.c.number), limit, subscription_id)


def list_newest(s: Session, subscription_id: str, limit: int) -> list[tuple[int, AlertForDelivery]]:
    """The last alerts of one subscription that went out, newest first."""
    newest = select(ALERT).where(ALERT.c.number.is_not(None)).order_by(ALERT.c.number.desc())
    return _numbered(s, newest, limit, subscription_id)


def _numbered(
    s: Session, found: Select[Any], limit: int, subscription_id: str | None
) -> list[tuple[int, AlertForDelivery]]:
    if subscription_id is not None:
        found = found.where(ALERT.c.subscription_id == subscription_id)
    return [(row.number, _for_delivery(s, row)) for row in s.execute(found.limit(limit)).all()]


# --- what hangs on alerts ----------------------------------------------------------------------------------------


def list_carried(s: Session, alert_id: int, limit: int = CARRIED) -> list[CarriedAlert]:
    """The alerts that this one carries, newest first."""
    carried = select(ALERT).where(ALERT.c.carried_by == alert_id)
    rows = s.execute(carried.order_by(ALERT.c.created_at.desc(), ALERT.c.id.desc()).limit(limit)).all()
    if not rows:
        return []
    items = get_items(s, [row.item_id for row in rows if row.item_id is not None])
    stories = get_stories(s, {one.story_id for one in items.values() if one.story_id is not None})
    carried_alerts = []
    for row in rows:
        item = items.get(row.item_id)
        story = stories.get(item.story_id) if item and item.story_id is not None else None
        own = (row.id, row.key, row.kind, row.reasons, row.created_at, row.body)
        carried_alerts.append(CarriedAlert(*own, item, story))
    return carried_alerts


def list_follow_ups(s: Session, alert_ids: Sequence[int]) -> Mapping[int, Sequence[FollowUpView]]:
    """What came after each of these alerts, oldest first."""
    own = (FOLLOW_UP.c.alert_id, FOLLOW_UP.c.item_id, FOLLOW_UP.c.kind, FOLLOW_UP.c.at)
    found = select(*own, ITEM.c.source_id, SOURCE.c.name.label("source_name"), ITEM.c.title)
    joined = FOLLOW_UP.join(ITEM, ITEM.c.id == FOLLOW_UP.c.item_id).join(SOURCE, SOURCE.c.id == ITEM.c.source_id)
    of_them = found.select_from(joined).where(FOLLOW_UP.c.alert_id.in_(alert_ids))
    by_alert: dict[int, list[FollowUpView]] = defaultdict(list)
    for row in s.execute(of_them.order_by(FOLLOW_UP.c.at, FOLLOW_UP.c.item_id)):
        fields = {name: getattr(row, name) for name in FollowUpView.__dataclass_fields__}
        by_alert[row.alert_id].append(FollowUpView(**fields))
    return by_alert


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


# --- what users see --------------------------------------------------------------------------------------------

STORED = [name for name in AlertView.__dataclass_fields__ if name in ALERT.c]
HOLDS = (
    SUBSCRIPTION.c.paused_at.label("subscription_paused_at"),
    SUBSCRIPTION.c.paused_reason.label("subscription_reason"),
    CHANNEL.c.paused_at.label("channel_paused_at"),
    CHANNEL.c.paused_reason.label("channel_reason"),
    CHANNEL.c.retry_at,
)


def list_alerts(
    s: Session, subscription_id: str | None = None, limit: int = 50, cursor: str | None = None
) -> Page[AlertView]:
    """A page of alerts, newest first, of one subscription or of all."""
    joined = ALERT.join(SUBSCRIPTION, SUBSCRIPTION.c.id == ALERT.c.subscription_id).outerjoin(CHANNEL, ITS_CHANNEL)
    found = (
        select(*(ALERT.c[name] for name in STORED), *HOLDS)
        .select_from(joined)
        .order_by(ALERT.c.created_at.desc(), ALERT.c.id.desc())
        .limit(limit + 1)
    )
    if subscription_id is not None:
        found = found.where(ALERT.c.subscription_id == subscription_id)
    if cursor:
        found = found.where(below(cursor, ALERT.c.created_at, ALERT.c.id))
    rows = s.execute(found).all()
    shown = rows[:limit]
    after = list_follow_ups(s, [row.id for row in shown])
    more = write_cursor(shown[-1].created_at, shown[-1].id) if len(rows) > limit else None
    return Page([_view(row, after.get(row.id, ())) for row in shown], more)


def _view(row: Any, after: Sequence[FollowUpView]) -> AlertView:
    stored = {name: getattr(row, name) for name in STORED}
    edits = sum(one.kind == FollowUpKind.EDIT for one in after)
    others = dict.fromkeys(one.source_id for one in after if one.kind != FollowUpKind.EDIT)
    return AlertView(**stored, copies=len(after) - edits, edits=edits, later_sources=list(others), held=_held(row))


def _held(row: Any) -> str:
    if row.state not in ("pending", "collected"):
        return ""
    if row.subscription_paused_at is not None:
        return f"the subscription is paused: {row.subscription_reason}"
    if row.channel_paused_at is not None:
        return f"the channel is paused: {row.channel_reason}; it is tried again at {row.retry_at:%F %R} UTC"
    return ""
