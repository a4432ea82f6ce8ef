"""What the API reads of items: lists, one in full, counts. A list costs a fixed number of statements, however long."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, select
from sqlalchemy.orm import Session

from ceasewire.items import TagKind
from ceasewire.store.cursors import write_cursor
from ceasewire.store.events import EventView, list_events
from ceasewire.store.find import find_newest
from ceasewire.store.fulltext import get_full_text
from ceasewire.store.item_views import SOURCE_COLUMNS, fields_of_items
from ceasewire.store.lookups import get_lookup
from ceasewire.store.stories import get_story
from ceasewire.store.tables import (
    ALERT,
    FETCH,
    ITEM,
    ITEM_KEY,
    REVISION,
    SIGHTING,
    SOURCE,
    TAG,
)
from ceasewire.store.vanish import get_absence
from ceasewire.store.views import (
    ItemDetail,
    ItemQuery,
    ItemView,
    Page,
    RevisionView,
    SightingView,
    SourceRef,
)

__all__ = [
    "COUNTED",
    "EventView",
    "count_states",
    "get_item",
    "get_items",
    "list_events",
    "list_items",
    "list_topics_counts",
    "queue_depths",
]

COUNTED = 10_000  # a reader need not know more exactly how many wait


def list_items(s: Session, query: ItemQuery, *, limit: int, cursor: str | None = None) -> Page[ItemView]:
    """A page of items, newest published first. Raises InvalidQuery for a cursor or search that cannot be read."""
    ids = find_newest(s, query, limit + 1, cursor)
    items = list(get_items(s, ids[:limit]).values())
    more = write_cursor(items[-1].published_at, items[-1].id) if items and len(ids) > limit else None
    return Page(items, more)


def _without(row: Row[Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row._mapping.items() if name not in names}


def get_items(s: Session, ids: Sequence[int]) -> dict[int, ItemView]:
    """Several items by their ids, in that order; unknown ones are left out."""
    return {item_id: ItemView(**fields) for item_id, fields in fields_of_items(s, ids).items()}


def get_item(s: Session, item_id: int) -> ItemDetail | None:
    """One item in full, or None."""
    fields = fields_of_items(s, [item_id]).get(item_id)
    if fields is None:
        return None
    keys = select(ITEM_KEY.c.key).where(ITEM_KEY.c.item_id == item_id).order_by(ITEM_KEY.c.strength, ITEM_KEY.c.key)
    revisions = select(REVISION).where(REVISION.c.item_id == item_id).order_by(REVISION.c.id.desc())
    return ItemDetail(
        **fields,
        keys=s.scalars(keys).all(),
        revisions=[RevisionView(**_without(row, "id", "item_id", "content_hash")) for row in s.execute(revisions)],
        sightings=_sightings(s, item_id),
        story=None if fields["story_id"] is None else get_story(s, fields["story_id"]),
        full_text=get_full_text(s, item_id),
        absence=get_absence(s, item_id),
        lookup=get_lookup(s, item_id),
    )


def _sightings(s: Session, item_id: int) -> list[SightingView]:
    carried = SIGHTING.join(SOURCE, SOURCE.c.id == SIGHTING.c.source_id)
    rows = select(SIGHTING.c.seen_at, *SOURCE_COLUMNS).select_from(carried).where(SIGHTING.c.item_id == item_id)
    found = s.execute(rows.order_by(SIGHTING.c.seen_at, SIGHTING.c.source_id))
    return [SightingView(SourceRef(*source), seen_at) for seen_at, *source in found]


# --- counts ----------------------------------------------------------------------------------------------------


def list_topics_counts(s: Session, conflict: str, since: datetime, kind: TagKind = TagKind.TOPIC) -> dict[str, int]:
    """Items per topic (or actor, or place) that report it, published since then; those without any are left out."""
    reported = and_(TAG.c.conflict == conflict, TAG.c.kind == str(kind), TAG.c.salience == "reported")
    counted = select(TAG.c.tag, func.count()).where(reported, TAG.c.published_at >= since).group_by(TAG.c.tag)
    return {row[0]: row[1] for row in s.execute(counted)}


def count_states(s: Session) -> dict[str, int]:
    """Items that wait or want something: new, pending, unavailable, set_aside; none is counted past COUNTED + 1.

    `stored` is 1 where there are any items at all.
    """
    in_work = ITEM.c.failed_reason.is_(None)
    tagged = and_(ITEM.c.enriched_at.is_not(None), in_work)
    wanted = {
        "new": and_(ITEM.c.enriched_at.is_(None), in_work),
        "pending": and_(ITEM.c.translation_state == "pending", tagged),
        "unavailable": and_(ITEM.c.translation_state == "unavailable", tagged),
        "set_aside": ITEM.c.failed_reason.is_not(None),
    }
    counts = {name: _count(s, condition, COUNTED + 1) for name, condition in wanted.items()}
    return counts | {"stored": _count(s, and_(True), 1)}


def _count(s: Session, condition: ColumnElement[bool], most: int) -> int:
    return s.scalar(select(func.count()).select_from(select(ITEM.c.id).where(condition).limit(most).subquery())) or 0


def queue_depths(s: Session, now: datetime) -> dict[str, int]:
    """How much waits in each stage: poll, read, enrich, translate, alert; and bodies that were set aside."""
    due = and_(SOURCE.c.enabled, func.coalesce(SOURCE.c.next_poll_at, now) <= now)
    unread = and_(FETCH.c.read_at.is_(None), FETCH.c.failed_reason.is_(None))
    in_work = ITEM.c.failed_reason.is_(None)
    untranslated = and_(ITEM.c.enriched_at.is_not(None), ITEM.c.translation_state == "pending", in_work)
    waiting = {
        "poll": select(func.count()).select_from(SOURCE).where(due),
        "read": select(func.count()).select_from(FETCH).where(unread),
        "enrich": select(func.count()).select_from(ITEM).where(ITEM.c.enriched_at.is_(None), in_work),
        "translate": select(func.count()).select_from(ITEM).where(untranslated),
        "alert": select(func.count()).select_from(ALERT).where(ALERT.c.state == "pending", ALERT.c.due_at <= now),
        "fetches_set_aside": select(func.count()).select_from(FETCH).where(FETCH.c.failed_reason.is_not(None)),
    }
    return {name: s.scalar(count) or 0 for name, count in waiting.items()}
