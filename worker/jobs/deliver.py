"""Deliver: claim one alert, send it, record what became of it."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ceasewire.errors import CeasewireError, DeliveryFailed, DeliveryRefused, Permanent
from ceasewire.message.compose import compose
from ceasewire.message.links import Links
from ceasewire.store import alerts, channels, events
from ceasewire.store.alerts import AlertForDelivery
from ceasewire.store.channels import Address
from ceasewire.store.session import Session, Store
from worker.ports import Notifier

log = logging.getLogger(__name__)

# Before the next attempt, after Svix's schedule; the last attempt lies more than a day after the first.
PAUSES = tuple(timedelta(seconds=s) for s in (5, 30, 300, 1800, 7200, 18_000, 36_000, 36_000))
PROBE = timedelta(minutes=30)  # between two tries of a paused channel


@dataclass(frozen=True, slots=True)
class Delivering:
    """What the job needs. `open_secret` decrypts a subscriber's secret; `rates` are messages a minute by channel."""

    store: Store
    notifiers: Mapping[str, Notifier]
    open_secret: Callable[[str], str]
    links: Links
    rates: Mapping[str, int]
    clock: Callable[[], datetime]
    jitter: Callable[[], float]

    def after(self, pause: timedelta) -> datetime:
        """The time after a pause, spread a little."""
        return self.clock() + pause * (1 + self.jitter())


def deliver_alert(parts: Delivering, alert_id: int) -> None:
    """One attempt. Does nothing when the alert is not due, done, somebody else has it, or its channel must wait."""
    alert = _claim(parts, alert_id)
    if alert is None:
        return
    try:
        _send(parts, alert)
    except Permanent as error:
        _refused(parts, alert, error)
    except DeliveryFailed as error:
        _failed(parts, alert, error)
    else:
        with parts.store.write() as session:
            now = parts.clock()
            alerts.save_delivered(session, alert.id, now)
            if alert.subscription.target:
                channels.save_taken(session, _address(alert), now)


def _claim(parts: Delivering, alert_id: int) -> AlertForDelivery | None:
    with parts.store.write() as session:
        kind = alerts.channel_of(session, alert_id)
        rate = parts.rates.get(kind) if kind else None
        return channels.claim_delivery(session, alert_id, parts.clock(), per_minute=rate, probe_at=parts.after(PROBE))


def _send(parts: Delivering, alert: AlertForDelivery) -> None:
    subscription = alert.subscription
    notifier = parts.notifiers.get(subscription.channel)
    if notifier is None:  # the operator may set it up yet: nothing is lost by waiting
        raise DeliveryFailed("this channel is not set up here", about=subscription.channel)
    secret = parts.open_secret(subscription.secret) if subscription.secret else None
    notifier.send(subscription.target, secret, compose(alert, parts.links))


def _address(alert: AlertForDelivery) -> Address:
    return Address(alert.subscription.channel, alert.subscription.target)


def _failed(parts: Delivering, alert: AlertForDelivery, error: DeliveryFailed) -> None:
    """Try again later. A channel that fails for long is paused first: no alert ends while nothing gets through."""
    with parts.store.write() as session:
        paused = _note_failure(parts, session, alert, error)
        if alert.attempts > len(PAUSES) and not paused:
            said = f"not taken in {alert.attempts} attempts; the last time: {error.message}"
            _give_up(parts, session, alert, said)
            return
        pause = PAUSES[min(alert.attempts, len(PAUSES)) - 1]
        alerts.save_retry(session, alert.id, str(error), parts.clock() if paused else parts.after(pause))


def _refused(parts: Delivering, alert: AlertForDelivery, error: Permanent) -> None:
    with parts.store.write() as session:
        if isinstance(error, DeliveryRefused):
            _note_failure(parts, session, alert, error)
        _give_up(parts, session, alert, error.message)


def _note_failure(parts: Delivering, session: Session, alert: AlertForDelivery, error: CeasewireError) -> bool:
    if not alert.subscription.target:
        return False
    return channels.save_failure(session, _address(alert), error.message, parts.clock(), parts.after(PROBE))


def _give_up(parts: Delivering, session: Session, alert: AlertForDelivery, reason: str) -> None:
    """Log and event leave the address out: it may be a secret, and more people read them."""
    log.error("alert %s to subscription %s is undeliverable: %s", alert.key, alert.subscription.id, reason)
    now = parts.clock()
    alerts.save_dead(session, alert.id, reason, now)
    events.insert_event(session, "alert_undeliverable", alert.subscription.id, reason, now)
