"""Deliver: claim one alert, send it, record what became of it."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ceasewire.errors import CeasewireError, ConfigError, DeliveryFailed, DeliveryRefused, ReceiverGone
from ceasewire.message.compose import compose
from ceasewire.message.links import Links
from ceasewire.store import alerts, channels, events, subscriptions
from ceasewire.store.alerts import AlertForDelivery
from ceasewire.store.channels import Address
from ceasewire.store.session import Session, Store
from worker.jobs.leased import leased
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
    if alert is not None:
        with leased(parts.store, [alert.id], parts.clock, "alert"):
            _attempt(parts, alert)


def _attempt(parts: Delivering, alert: AlertForDelivery) -> None:
    try:
        _send(parts, alert)
    except ReceiverGone as error:
        _gone(parts, alert, error)
    except DeliveryRefused as error:
        _refused(parts, alert, error)
    except DeliveryFailed as error:
        _failed(parts, alert, error)
    except Exception as error:
        _stumbled(parts, alert, error)
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
    notifier.send(subscription.target, _secret(parts, subscription.secret), compose(alert, parts.links))


def _secret(parts: Delivering, encrypted: str) -> str | None:
    try:
        return parts.open_secret(encrypted) if encrypted else None
    except ConfigError as error:  # the operator may bring the right key back: nothing is lost by waiting
        raise DeliveryFailed(f"its secret {error.message}; {error.remedy}", about="subscription") from error


def _address(alert: AlertForDelivery) -> Address:
    return Address(alert.subscription.channel, alert.subscription.target)


def _failed(parts: Delivering, alert: AlertForDelivery, error: DeliveryFailed) -> None:
    """Try again later. A channel that fails for long is paused first: no alert ends while nothing gets through."""
    with parts.store.write() as session:
        paused = _note_failure(parts, session, alert, error)
        _try_again(parts, session, alert, error.message, paused=paused, wait_seconds=error.wait_seconds)


def _stumbled(parts: Delivering, alert: AlertForDelivery, error: Exception) -> None:
    """An error of ours: its channel is not to blame, and an alert that cannot be told ends with the reason."""
    log.exception("alert %s to subscription %s could not be sent", alert.key, alert.subscription.id)
    with parts.store.write() as session:
        _try_again(parts, session, alert, f"an error in Ceasewire: {type(error).__name__}, see its log", paused=False)


def _try_again(
    parts: Delivering, session: Session, alert: AlertForDelivery, error: str, *, paused: bool, wait_seconds: int = 0
) -> None:
    if alert.attempts > len(PAUSES) and not paused:
        _give_up(parts, session, alert, f"not taken in {alert.attempts} attempts; the last time: {error}")
        return
    pause = PAUSES[min(alert.attempts, len(PAUSES)) - 1]
    asked_for = parts.clock() + timedelta(seconds=wait_seconds)
    due_at = parts.clock() if paused else max(parts.after(pause), asked_for)
    alerts.save_retry(session, alert.id, error, due_at)
    again = "its channel is paused" if paused else f"again at {due_at:%F %T} UTC"
    where, number = (alert.key, alert.subscription.id), alert.attempts
    log.warning("alert %s to subscription %s not taken, attempt %d: %s; %s", *where, number, error, again)


def _gone(parts: Delivering, alert: AlertForDelivery, error: ReceiverGone) -> None:
    """The receiver wants no more of it: pause the subscription, which keeps its alerts in case somebody resumes it."""
    reason, now = f"its receiver wants no more: {error.message}", parts.clock()
    with parts.store.write() as session:
        alerts.save_retry(session, alert.id, error.message, now)
        if subscriptions.pause_subscription(session, alert.subscription.id, reason, now):
            events.insert_event(session, "subscription_paused", alert.subscription.id, reason, now)


def _refused(parts: Delivering, alert: AlertForDelivery, error: DeliveryRefused) -> None:
    with parts.store.write() as session:
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
