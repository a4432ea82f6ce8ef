"""What the API reads of items: lists, one in full, counts. A list costs a fixed number of statements, however long."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, select
from sqlalchemy.orm import Session

from ceasewire.items import TagKind
from ceasewire.store.cursors import write_cursor
from ceasewire.store.events import EventView, list_events
from ceasewire.store.find import find_newest
from ceasewire.store.fulltext import get_full_text
from ceasewire.store.lookups import get_lookup
from ceasewire.store.stories import get_story
from ceasewire.store.tables import (
    ALERT,
    ASSESSMENT,
    EMBEDDING,
    FETCH,
    ITEM,
    ITEM_KEY,
    REVISION,
    SIGHTING,
    SOURCE,
    TAG,
    TRANSLATION,
)
from ceasewire.store.vanish import get_absence
from ceasewire.store.views import (
    AssessmentView,
    ItemDetail,
    ItemQuery,
    ItemView,
    LinkedItem,
    Page,
    RevisionView,
    SightingView,
    SourceRef,
    TagView,
    TranslationView,
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
LEAD = 120  # characters of a linked item's text


def list_items(s: Session, query: ItemQuery, *, limit: int, cursor: str | None = None) -> Page[ItemView]:
    """A page of items, newest published first. Raises InvalidQuery for a cursor or search that cannot be read."""
    ids = find_newest(s, query, limit + 1, cursor)
    found = {row.id: row for row in s.execute(select(ITEM).where(ITEM.c.id.in_(ids[:limit])))}
    rows = [found[item_id] for item_id in ids[:limit]]
    more = write_cursor(rows[-1].published_at, rows[-1].id) if len(ids) > limit else None
    return Page([ItemView(**values) for values in _views(s, rows)], more)


# --- from rows to views ----------------------------------------------------------------------------------------


def _views(s: Session, rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """The fields of an ItemView per row: one statement per kind of thing that hangs on items."""
    ids = [row.id for row in rows]
    sources = _sources(s)
    translations = _translations(s, ids)
    assessments, tags = _assessments(s, ids), _tags(s, ids)
    embedded_in = _linked(s, ids, sources, of=EMBEDDING.c.post_id, other=EMBEDDING.c.article_id)
    embeds = _linked(s, ids, sources, of=EMBEDDING.c.article_id, other=EMBEDDING.c.post_id)
    return [
        _own_fields(row)
        | {
            "source": sources[row.source_id],
            "translation": translations.get(row.id),
            "assessments": assessments[row.id],
            "tags": tags[row.id],
            "embedded_in": embedded_in[row.id],
            "embeds": embeds[row.id],
        }
        for row in rows
    ]


def _own_fields(row: Row[Any]) -> dict[str, Any]:
    """The columns that a view shows as they are."""
    return {name: value for name, value in row._mapping.items() if name in ItemView.__dataclass_fields__}


def _sources(s: Session) -> dict[str, SourceRef]:
    names = (SOURCE.c.id, SOURCE.c.name, SOURCE.c.kind, SOURCE.c.publisher, SOURCE.c.country, SOURCE.c.side)
    return {row.id: SourceRef(**row._mapping) for row in s.execute(select(*names))}


def _translations(s: Session, ids: Sequence[int]) -> dict[int, TranslationView]:
    rows = s.execute(select(TRANSLATION).where(TRANSLATION.c.item_id.in_(ids)))
    return {row.item_id: TranslationView(**_without(row, "item_id")) for row in rows}


def _assessments(s: Session, ids: Sequence[int]) -> dict[int, list[AssessmentView]]:
    found: dict[int, list[AssessmentView]] = defaultdict(list)
    rows = select(ASSESSMENT).where(ASSESSMENT.c.item_id.in_(ids)).order_by(ASSESSMENT.c.conflict)
    for row in s.execute(rows):
        found[row.item_id].append(AssessmentView(**_without(row, "id", "item_id", "published_at")))
    return found


def _tags(s: Session, ids: Sequence[int]) -> dict[int, list[TagView]]:
    found: dict[int, list[TagView]] = defaultdict(list)
    rows = select(TAG).where(TAG.c.item_id.in_(ids)).order_by(TAG.c.derived, TAG.c.score.desc(), TAG.c.id)
    for row in s.execute(rows):
        fields = _without(row, "id", "item_id", "published_at", "tag")
        found[row.item_id].append(TagView(id=row.tag, **fields))
    return found


def _linked(
    s: Session, ids: Sequence[int], sources: dict[str, SourceRef], *, of: Any, other: Any
) -> dict[int, list[LinkedItem]]:
    own = (ITEM.c.id, ITEM.c.kind, ITEM.c.title, ITEM.c.url, ITEM.c.platform, ITEM.c.handle, ITEM.c.published_at)
    names = (*own, func.substr(ITEM.c.text, 1, LEAD).label("lead"), EMBEDDING.c.shape)
    rows: Select[Any] = select(of.label("of"), ITEM.c.source_id, *names).join(ITEM, ITEM.c.id == other)
    found: dict[int, list[LinkedItem]] = defaultdict(list)
    for row in s.execute(rows.where(of.in_(ids)).order_by(ITEM.c.published_at, ITEM.c.id)):
        found[row.of].append(LinkedItem(source=sources[row.source_id], **_without(row, "of", "source_id")))
    return found


def _without(row: Row[Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row._mapping.items() if name not in names}


def get_items(s: Session, ids: Sequence[int]) -> dict[int, ItemView]:
    """Several items by their ids; unknown ones are left out."""
    rows = s.execute(select(ITEM).where(ITEM.c.id.in_(ids))).all()
    return {row.id: ItemView(**values) for row, values in zip(rows, _views(s, rows), strict=True)}


def get_item(s: Session, item_id: int) -> ItemDetail | None:
    """One item in full, or None."""
    row = s.execute(select(ITEM).where(ITEM.c.id == item_id)).first()
    if row is None:
        return None
    [fields] = _views(s, [row])
    keys = select(ITEM_KEY.c.key).where(ITEM_KEY.c.item_id == item_id).order_by(ITEM_KEY.c.strength, ITEM_KEY.c.key)
    revisions = select(REVISION).where(REVISION.c.item_id == item_id).order_by(REVISION.c.id.desc())
    return ItemDetail(
        **fields,
        keys=s.scalars(keys).all(),
        revisions=[RevisionView(**_without(row, "id", "item_id", "content_hash")) for row in s.execute(revisions)],
        sightings=_sightings(s, item_id),
        story=None if row.story_id is None else get_story(s, row.story_id),
        full_text=get_full_text(s, item_id),
        absence=get_absence(s, item_id),
        lookup=get_lookup(s, item_id),
    )


def _sightings(s: Session, item_id: int) -> list[SightingView]:
    sources = _sources(s)
    rows = select(SIGHTING).where(SIGHTING.c.item_id == item_id).order_by(SIGHTING.c.seen_at, SIGHTING.c.source_id)
    return [SightingView(sources[row.source_id], row.seen_at) for row in s.execute(rows)]


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
