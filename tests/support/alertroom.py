"""Alerts on the small newsroom's items, and the worker's part of delivering them with a clock that is played."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ceasewire.items import AlertIntent
from ceasewire.message.links import Links
from ceasewire.secrets import SecretBox
from ceasewire.store import alerts, outbox, subscriptions
from ceasewire.store.session import Store
from tests.support.newsroom import NOW
from worker.adapters.guard import deadline, guarded_client
from worker.jobs.deliver import Delivering, deliver_alert
from worker.notifiers import OperatorChannels, make_notifiers
from worker.ports import Notifier

LOOPBACK = ("127.0.0.0/8",)
PUBLIC_URL = "https://monitor.example.org"


@dataclass
class AlertRoom:
    """Subscriptions, their alerts and deliveries. `now` is the clock; nothing is spread by chance."""

    store: Store
    secrets: SecretBox
    operator: OperatorChannels = field(default_factory=OperatorChannels)
    rates: Mapping[str, int] = field(default_factory=dict)
    now: datetime = NOW
    public_url: str = PUBLIC_URL
    notifiers: dict[str, Notifier] = field(default_factory=dict)

    @property
    def links(self) -> Links:
        return Links(self.public_url, self.secrets)

    def delivering(self) -> Delivering:
        """As the composition root puts it together."""
        if not self.notifiers:
            made = make_notifiers(guarded_client(LOOPBACK), deadline, lambda: self.now, self.operator)
            self.notifiers = dict(made)
        parts = (self.store, self.notifiers, self.secrets.decrypt, self.links, self.rates)
        return Delivering(*parts, clock=lambda: self.now, jitter=lambda: 0.0)

    def subscribe(self, channel: str, target: str = "", name: str = "desk", secret: str = "", **changes: Any) -> None:
        query = changes.pop("query", {"topics": ["talks_mediation"]})
        encrypted = self.secrets.encrypt(secret) if secret else ""
        new = subscriptions.NewSubscription(name, name.title(), query, channel, target, encrypted, **changes)
        with self.store.write() as s:
            subscriptions.insert_subscription(s, new, self.now)

    def alert(self, item_id: int, name: str = "desk", *reasons: str) -> int:
        """An alert on an item, due now."""
        intent = AlertIntent(
            name, item_id, f"item:{item_id}", reasons or ("topic: talks_mediation because of “talks”",)
        )
        with self.store.write() as s:
            [alert_id] = outbox.insert_alerts(s, [intent], self.now, self.now)
        return alert_id

    def deliver(self, *alert_ids: int) -> None:
        """One message of the queue for each, whatever became of the last."""
        for alert_id in alert_ids:
            deliver_alert(self.delivering(), alert_id)

    def ring(self) -> list[int]:
        """Deliver all that the sweep would ring for; returns their ids."""
        with self.store.write() as s:
            due = alerts.ring_due_alerts(s, self.now)
        self.deliver(*due)
        return due

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def shown(self, name: str | None = None) -> list[alerts.AlertView]:
        """As `/alerts` has them, oldest first."""
        with self.store.read() as s:
            return list(alerts.list_alerts(s, name, limit=200).items)[::-1]

    def state(self, alert_id: int) -> tuple[str, str]:
        """Its state and its last error."""
        return next((one.state, one.last_error) for one in self.shown() if one.id == alert_id)
