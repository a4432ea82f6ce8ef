"""Which items a query means, and by which way the database finds the newest of them.

A condition that few items meet is answered by their ids; one that many items meet is tried on item after item from the
newest on, which soon fills a page. A probe for up to PROBE ids per condition tells which it is: left to themselves,
both planners at times try a rare condition on every item there is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, and_, exists, not_, select
from sqlalchemy.orm import Session

from ceasewire.items import TagKind
from ceasewire.store.cursors import below, read_cursor
from ceasewire.store.search import (
    ID_BITS,
    POSTGRES_INDEX,
    SQLITE_INDEX,
    postgres_condition,
    sqlite_condition,
    sqlite_rowid,
    sqlite_unwanted,
)
from ceasewire.store.statements import is_postgres
from ceasewire.store.tables import ASSESSMENT, ITEM, SIGHTING, SOURCE, TAG
from ceasewire.store.views import ItemQuery
from ceasewire.words import SearchQuery, parse_query

PROBE = 2_000  # ids
ITEM_OF_ROW = SQLITE_INDEX.c.rowid.op("&")(2**ID_BITS - 1)


@dataclass(frozen=True, slots=True)
class _Restriction:
    """One condition in two forms: the ids of all items that meet it, and a test of one item."""

    ids: Select[Any]
    holds: ColumnElement[bool]


def select_newest(s: Session, query: ItemQuery, cursor: str | None) -> Select[Any]:
    """Statement for the items of a query, newest first, from a cursor on."""
    search = parse_query(query.q) if query.q and query.q.strip() else None
    conditions, candidates = list(_plain(query)), None
    for restriction in [*_restrictions(query), *_searched_postgres(s, search)]:
        ids = set(s.scalars(restriction.ids.limit(PROBE + 1)))
        if len(ids) > PROBE:
            conditions.append(restriction.holds)
        else:
            candidates = ids if candidates is None else candidates & ids
    if search is not None and not is_postgres(s):
        if not search.all_of:
            conditions.append(not_(ITEM.c.id.in_(select(ITEM_OF_ROW).where(sqlite_unwanted(search)))))
        elif candidates is None:
            return _walk_matches(search, conditions, cursor)
        else:
            candidates = _matching(s, search, candidates)
    if candidates is not None:
        conditions.append(ITEM.c.id.in_(candidates))
    if cursor:
        conditions.append(below(cursor, ITEM.c.published_at, ITEM.c.id))
    return select(ITEM).where(*conditions).order_by(ITEM.c.published_at.desc(), ITEM.c.id.desc())


def _plain(query: ItemQuery) -> Iterator[ColumnElement[bool]]:
    yield from _between(query, ITEM.c.published_at)
    if query.states:
        yield ITEM.c.translation_state.in_(query.states)
    if query.platform is not None:
        yield ITEM.c.platform == query.platform
    if query.seen_since is not None:
        yield ITEM.c.first_seen_at >= query.seen_since
    if query.sample is not None:
        yield ITEM.c.sample == query.sample
    if query.vanished is False:
        yield ITEM.c.vanished_at.is_(None)


def _between(query: ItemQuery, published_at: Column[Any]) -> Iterator[ColumnElement[bool]]:
    if query.since is not None:
        yield published_at >= query.since
    if query.until is not None:
        yield published_at < query.until


# --- conditions beyond the item's own row, or selective ones on it ---------------------------------------------


def _restrictions(query: ItemQuery) -> Iterator[_Restriction]:
    wanted = {TagKind.TOPIC: query.topics, TagKind.ACTOR: query.actors, TagKind.PLACE: query.places}
    for kind, tags in wanted.items():
        if tags:
            yield _tagged(query, kind, tags)
    if query.verdicts or query.min_score is not None:
        yield _assessed(query)
    if query.sources:
        carried = SIGHTING.c.source_id.in_(query.sources)
        yield _Restriction(
            select(SIGHTING.c.item_id).where(carried),
            exists(select(SIGHTING.c.item_id).where(SIGHTING.c.item_id == ITEM.c.id, carried)),
        )
    if query.languages:
        yield _own(query, ITEM.c.language.in_(query.languages))
    if query.vanished:
        yield _own(query, ITEM.c.vanished_at.is_not(None))
    columns = {"country": query.countries, "side": query.sides, "kind": query.source_kinds}
    for name, values in columns.items():
        if values:
            yield _own(query, ITEM.c.source_id.in_(select(SOURCE.c.id).where(SOURCE.c[name].in_(values))))


def _own(query: ItemQuery, condition: ColumnElement[bool]) -> _Restriction:
    return _Restriction(select(ITEM.c.id).where(condition, *_between(query, ITEM.c.published_at)), condition)


def _tagged(query: ItemQuery, kind: TagKind, tags: Sequence[str]) -> _Restriction:
    condition = and_(TAG.c.kind == str(kind), TAG.c.tag.in_(tags), *_between(query, TAG.c.published_at))
    if query.conflict is not None:
        condition &= TAG.c.conflict == query.conflict
    if query.salience is not None:
        condition &= TAG.c.salience == query.salience
    test = exists(select(TAG.c.id).where(TAG.c.item_id == ITEM.c.id, condition))
    return _Restriction(select(TAG.c.item_id).where(condition), test)


def _assessed(query: ItemQuery) -> _Restriction:
    condition = and_(True, *_between(query, ASSESSMENT.c.published_at))
    if query.verdicts:
        condition &= ASSESSMENT.c.verdict.in_(query.verdicts)
    if query.conflict is not None:
        condition &= ASSESSMENT.c.conflict == query.conflict
    if query.min_score is not None:
        condition &= ASSESSMENT.c.score >= query.min_score
    test = exists(select(ASSESSMENT.c.id).where(ASSESSMENT.c.item_id == ITEM.c.id, condition))
    return _Restriction(select(ASSESSMENT.c.item_id).where(condition), test)


# --- full text -------------------------------------------------------------------------------------------------


def _searched_postgres(s: Session, search: SearchQuery | None) -> Iterator[_Restriction]:
    if search is not None and is_postgres(s):
        condition = postgres_condition(search)
        test = exists(select(POSTGRES_INDEX.c.item_id).where(POSTGRES_INDEX.c.item_id == ITEM.c.id, condition))
        yield _Restriction(select(POSTGRES_INDEX.c.item_id).where(condition), test)


def _walk_matches(search: SearchQuery, conditions: Sequence[ColumnElement[bool]], cursor: str | None) -> Select[Any]:
    """SQLite: the index itself stands in the order of publication, so its matches come newest first."""
    row = SQLITE_INDEX.c.rowid
    found = select(ITEM).join(SQLITE_INDEX, ITEM.c.id == ITEM_OF_ROW).where(sqlite_condition(search), *conditions)
    if cursor:
        found = found.where(row < sqlite_rowid(*read_cursor(cursor)))
    return found.order_by(row.desc())


def _matching(s: Session, search: SearchQuery, candidates: set[int]) -> set[int]:
    """SQLite: those of a few items that match."""
    places = s.execute(select(ITEM.c.published_at, ITEM.c.id).where(ITEM.c.id.in_(candidates)))
    rows = [sqlite_rowid(row.published_at, row.id) for row in places]
    return set(s.scalars(select(ITEM_OF_ROW).where(sqlite_condition(search), SQLITE_INDEX.c.rowid.in_(rows))))
