"""What a query asks of an item, each condition in two forms: where its newest items stand, and a test of one item."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, select
from sqlalchemy.orm import Session

from ceasewire.items import TagKind, Verdict
from ceasewire.store.tables import ASSESSMENT, ITEM, SIGHTING, SOURCE, TAG
from ceasewire.store.views import ItemQuery


@dataclass(frozen=True, slots=True)
class Condition:
    """`meets` is about a row that names an item and its time of publication; an index holds all three in that order.

    `holds` is the same about a row of ITEM.
    """

    item_id: ColumnElement[int]
    published_at: ColumnElement[Any]
    meets: ColumnElement[bool]
    holds: ColumnElement[bool]

    def ids(self, query: ItemQuery) -> Select[Any]:
        """Ids of all items that meet it, within the query's time; an id may come twice."""
        return select(self.item_id).where(self.meets, *between(query, self.published_at))


ANY_ITEM = Condition(ITEM.c.id, ITEM.c.published_at, and_(True), and_(True))


def between(query: ItemQuery, published_at: ColumnElement[Any]) -> Iterator[ColumnElement[bool]]:
    """The query's time."""
    if query.since is not None:
        yield published_at >= query.since
    if query.until is not None:
        yield published_at < query.until


def plain_tests(query: ItemQuery) -> Iterator[ColumnElement[bool]]:
    """Conditions that nearly all items meet, so that finding by them is no help."""
    if query.seen_since is not None:
        yield ITEM.c.first_seen_at >= query.seen_since
    if query.sample is False:
        yield ITEM.c.sample.is_(False)
    if query.vanished is False:
        yield ITEM.c.vanished_at.is_(None)


def conditions_of(s: Session, query: ItemQuery) -> Iterator[Condition]:
    """Those that a query has, but for its words, its time and `plain_tests`."""
    wanted = {TagKind.TOPIC: query.topics, TagKind.ACTOR: query.actors, TagKind.PLACE: query.places}
    for kind, tags in wanted.items():
        if tags:
            yield _tagged(query, kind, tags)
    if query.verdicts or query.min_score is not None:
        yield _assessed(query)
    if query.sources:
        yield _carried(query.sources)
    if query.countries or query.sides or query.source_kinds:
        yield _own(ITEM.c.source_id.in_(_sources(s, query)))
    if query.languages:
        yield _own(ITEM.c.language.in_(query.languages))
    if query.states:
        yield _own(ITEM.c.translation_state.in_(query.states))
    if query.platform is not None:
        yield _own(ITEM.c.platform == query.platform)
    if query.story is not None:
        yield _own(ITEM.c.story_id == query.story)
    if query.vanished:
        yield _own(ITEM.c.vanished_at.is_not(None))
    if query.sample:
        yield _own(ITEM.c.sample == True)  # noqa: E712  # written as the partial index is


def _own(condition: ColumnElement[bool]) -> Condition:
    return Condition(ITEM.c.id, ITEM.c.published_at, condition, condition)


def _sources(s: Session, query: ItemQuery) -> Sequence[str]:
    """Ids of the sources that fit: few, while the planners misjudge the items that a join with them leaves."""
    asked = {"country": query.countries, "side": query.sides, "kind": query.source_kinds}
    fitting = [SOURCE.c[name].in_(values) for name, values in asked.items() if values]
    return s.scalars(select(SOURCE.c.id).where(*fitting)).all()


def _carried(sources: Sequence[str]) -> Condition:
    carried = SIGHTING.c.source_id.in_(sources)
    test = exists(select(SIGHTING.c.item_id).where(SIGHTING.c.item_id == ITEM.c.id, carried))
    return Condition(SIGHTING.c.item_id, SIGHTING.c.published_at, carried, test)


def _tagged(query: ItemQuery, kind: TagKind, tags: Sequence[str]) -> Condition:
    condition = and_(TAG.c.kind == str(kind), TAG.c.tag.in_(tags))
    if query.conflict is not None:
        condition &= TAG.c.conflict == query.conflict
    if query.salience is not None:
        condition &= TAG.c.salience == query.salience
    test = exists(select(TAG.c.id).where(TAG.c.item_id == ITEM.c.id, condition))
    return Condition(TAG.c.item_id, TAG.c.published_at, condition, test)


def _assessed(query: ItemQuery) -> Condition:
    condition = and_(ASSESSMENT.c.verdict.in_(query.verdicts or [str(one) for one in Verdict]))
    if query.conflict is not None:
        condition &= ASSESSMENT.c.conflict == query.conflict
    if query.min_score is not None:
        condition &= ASSESSMENT.c.score >= query.min_score
    test = exists(select(ASSESSMENT.c.id).where(ASSESSMENT.c.item_id == ITEM.c.id, condition))
    return Condition(ASSESSMENT.c.item_id, ASSESSMENT.c.published_at, condition, test)
