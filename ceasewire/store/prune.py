"""Pruning: what retention rules let go, counted first and deleted in small transactions.

An item goes when it is older than its rule and its source has listed others since, so that it does not come in again
as news. An item that any alert names stays as long as that alert, a post as long as an article that embeds it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, delete, exists, func, or_, select
from sqlalchemy.orm import Session

from ceasewire.store.of_item import OF_ITEM
from ceasewire.store.search import unindex_item
from ceasewire.store.stories import leave_story, lock_stories
from ceasewire.store.tables import ALERT, ASSESSMENT, EMBEDDING, FOLLOW_UP, ITEM, REVISION, SOURCE

BATCH = 200  # rows deleted in one transaction
UNLISTED = timedelta(days=1)  # not seen for so long, while its source brought others


@dataclass(frozen=True, slots=True)
class Retention:
    """Days for which things are kept, 0: for ever. `tagged` is for items that are about a conflict."""

    items: int = 0
    tagged: int = 0
    revisions: int = 0
    deliveries: int = 0

    @property
    def prunes(self) -> bool:
        """Whether anything ever goes."""
        return any((self.items, self.tagged, self.revisions, self.deliveries))


Old = Callable[[Retention, datetime], Select[Any] | None]


def count_old(s: Session, retention: Retention, now: datetime) -> Mapping[str, int]:
    """How much each rule would let go now; items that only old deliveries hold are not yet counted."""
    found = {name: old(retention, now) for name, old in KINDS.items()}
    return {
        name: 0 if old is None else s.scalar(select(func.count()).select_from(old.subquery())) or 0
        for name, old in found.items()
    }


def delete_old(s: Session, name: str, retention: Retention, now: datetime, limit: int = BATCH) -> int:
    """Delete up to `limit` rows of one kind, oldest first; returns how many. 0: nothing more is to go."""
    old = KINDS[name](retention, now)
    ids = [] if old is None else list(s.scalars(old.limit(limit)))
    if ids:
        DELETES[name](s, ids)
    return len(ids)


# --- what is old -----------------------------------------------------------------------------------------------


def _old_deliveries(retention: Retention, now: datetime) -> Select[Any] | None:
    """Alerts that are done; what they carried goes with them."""
    if not retention.deliveries:
        return None
    ended_at = func.coalesce(ALERT.c.delivered_at, ALERT.c.due_at)
    old = ended_at < now - timedelta(days=retention.deliveries)
    return select(ALERT.c.id).where(ALERT.c.state.in_(("delivered", "dead")), old).order_by(ALERT.c.id)


def _old_revisions(retention: Retention, now: datetime) -> Select[Any] | None:
    if not retention.revisions:
        return None
    before = now - timedelta(days=retention.revisions)
    return select(REVISION.c.id).where(REVISION.c.replaced_at < before).order_by(REVISION.c.id)


def _old_items(retention: Retention, now: datetime) -> Select[Any] | None:
    ages = []
    tagged = exists().where(ASSESSMENT.c.item_id == ITEM.c.id, ASSESSMENT.c.verdict == "relevant")
    if retention.items:
        ages.append(and_(ITEM.c.published_at < now - timedelta(days=retention.items), ~tagged))
    if retention.tagged:
        ages.append(and_(ITEM.c.published_at < now - timedelta(days=retention.tagged), tagged))
    if not ages:
        return None
    later = exists().where(SOURCE.c.id == ITEM.c.source_id, SOURCE.c.last_new_item_at > ITEM.c.last_seen_at)
    unlisted = and_(ITEM.c.last_seen_at < now - UNLISTED, later)
    named = or_(exists().where(ALERT.c.item_id == ITEM.c.id), exists().where(FOLLOW_UP.c.item_id == ITEM.c.id))
    embedded = exists().where(EMBEDDING.c.post_id == ITEM.c.id)
    return select(ITEM.c.id).where(or_(*ages), unlisted, ~named, ~embedded).order_by(ITEM.c.published_at)


# --- how it goes -----------------------------------------------------------------------------------------------


def _delete_deliveries(s: Session, ids: Sequence[int]) -> None:
    gone = list(s.scalars(select(ALERT.c.id).where(or_(ALERT.c.id.in_(ids), ALERT.c.carried_by.in_(ids)))))
    s.execute(delete(FOLLOW_UP).where(FOLLOW_UP.c.alert_id.in_(gone)))
    s.execute(delete(ALERT).where(ALERT.c.id.in_(gone)))


def _delete_revisions(s: Session, ids: Sequence[int]) -> None:
    s.execute(delete(REVISION).where(REVISION.c.id.in_(ids)))


def _delete_items(s: Session, ids: Sequence[int]) -> None:
    lock_stories(s)
    for row in s.execute(select(ITEM.c.id, ITEM.c.published_at).where(ITEM.c.id.in_(ids))).all():
        unindex_item(s, row.id, row.published_at)
        leave_story(s, row.id)
    s.execute(delete(EMBEDDING).where(EMBEDDING.c.article_id.in_(ids)))
    for table in OF_ITEM:
        s.execute(delete(table).where(table.c.item_id.in_(ids)))
    s.execute(delete(ITEM).where(ITEM.c.id.in_(ids)))


# Deliveries first: items that only they held follow.
KINDS: Mapping[str, Old] = {"deliveries": _old_deliveries, "revisions": _old_revisions, "items": _old_items}
DELETES: Mapping[str, Callable[[Session, Sequence[int]], None]] = {
    "deliveries": _delete_deliveries,
    "revisions": _delete_revisions,
    "items": _delete_items,
}
