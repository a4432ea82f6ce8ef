"""Deliver: claim one alert, send it, record what became of it."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ceasewire.errors import DeliveryFailed, DeliveryRefused, Permanent
from ceasewire.store import alerts, events
from ceasewire.store.session import Store
from worker.jobs.message import compose
from worker.ports import Notifier

log = logging.getLogger(__name__)

# Before the next attempt, after Svix's schedule; the last attempt lies more than a day after the first.
PAUSES = tuple(timedelta(seconds=s) for s in (5, 30, 300, 1800, 7200, 18_000, 36_000, 36_000))


@dataclass(frozen=True, slots=True)
class Delivering:
    """What the job needs. `open_secret` decrypts a subscriber's secret."""

    store: Store
    notifiers: Mapping[str, Notifier]
    open_secret: Callable[[str], str]
    public_url: str
    clock: Callable[[], datetime]
    jitter: Callable[[], float]


def deliver_alert(parts: Delivering, alert_id: int) -> None:
    """One attempt. Does nothing when the alert is not due, done, or somebody else has it."""
    now = parts.clock()
    with parts.store.write() as session:
        alert = alerts.claim_alert(session, alert_id, now)
    if alert is None:
        return
    try:
        notifier = parts.notifiers.get(alert.subscription.channel)
        if notifier is None:
            raise DeliveryRefused("no such channel", about=alert.subscription.channel)
        secret = parts.open_secret(alert.subscription.secret) if alert.subscription.secret else None
        notifier.send(alert.subscription.target, secret, compose(alert, parts.public_url))
    except Permanent as error:
        _give_up(parts, alert, str(error))
    except DeliveryFailed as error:
        _try_later(parts, alert, error)
    else:
        with parts.store.write() as session:
            alerts.save_delivered(session, alert_id, parts.clock())


def _try_later(parts: Delivering, alert: alerts.AlertForDelivery, error: DeliveryFailed) -> None:
    if alert.attempts > len(PAUSES):
        _give_up(parts, alert, f"not taken in {alert.attempts} attempts; the last time: {error}")
        return
    pause = PAUSES[alert.attempts - 1] * (1 + parts.jitter())
    with parts.store.write() as session:
        alerts.save_retry(session, alert.id, str(error), parts.clock() + pause)


def _give_up(parts: Delivering, alert: alerts.AlertForDelivery, reason: str) -> None:
    log.error("alert %s to subscription %s is undeliverable: %s", alert.key, alert.subscription.id, reason)
    now = parts.clock()
    with parts.store.write() as session:
        alerts.save_dead(session, alert.id, reason, now)
        events.insert_event(session, "alert_undeliverable", alert.subscription.id, reason, now)
