"""Match one item against the subscriptions, inside the caller's transaction."""

import logging
from collections.abc import Sequence
from datetime import datetime

from ceasewire.items import UNDETERMINED, Tagging
from ceasewire.pipeline.alert import AlertQuery, Subject, intents, parse_query
from ceasewire.store import alerts, events, subscriptions
from ceasewire.store.session import Session
from ceasewire.words import fold

log = logging.getLogger(__name__)


def insert_matching_alerts(
    session: Session, item_id: int, taggings: Sequence[Tagging], due_at: datetime, now: datetime
) -> Sequence[int]:
    """Write the outbox rows of one item; returns the new ones' ids. What was sent for the same news adds none."""
    alerted = alerts.list_alerted(session, item_id)
    queries = {name: query for name, query in _queries(session, now).items() if name not in alerted}
    if not queries:
        return ()
    facts = alerts.get_subject(session, item_id)
    subject = Subject(
        item_id=item_id,
        source_id=facts.source_id,
        language=facts.language or UNDETERMINED,
        folded=fold("\n".join(facts.texts)),
        first_copy=facts.first_copy,
        embedded_posts=facts.embedded_posts,
    )
    return alerts.insert_alerts(session, intents(queries, subject, taggings), due_at, now)


def _queries(session: Session, now: datetime) -> dict[str, AlertQuery]:
    queries = {}
    for subscription in subscriptions.list_subscriptions(session):
        if subscription.paused_at is not None:
            continue
        try:
            queries[subscription.id] = parse_query(subscription.query)
        except ValueError as error:
            # Kept from now on: a subscriber who gets nothing must see why.
            reason = f"its query is invalid: {error}"
            subscriptions.pause_subscription(session, subscription.id, reason, now)
            events.insert_event(session, "subscription_invalid", subscription.id, reason, now)
            log.error("subscription %s paused: %s", subscription.id, reason)
    return queries
