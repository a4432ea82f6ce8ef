"""Subscribing: from a form that was checked to a row of the store, and the marked message that tries a channel."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from ceasewire.conflict.model import Conflict
from ceasewire.items import MATCHED_MODES, AlertKind
from ceasewire.lookback import list_matches
from ceasewire.pipeline.options import options_as_json
from ceasewire.pipeline.query import parse_query
from ceasewire.pipeline.subscription import Known, Subscription
from ceasewire.pipeline.timing import first_run_at
from ceasewire.store.outbox import insert_notice
from ceasewire.store.session import Session
from ceasewire.store.sources import list_sources
from ceasewire.store.subscriptions import NewSubscription, SubscriptionView
from ceasewire.store.views import ItemQuery

EXAMPLE_WITHIN = timedelta(days=7)  # that the item which a test shows came, as a backtest counts


def known_names(s: Session, conflicts: Mapping[str, Conflict]) -> Known:
    """What a query may name, by the conflicts loaded and the sources stored."""
    configs = [one.config for one in list_sources(s)]
    return Known(
        conflicts=conflicts,
        sources=[one.id for one in configs],
        sides=sorted({one.side for one in configs if one.side}),
        countries=sorted({one.country for one in configs if one.country}),
    )


def new_subscription(
    subscription_id: str, wanted: Subscription, now: datetime, *, secret: str = "", origin: str = "api"
) -> NewSubscription:
    """The row of a subscription; `secret` is encrypted already."""
    return NewSubscription(
        id=subscription_id,
        name=wanted.name,
        query=wanted.query_fields,
        channel=wanted.channel,
        target=wanted.target,
        secret=secret,
        mode=str(wanted.mode),
        options=options_as_json(wanted.options),
        wait_seconds=wanted.wait_seconds,
        copies=str(wanted.copies),
        origin=origin,
        next_run_at=first_run_at(wanted.options, now),
    )


def changed_subscription(old: SubscriptionView, wanted: Subscription, now: datetime) -> NewSubscription:
    """The row that takes the place of `old`: with its secret, and its next run unless that is timed otherwise now."""
    new = new_subscription(old.id, wanted, now, secret=old.secret, origin=old.origin)
    same = (old.mode, dict(old.options)) == (new.mode, dict(new.options))
    return replace(new, next_run_at=old.next_run_at) if same else new


def insert_test(s: Session, view: SubscriptionView, now: datetime) -> int:
    """One message marked as a test, due now, with the newest item of the last days that matches; returns its id.

    It goes out even where the subscription is paused.
    """
    lines, item_id = [f"This message was asked for, to try the channel {view.channel}."], None
    if view.mode in MATCHED_MODES:
        item_id = _example(s, view, now)
        lines.append("The newest item that matches is shown." if item_id else "No item of the last 7 days matches.")
    body = {"headline": f"Test of “{view.name}”", "lines": lines}
    made = insert_notice(s, view.id, AlertKind.TEST, f"test:{uuid4().hex}", body, now, item_id=item_id)
    assert made is not None
    return made


def _example(s: Session, view: SubscriptionView, now: datetime) -> int | None:
    found = list_matches(s, parse_query(view.query), ItemQuery(seen_since=now - EXAMPLE_WITHIN))
    return next((one.facts.item_id for one in found), None)
