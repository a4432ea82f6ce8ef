"""Stories: copies of one report. Which items may be copies, who belongs together; the decision is the pipeline's.

On PostgreSQL stories are decided one transaction at a time, as SQLite does anyway: of two copies that two workers
enrich at once, the second sees the first.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CompoundSelect, and_, delete, false, func, insert, or_, select, text, union, update
from sqlalchemy.orm import Session

from ceasewire.store.statements import among, insert_new, is_postgres
from ceasewire.store.tables import EMBEDDING, ITEM, SOURCE, STORY, STORY_BAND
from ceasewire.store.views import SourceRef, StoryMember, StoryView

STORY_LOCK = 0x73746F72  # "stor"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that may be a copy; `language` None: not yet read."""

    id: int
    source_id: str
    title: str
    text: str
    author: str | None
    language: str | None
    published_at: datetime
    story_id: int | None


def lock_stories(s: Session) -> None:
    """Wait until nobody else decides on stories; the lock ends with the transaction.

    Take it before any row is written, so that two workers never wait for each other.
    """
    if is_postgres(s):
        s.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": STORY_LOCK})


def list_recent_texts(s: Session, source_id: str, limit: int = 11) -> Mapping[int, str]:
    """The newest texts of a source by the ids of their items, newest published first."""
    own = select(ITEM.c.id, ITEM.c.text).where(ITEM.c.source_id == source_id, ITEM.c.text != "")
    rows = s.execute(own.order_by(ITEM.c.published_at.desc(), ITEM.c.id.desc()).limit(limit))
    return {row.id: row.text for row in rows}


def list_alike(s: Session, bands: Mapping[int, Sequence[int]]) -> frozenset[int]:
    """Those of the items, given with their bands, that may be copies of any other, or are in a story so far."""
    shared = Counter(band for own in bands.values() for band in set(own))
    by_others = among(s, STORY_BAND.c.band, shared), STORY_BAND.c.item_id.not_in(bands)
    taken = {band for band, items in shared.items() if items > 1}
    taken.update(s.scalars(select(STORY_BAND.c.band).where(*by_others).distinct()))
    in_story = s.scalars(select(ITEM.c.id).where(ITEM.c.id.in_(bands), ITEM.c.story_id.is_not(None)))
    return frozenset(in_story) | {item_id for item_id, own in bands.items() if not taken.isdisjoint(own)}


def list_candidates(
    s: Session, item_id: int, bands: Sequence[int], window: timedelta, limit: int = 12
) -> list[Candidate]:
    """Items published within `window` of this one that share most bands with it, and the members of its story.

    Neither posts in this article nor articles with this post: they are linked already.
    """
    own = s.execute(select(ITEM.c.published_at, ITEM.c.story_id).where(ITEM.c.id == item_id)).one()
    # An aggregate, so that no planner takes the index of the times, which fit nearly all, for that of the bands.
    published_at = func.min(STORY_BAND.c.published_at)
    sharing = (
        select(STORY_BAND.c.item_id)
        .where(STORY_BAND.c.band.in_(bands), STORY_BAND.c.item_id != item_id)
        .group_by(STORY_BAND.c.item_id)
        .having(published_at.between(own.published_at - window, own.published_at + window))
        .order_by(func.count().desc(), STORY_BAND.c.item_id)
        .limit(limit)
    )
    may_be = ITEM.c.id.in_(s.scalars(sharing).all())
    of_story = false() if own.story_id is None else ITEM.c.story_id == own.story_id
    columns = [ITEM.c[name] for name in Candidate.__dataclass_fields__]
    others = and_(ITEM.c.id != item_id, ITEM.c.id.not_in(_linked(item_id)))
    found = select(*columns).where(or_(may_be, of_story), others).order_by(ITEM.c.id)
    return [Candidate(**row._mapping) for row in s.execute(found)]


def _linked(item_id: int) -> CompoundSelect[Any]:
    posts = select(EMBEDDING.c.post_id).where(EMBEDDING.c.article_id == item_id)
    return union(posts, select(EMBEDDING.c.article_id).where(EMBEDDING.c.post_id == item_id))


def save_bands(s: Session, bands: Mapping[int, Sequence[int]]) -> None:
    """Let later copies find each of these items by its bands, and by no others."""
    if not bands:
        return
    s.execute(delete(STORY_BAND).where(STORY_BAND.c.item_id.in_(bands)))
    items = s.execute(select(ITEM.c.id, ITEM.c.published_at).where(ITEM.c.id.in_(bands)))
    rows = [
        {"band": band, "item_id": item.id, "published_at": item.published_at}
        for item in items
        for band in sorted(set(bands[item.id]))
    ]
    insert_new(s, STORY_BAND, rows)


def join_story(s: Session, item_id: int, original: Candidate, language: str, origin: str | None, now: datetime) -> int:
    """Put an item into the story of another, which becomes one with this copy; returns the story's id.

    `origin` is kept where the story has none yet.
    """
    story_id = original.story_id
    if story_id is None:
        story = {"created_at": now, "language": language, "origin": origin, "first_item_id": original.id}
        story_id = int(s.execute(insert(STORY).values(story).returning(STORY.c.id)).scalar_one())
    else:
        known = func.coalesce(STORY.c.origin, origin)
        s.execute(update(STORY).where(STORY.c.id == story_id).values(origin=known))
    _set_story(s, [item_id, original.id], story_id)
    return story_id


def leave_story(s: Session, item_id: int) -> None:
    """The item is no copy of anything, or not any more."""
    _set_story(s, [item_id], None)


def _set_story(s: Session, item_ids: Sequence[int], story_id: int | None) -> None:
    of_them = ITEM.c.id.in_(item_ids)
    old = s.scalars(select(ITEM.c.story_id).where(of_them, ITEM.c.story_id.is_not(None))).all()
    s.execute(update(ITEM).where(of_them, ITEM.c.story_id.is_distinct_from(story_id)).values(story_id=story_id))
    if old:
        empty = STORY.c.id.not_in(select(ITEM.c.story_id).where(ITEM.c.story_id.in_(old)))
        s.execute(delete(STORY).where(STORY.c.id.in_(old), empty))


def prune_bands(s: Session, before: datetime) -> None:
    """Drop the bands of items published before then: their copies have come."""
    s.execute(delete(STORY_BAND).where(STORY_BAND.c.published_at < before))


def get_story(s: Session, story_id: int) -> StoryView | None:
    """A story with its members, the lead first, or None."""
    return get_stories(s, [story_id]).get(story_id)


def get_stories(s: Session, story_ids: Collection[int]) -> dict[int, StoryView]:
    """Several stories with their members; unknown ones are left out."""
    members = _members(s, story_ids)
    return {
        story.id: StoryView(
            story.id, story.created_at, story.language, story.origin, *_lead_and_copies(members[story.id])
        )
        for story in s.execute(select(STORY).where(STORY.c.id.in_(story_ids)))
        if members[story.id]
    }


def _lead_and_copies(members: Sequence[StoryMember]) -> tuple[StoryMember, Sequence[StoryMember]]:
    return members[0], members[1:]


def _members(s: Session, story_ids: Collection[int]) -> Mapping[int, list[StoryMember]]:
    refs = {name: SOURCE.c[name].label(f"source_{name}") for name in SourceRef.__dataclass_fields__}
    own = [ITEM.c[name] for name in StoryMember.__dataclass_fields__ if name != "source"]
    found = select(ITEM.c.story_id, *own, *refs.values()).join(SOURCE, SOURCE.c.id == ITEM.c.source_id)
    members: dict[int, list[StoryMember]] = defaultdict(list)
    for row in s.execute(found.where(ITEM.c.story_id.in_(story_ids)).order_by(ITEM.c.published_at, ITEM.c.id)):
        fields = dict(row._mapping)
        members[fields.pop("story_id")].append(_member(fields))
    return members


def _member(row: dict[str, Any]) -> StoryMember:
    source = SourceRef(**{name: row.pop(f"source_{name}") for name in SourceRef.__dataclass_fields__})
    return StoryMember(source=source, **row)
