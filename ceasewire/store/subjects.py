"""Items as subscriptions are matched against them: one that has just come, and those of a stretch of time."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.orm import Session

from ceasewire.items import Evidence, Salience, Tag, Tagging, TagKind, Verdict
from ceasewire.store.filters import select_all
from ceasewire.store.tables import ASSESSMENT, EMBEDDING, ITEM, SOURCE, STORY, TAG, TRANSLATION
from ceasewire.store.views import ItemQuery

BATCH = 500  # items read at a time
FIRST_COPY = func.coalesce(STORY.c.first_item_id, ITEM.c.id)


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """What subscriptions are matched against, beside the tags. `original` and `translation` are title and text.

    `first_copy` is the first item of its story, itself without one; `embedded_posts` are those in that first copy.
    `translated` tells an item that needs no translation, or has one, from one that waits or has no model.
    """

    item_id: int
    kind: str
    source_id: str
    source_kind: str
    publisher: str
    country: str | None
    side: str | None
    language: str | None
    published_at: datetime
    first_seen_at: datetime
    content_hash: str
    original: str
    translation: str | None
    translation_state: str
    first_copy: int
    embedded_posts: Sequence[int]


@dataclass(frozen=True, slots=True)
class StoredSubject:
    """An item of the past with its verdicts and tags."""

    facts: SubjectFacts
    taggings: Sequence[Tagging]


def get_subjects(s: Session, item_ids: Collection[int]) -> dict[int, SubjectFacts]:
    """The facts of these items; raises LookupError for an unknown one."""
    rows = {row.item_id: row for row in s.execute(_SOME, {"item_ids": list(item_ids)})}
    if missing := set(item_ids) - rows.keys():
        raise LookupError(f"no item {min(missing)}")
    posts = _embedded_posts(s, [row.first_copy for row in rows.values()])
    return {item_id: _facts(row, posts.get(row.first_copy, ())) for item_id, row in rows.items()}


def list_subjects(s: Session, query: ItemQuery) -> Iterator[StoredSubject]:
    """Items of a query that are tagged, newest published first, read in batches."""
    tagged = select_all(s, query).where(ITEM.c.enriched_at.is_not(None)).with_only_columns(ITEM.c.id)
    ids = s.scalars(tagged.order_by(ITEM.c.published_at.desc(), ITEM.c.id.desc())).all()
    for start in range(0, len(ids), BATCH):
        yield from _batch(s, ids[start : start + BATCH])


@dataclass(frozen=True, slots=True)
class Sender:
    """An item that came, without its text and tags."""

    at: datetime  # of publication
    item_id: int
    source_id: str
    side: str | None
    first_copy: int


def list_senders(s: Session, query: ItemQuery) -> list[Sender]:
    """Who published the items of a query, oldest first: all that a count by source needs."""
    ids = select_all(s, query).with_only_columns(ITEM.c.id).subquery()
    joined = ITEM.join(SOURCE, SOURCE.c.id == ITEM.c.source_id).outerjoin(STORY, STORY.c.id == ITEM.c.story_id)
    names = (ITEM.c.published_at, ITEM.c.id, ITEM.c.source_id, SOURCE.c.side, FIRST_COPY)
    found = select(*names).select_from(joined).where(ITEM.c.id.in_(select(ids.c.id)))
    return [Sender(*row) for row in s.execute(found.order_by(ITEM.c.published_at, ITEM.c.id))]


def stored_since(s: Session) -> datetime | None:
    """When the first item came; None in an empty store."""
    found: datetime | None = s.scalar(select(func.min(ITEM.c.first_seen_at)))
    return found


def _batch(s: Session, ids: Sequence[int]) -> Iterator[StoredSubject]:
    facts, taggings = get_subjects(s, ids), _taggings(s, ids)
    for item_id in ids:
        yield StoredSubject(facts[item_id], taggings.get(item_id, ()))


def _subjects() -> Select[Any]:
    own = (ITEM.c.source_id, ITEM.c.language, ITEM.c.kind, ITEM.c.title, ITEM.c.text, ITEM.c.translation_state)
    times = (ITEM.c.published_at, ITEM.c.first_seen_at, ITEM.c.content_hash)
    of_source = (SOURCE.c.kind.label("source_kind"), SOURCE.c.publisher, SOURCE.c.country, SOURCE.c.side)
    translated = (TRANSLATION.c.title.label("translated_title"), TRANSLATION.c.text.label("translated_text"))
    found = select(ITEM.c.id.label("item_id"), *own, *times, *of_source, *translated, FIRST_COPY.label("first_copy"))
    joined = ITEM.join(SOURCE, SOURCE.c.id == ITEM.c.source_id)
    joined = joined.outerjoin(STORY, STORY.c.id == ITEM.c.story_id)
    return found.select_from(joined.outerjoin(TRANSLATION, TRANSLATION.c.item_id == ITEM.c.id))


def _facts(row: Row[Any], embedded_posts: Sequence[int]) -> SubjectFacts:
    names = ("item_id", "kind", "source_id", "source_kind", "publisher", "country", "side", "language")
    times = ("published_at", "first_seen_at", "content_hash", "translation_state", "first_copy")
    return SubjectFacts(
        original=f"{row.title}\n{row.text}",
        translation=None if row.translated_title is None else f"{row.translated_title}\n{row.translated_text}",
        embedded_posts=embedded_posts,
        **{name: getattr(row, name) for name in (*names, *times)},
    )


def _embedded_posts(s: Session, articles: Sequence[int]) -> Mapping[int, Sequence[int]]:
    """The posts' first copies by article; a post that is taken for a copy of the article itself stands for itself."""
    found: dict[int, list[int]] = defaultdict(list)
    for row in s.execute(_POSTS, {"articles": articles}):
        found[row.article_id].append(row.id if row.first == row.article_id else row.first)
    return found


# Made once, since making them costs more than running them: every item that comes does.
_SOME = _subjects().where(ITEM.c.id.in_(bindparam("item_ids", expanding=True)))
_POSTS = (
    select(EMBEDDING.c.article_id, ITEM.c.id, FIRST_COPY.label("first"))
    .select_from(EMBEDDING.join(ITEM, EMBEDDING.c.post_id == ITEM.c.id).outerjoin(STORY, STORY.c.id == ITEM.c.story_id))
    .where(EMBEDDING.c.article_id.in_(bindparam("articles", expanding=True)))
)


# --- stored verdicts and tags ----------------------------------------------------------------------------------


def _taggings(s: Session, ids: Sequence[int]) -> Mapping[int, Sequence[Tagging]]:
    tags: dict[tuple[int, str], list[Tag]] = defaultdict(list)
    for row in s.execute(select(TAG).where(TAG.c.item_id.in_(ids)).order_by(TAG.c.id)):
        tags[row.item_id, row.conflict].append(_tag(row))
    found: dict[int, list[Tagging]] = defaultdict(list)
    for row in s.execute(select(ASSESSMENT).where(ASSESSMENT.c.item_id.in_(ids)).order_by(ASSESSMENT.c.id)):
        found[row.item_id].append(_tagging(row, tags[row.item_id, row.conflict]))
    return found


def _tagging(row: Row[Any], tags: Sequence[Tag]) -> Tagging:
    return Tagging(
        conflict=row.conflict,
        model_version=row.model_version,
        model_sha256=row.model_sha256,
        verdict=Verdict(row.verdict),
        score=row.score,
        evidence=_evidence(row.evidence),
        tags=tuple(tags),
    )


def _tag(row: Row[Any]) -> Tag:
    evidence = _evidence(row.evidence)
    return Tag(TagKind(row.kind), row.tag, row.score, Salience(row.salience), row.derived, evidence, row.reason)


def _evidence(stored: Sequence[Mapping[str, Any]]) -> tuple[Evidence, ...]:
    return tuple(Evidence(**one) for one in stored)
