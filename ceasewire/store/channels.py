"""Channels: how deliveries to one address go. One that fails for long is paused, and keeps what waits for it.

One that failed some times in a row is tried by one alert at a time, ever more rarely: an address that lets everybody
wait for its silence must not hold up the others. A paused channel is tried when `retry_at` comes: by the backlog, one
message for each subscription that carries all that waits. The first that is taken ends the pause.

Locks are taken in one order: a paused channel's row, then alerts, then a channel's row, then the counter of numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, func, or_, select, update
from sqlalchemy.orm import Session

from ceasewire.items import AlertKind, AlertState
from ceasewire.store import alerts, events, outbox
from ceasewire.store.alerts import AlertForDelivery
from ceasewire.store.statements import AHEAD, insert_new, is_free, storable, values_of
from ceasewire.store.tables import ALERT, CHANNEL, SUBSCRIPTION
from ceasewire.store.tables.alerts import Channel

WINDOW = timedelta(minutes=1)  # of the rate limit
FAILING_LONG = timedelta(hours=24)
MANY_FAILURES, MANY_WITHIN = 50, timedelta(hours=1)  # in a row, over at least so long
FAILING = 3  # failures in a row from which on only one alert at a time is tried
GAP, LONGEST_GAP = timedelta(seconds=10), timedelta(minutes=2)  # between two of those; see `_gap`
ALONE = (str(AlertKind.TEST), str(AlertKind.BACKLOG))  # kinds that no backlog carries


@dataclass(frozen=True, slots=True)
class Address:
    """Where deliveries go: a kind of channel and its target, empty for those that are read."""

    kind: str
    target: str


@dataclass(frozen=True, slots=True)
class ChannelView:
    """One address and how it goes. `retry_at` of a paused one is when it is tried next."""

    kind: str
    target: str
    failing_since_at: datetime | None
    failures: int
    last_error: str
    last_delivered_at: datetime | None
    paused_at: datetime | None
    paused_reason: str
    retry_at: datetime | None


COLUMNS = [CHANNEL.c[name] for name in ChannelView.__dataclass_fields__]


def list_channels(s: Session) -> list[ChannelView]:
    """All addresses that something was sent to."""
    return [ChannelView(**row._mapping) for row in s.execute(select(*COLUMNS).order_by(*COLUMNS[:2]))]


def get_channel(s: Session, address: Address) -> ChannelView | None:
    """One address, or None: nothing was sent there yet."""
    row = s.execute(select(*COLUMNS).where(_is(address))).first()
    return None if row is None else ChannelView(**row._mapping)


def _is(address: Address) -> Any:
    return and_(CHANNEL.c.kind == address.kind, CHANNEL.c.target == address.target)


def _subscribed(address: Address) -> Any:
    to_it = and_(SUBSCRIPTION.c.channel == address.kind, SUBSCRIPTION.c.target == address.target)
    return and_(to_it, SUBSCRIPTION.c.paused_at.is_(None))


# --- a turn ----------------------------------------------------------------------------------------------------


def claim_delivery(
    s: Session, alert_id: int, now: datetime, *, per_minute: int | None, probe_at: datetime
) -> AlertForDelivery | None:
    """Take an alert whose turn it is at its channel; None: not due, taken, or it has to wait.

    Of a paused channel the alert may be the backlog that carries the asked one; its next probe is then at `probe_at`.
    """
    asked = select(SUBSCRIPTION.c.channel, SUBSCRIPTION.c.target, SUBSCRIPTION.c.id, ALERT.c.kind)
    row = s.execute(
        asked.join(ALERT, ALERT.c.subscription_id == SUBSCRIPTION.c.id).where(ALERT.c.id == alert_id)
    ).first()
    if row is None:
        return None
    address = Address(row.channel, row.target)
    channel = get_channel(s, address) if address.target else None
    if channel is not None and channel.paused_at is not None and row.kind != AlertKind.TEST:
        alert = _claim_probe(s, channel, alert_id, now, probe_at)
    else:
        alert = _claim_turn(s, alert_id, address, channel, now, per_minute)
    if alert is not None:
        alerts.number_alert(s, alert.id)
    return alert


def _claim_turn(
    s: Session, alert_id: int, address: Address, channel: ChannelView | None, now: datetime, per_minute: int | None
) -> AlertForDelivery | None:
    alert, wait_until = alerts.claim_alert(s, alert_id, now), None
    if alert is None:
        return None
    if channel is not None and channel.failures >= FAILING and alert.kind != AlertKind.TEST:
        wait_until = _take_try(s, channel, now)
    if wait_until is None and per_minute is not None and address.target:
        wait_until = _take_turn(s, address, now, per_minute)
    if wait_until is not None:
        alerts.release_alert(s, alert_id, wait_until)
        return None
    return alert


def _take_try(s: Session, channel: ChannelView, now: datetime) -> datetime | None:
    """Be the one alert that tries a failing channel; when the next may, where another is."""
    address, retry_at = Address(channel.kind, channel.target), CHANNEL.c.retry_at
    free = or_(retry_at.is_(None), retry_at <= now, retry_at > now + LONGEST_GAP)  # or the clock was turned back
    taken = (
        update(CHANNEL).where(_is(address), free).values(retry_at=now + _gap(channel, now)).returning(CHANNEL.c.kind)
    )
    if s.execute(taken).first() is not None:
        return None
    return s.scalar(select(retry_at).where(_is(address)))


def _gap(channel: ChannelView, now: datetime) -> timedelta:
    """Twice as long as it has been failing: ten alerts that failed within a second say no more than one."""
    failing = now - (channel.failing_since_at or now)
    return min(max(GAP, 2 * failing), LONGEST_GAP)


def _take_turn(s: Session, address: Address, now: datetime, per_minute: int) -> datetime | None:
    """Count one message; the window in which its turn comes, where this one is full."""
    insert_new(s, CHANNEL, [values_of(Channel(kind=address.kind, target=address.target))])
    started_at = CHANNEL.c.window_started_at  # a coming one is from before the clock was turned back
    over = or_(started_at.is_(None), started_at <= now - WINDOW, started_at > now + AHEAD)
    counted = {
        "window_started_at": case((over, now), else_=CHANNEL.c.window_started_at),
        "window_sent": case((over, 1), else_=CHANNEL.c.window_sent + 1),
    }
    names = (CHANNEL.c.window_started_at, CHANNEL.c.window_sent)
    row = s.execute(update(CHANNEL).where(_is(address)).values(counted).returning(*names)).one()
    windows = (row.window_sent - 1) // per_minute
    started: datetime = row.window_started_at
    return started + windows * WINDOW if windows else None


def _claim_probe(
    s: Session, channel: ChannelView, alert_id: int, now: datetime, probe_at: datetime
) -> AlertForDelivery | None:
    address = Address(channel.kind, channel.target)
    due = and_(_is(address), CHANNEL.c.paused_at.is_not(None), CHANNEL.c.retry_at <= now)
    if s.execute(update(CHANNEL).where(due).values(retry_at=probe_at).returning(CHANNEL.c.kind)).first() is None:
        return None
    gather_backlog(s, address, now)
    carrier = s.scalar(select(ALERT.c.carried_by).where(ALERT.c.id == alert_id, ALERT.c.state == "carried"))
    alert = alerts.claim_alert(s, carrier or alert_id, now, probing=True)
    if alert is None:
        s.execute(update(CHANNEL).where(_is(address)).values(retry_at=channel.retry_at))
    return alert


# --- what came of it -------------------------------------------------------------------------------------------


def save_taken(s: Session, address: Address, now: datetime) -> bool:
    """A delivery was taken; True where this ended a pause, and the backlog of every subscription goes now."""
    insert_new(s, CHANNEL, [values_of(Channel(kind=address.kind, target=address.target))])
    before = get_channel(s, address)
    well = {"failing_since_at": None, "failures": 0, "last_error": "", "last_delivered_at": now}
    over = {"paused_at": None, "paused_reason": "", "retry_at": None}
    ended = before is not None and before.paused_at is not None
    if ended:
        gather_backlog(s, address, now)
    s.execute(update(CHANNEL).where(_is(address)).values(well | over))
    if ended:
        _tell(
            s, address, "channel_resumed", f"deliveries by {address.kind} are taken again; what was kept goes now", now
        )
    return ended


def save_failure(s: Session, address: Address, error: str, now: datetime, probe_at: datetime) -> bool:
    """A delivery was not taken. True: the channel is paused, by this failure or before."""
    insert_new(s, CHANNEL, [values_of(Channel(kind=address.kind, target=address.target))])
    since = func.coalesce(CHANNEL.c.failing_since_at, now)
    failed = {"failures": CHANNEL.c.failures + 1, "failing_since_at": since, "last_error": storable(error)}
    s.execute(update(CHANNEL).where(_is(address)).values(failed))
    channel = get_channel(s, address)
    assert channel is not None
    assert channel.failing_since_at is not None
    failing = now - channel.failing_since_at
    long = failing >= FAILING_LONG or (channel.failures >= MANY_FAILURES and failing >= MANY_WITHIN)
    if channel.paused_at is None and long:
        reason = f"failing since {channel.failing_since_at:%Y-%m-%d %H:%M} UTC, {channel.failures} times in a row"
        pause = {"paused_at": now, "paused_reason": reason, "retry_at": probe_at}
        s.execute(update(CHANNEL).where(_is(address)).values(pause))
        _tell(s, address, "channel_paused", f"{address.kind} is paused: {reason}; its alerts are kept", now)
    return long or channel.paused_at is not None


def _tell(s: Session, address: Address, kind: str, message: str, now: datetime) -> None:
    """One event for each subscription concerned. It names no address: events are read by more people than those."""
    for subscription_id in s.scalars(select(SUBSCRIPTION.c.id).where(_subscribed(address))).all():
        events.insert_event(s, kind, subscription_id, message, now)


# --- the backlog -----------------------------------------------------------------------------------------------


def gather_backlog(s: Session, address: Address, now: datetime) -> None:
    """Let one message for each subscription carry all that waits for a paused channel; it is due now."""
    for row in s.execute(select(SUBSCRIPTION.c.id, SUBSCRIPTION.c.name).where(_subscribed(address))).all():
        waiting = and_(ALERT.c.subscription_id == row.id, ALERT.c.state == "pending", is_free(ALERT, now))
        s.execute(update(ALERT).where(waiting, ALERT.c.attempts > 0).values(due_at=now, rung_at=None))
        ripe = and_(waiting, ALERT.c.due_at <= now)
        found = s.execute(select(ALERT.c.id, ALERT.c.kind).where(ripe).order_by(ALERT.c.id)).all()
        carriers = [one.id for one in found if one.kind == AlertKind.BACKLOG]
        kept = [one.id for one in found if one.kind not in ALONE]
        if kept and len(kept) + len(carriers) > 1:
            _carry(s, row.id, row.name, carriers[0] if carriers else None, kept, now)


def _carry(
    s: Session, subscription_id: str, name: str, carrier: int | None, kept: Sequence[int], now: datetime
) -> None:
    if carrier is None:
        dedupe_key = f"backlog:{now.isoformat()}"
        carrier = outbox.insert_notice(s, subscription_id, AlertKind.BACKLOG, dedupe_key, {}, now)
    assert carrier is not None
    carried = {"state": str(AlertState.CARRIED), "carried_by": carrier, "lease_until": None}
    s.execute(update(ALERT).where(or_(ALERT.c.id.in_(kept), ALERT.c.carried_by.in_(kept))).values(carried))
    within = ALERT.c.carried_by == carrier
    count = s.scalar(select(func.count()).where(within)) or 0
    since: datetime = s.scalars(select(ALERT.c.created_at).where(within).order_by(ALERT.c.created_at)).first() or now
    body = {
        "headline": f"{count} alerts of “{name}” that could not be delivered",
        "lines": [f"The channel could not be reached; they have waited since {since:%Y-%m-%d %H:%M} UTC."],
        "count": count,
        "since": since.isoformat(),
        "until": now.isoformat(),
    }
    s.execute(update(ALERT).where(ALERT.c.id == carrier).values(body=body))
