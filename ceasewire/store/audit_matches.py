"""What the audit needs to compare items with subscriptions: which were matched as they are now, and who was told."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, exists, func, select
from sqlalchemy.orm import Session

from ceasewire.store.statements import among
from ceasewire.store.tables import ALERT, ASSESSMENT, FOLLOW_UP, ITEM, SUBSCRIPTION, TRANSLATION_HISTORY

GRACE = timedelta(seconds=2)  # between a verdict and the time that the item counts as tagged or translated


def list_matched(s: Session, since: datetime, limit: int) -> Mapping[int, datetime]:
    """The newest items that were tagged after `since`, and when, without those whose tags are others by now: tagged
    again by another model or with a renewed translation, which makes no alert."""
    later = ITEM.c.translated_at > ITEM.c.enriched_at
    matched_at = case((later, ITEM.c.translated_at), else_=ITEM.c.enriched_at).label("matched_at")
    assessed = select(func.max(ASSESSMENT.c.assessed_at)).where(ASSESSMENT.c.item_id == ITEM.c.id)
    renewed = exists().where(TRANSLATION_HISTORY.c.item_id == ITEM.c.id)
    found = select(ITEM.c.id, ITEM.c.enriched_at, matched_at, assessed.scalar_subquery().label("assessed_at"))
    found = found.where(ITEM.c.enriched_at > since, ITEM.c.failed_reason.is_(None), ~renewed)
    rows = s.execute(found.order_by(ITEM.c.enriched_at.desc()).limit(limit)).all()
    return {row.id: row.enriched_at for row in rows if not row.assessed_at or row.assessed_at <= row.matched_at + GRACE}


def list_told(s: Session, item_ids: Collection[int]) -> Mapping[int, set[str]]:
    """The subscriptions that were told of each item: by an alert on it, or on the same news, which it counts into."""
    own: Select[Any] = select(ALERT.c.item_id, ALERT.c.subscription_id).where(among(s, ALERT.c.item_id, item_ids))
    counted: Select[Any] = select(FOLLOW_UP.c.item_id, ALERT.c.subscription_id).join(
        ALERT, ALERT.c.id == FOLLOW_UP.c.alert_id
    )
    told: dict[int, set[str]] = defaultdict(set)
    for found in (own, counted.where(among(s, FOLLOW_UP.c.item_id, item_ids))):
        for row in s.execute(found):
            told[row.item_id].add(row.subscription_id)
    return told


def list_in_force(s: Session) -> Mapping[str, datetime]:
    """Since when each active subscription is as it is."""
    since = func.coalesce(SUBSCRIPTION.c.changed_at, SUBSCRIPTION.c.created_at)
    rows = s.execute(select(SUBSCRIPTION.c.id, since).where(SUBSCRIPTION.c.paused_at.is_(None)))
    return {row[0]: row[1] for row in rows}
