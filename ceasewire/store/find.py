"""The newest items of a query, however many are stored, in time that hardly grows with their number.

Time is looked through from the newest stretch back, each stretch WIDER than the one before. Within a stretch, the
conditions that FEW of its items meet are read from their indexes and intersected, the others are tried on what is left;
where many items meet every condition, the stretch is halved. So a page of what is frequent ends in the first stretch,
and what is rare is found by its own index, whatever else is asked; no planner has to guess which of the two it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, String, and_, func, intersect, select, type_coerce
from sqlalchemy.orm import Session

from ceasewire.store.conditions import ANY_ITEM, Condition, between, conditions_of, plain_tests
from ceasewire.store.cursors import below, read_cursor
from ceasewire.store.search import (
    ITEM_OF_ROW,
    POSTGRES_INDEX,
    SQLITE_INDEX,
    estimate_matches,
    postgres_condition,
    postgres_test,
    sqlite_condition,
    sqlite_rowid,
    sqlite_unwanted,
)
from ceasewire.store.statements import among, is_postgres
from ceasewire.store.tables import ITEM
from ceasewire.store.views import ItemQuery
from ceasewire.words import SearchQuery, parse_query

FIRST = 1_500  # items in the first stretch
WIDER = 8
FEW = 1_500  # ids that are read of one condition
KNOWN = (
    8_000  # matches that are read of PostgreSQL's index of words: as dear as the items walked for more frequent ones
)
LEFT = 400  # when no more are left, further conditions are tried on each
AT_ONCE = 8  # so many times the items that are wanted are tried together at first
ONE_BY_ONE = 30  # a word is looked up in so few rows of SQLite's index one by one
SECOND = timedelta(seconds=1)  # times of publication are whole seconds

Places = Mapping[int, Any]  # ids, and what they are sorted by together with their id


@dataclass(frozen=True, slots=True)
class _Stretch:
    """From `start` to before `end`, and below the cursor."""

    start: datetime
    end: datetime
    cursor: str | None

    def covers(self, published_at: ColumnElement[Any], item_id: ColumnElement[int]) -> ColumnElement[bool]:
        inside = and_(published_at >= self.start, published_at < self.end)
        return and_(inside, *_after(self.cursor, published_at, item_id))

    @property
    def limit(self) -> int | None:
        """How many ids of a condition are read at most; a second cannot be halved."""
        return None if self.end - self.start <= SECOND else FEW + 1

    def halves(self) -> "tuple[_Stretch, _Stretch]":
        """The newer one first."""
        middle = (self.end - (self.end - self.start) / 2).replace(microsecond=0)
        return replace(self, start=middle), replace(self, end=middle)


class _Way(Protocol):
    """A condition, as it is looked for and tried."""

    def few(self, s: Session, stretch: _Stretch) -> Places | None:
        """The items of a stretch that meet it; None: more than FEW."""

    def keep(self, s: Session, stretch: _Stretch, ids: Sequence[int]) -> set[int]:
        """Those of a few items of a stretch that meet it."""


def find_newest(s: Session, query: ItemQuery, count: int, cursor: str | None = None) -> Sequence[int]:
    """Ids of up to `count` items of a query, newest published first, from a cursor on.

    Raises InvalidQuery for a cursor or words that cannot be read.
    """
    words = parse_query(query.q) if query.q and query.q.strip() else None
    tests = list(plain_tests(query))
    ways: list[_Way] = [_Indexed(one) for one in conditions_of(s, query)]
    if not ways and words is None:
        asked = [*between(query, ITEM.c.published_at), *_after(cursor, ITEM.c.published_at, ITEM.c.id)]
        return _walk(s, ANY_ITEM, and_(True, *asked), tests, count)
    whole, newest = _whole(s, query, cursor)
    if whole is None:
        return []
    if words is not None:
        ways += _words(s, words, whole)
    [first, *others] = ways
    if isinstance(first, _PostgresWords) and not others:
        inside = whole.covers(first.condition.published_at, first.condition.item_id)
        return _walk(s, first.condition, inside, tests, count)
    return _search(s, [*ways, *map(_tested, tests)], _stretches(whole, newest), count)


def matching(s: Session, query: ItemQuery, ids: Sequence[int]) -> set[int]:
    """Those of a few items that a query means."""
    whole, _ = _whole(s, query, None)
    if whole is None:
        return set()
    ways: list[_Way] = [_Indexed(one) for one in conditions_of(s, query)]
    if query.q and query.q.strip():
        ways += _words(s, parse_query(query.q), whole)
    in_time = and_(True, *between(query, ITEM.c.published_at))
    return set(_keep(s, [*ways, *map(_tested, [*plain_tests(query), in_time])], whole, list(ids)))


def _search(s: Session, ways: list[_Way], stretches: Iterator[_Stretch], count: int) -> Sequence[int]:
    found: list[int] = []
    for stretch in stretches:
        found += _newest_in(s, ways, stretch, count - len(found))
        if len(found) >= count:
            break
    return found


# --- time ------------------------------------------------------------------------------------------------------


def _whole(s: Session, query: ItemQuery, cursor: str | None) -> tuple[_Stretch | None, datetime | None]:
    """All the time that is asked for and has items, None where there is none; and where its newest stretch starts."""
    at = ITEM.c.published_at
    asked = list(between(query, at))
    within = [*asked, at <= read_cursor(cursor)[0]] if cursor else asked
    oldest, last = (select(end(at)).where(*within).scalar_subquery() for end in (func.min, func.max))
    newest = select(at).where(*asked, *_after(cursor, at, ITEM.c.id)).order_by(at.desc()).offset(FIRST).limit(1)
    times = s.execute(select(oldest, last, newest.scalar_subquery())).one()
    return (None, None) if times[0] is None else (_Stretch(times[0], times[1] + SECOND, cursor), times[2])


def _after(cursor: str | None, at: ColumnElement[Any], item_id: ColumnElement[int]) -> list[ColumnElement[bool]]:
    return [below(cursor, at, item_id)] if cursor else []


def _stretches(whole: _Stretch, newest: datetime | None) -> Iterator[_Stretch]:
    start, end = newest or whole.start, whole.end
    while True:
        yield replace(whole, start=max(start, whole.start), end=end)
        if start <= whole.start:
            return
        end, start = start, start - WIDER * (end - start)


# --- within a stretch ------------------------------------------------------------------------------------------


def _newest_in(s: Session, ways: list[_Way], stretch: _Stretch, count: int) -> list[int]:
    left, tried = _meeting(s, ways, stretch)
    if left is None:
        newer, older = stretch.halves()
        found = _newest_in(s, ways, newer, count)
        return found + (_newest_in(s, ways, older, count - len(found)) if len(found) < count else [])
    ids = sorted(left, key=lambda item_id: (left[item_id], item_id), reverse=True)
    found = []
    batch = AT_ONCE * count
    while ids and len(found) < count:
        some, ids = ids[:batch], ids[batch:]
        batch *= WIDER
        found += _keep(s, tried, stretch, some)
    return found[:count]


def _keep(s: Session, ways: Sequence[_Way], stretch: _Stretch, ids: list[int]) -> list[int]:
    """PostgreSQL, each way to which takes time, tries what has an index in one statement; words are dear, and last."""
    together = [way for way in ways if isinstance(way, _Indexed)] if is_postgres(s) else []
    if ids and len(together) > 1:
        kept = set(s.scalars(intersect(*(way.test(s, ids) for way in together))))
        ids = [item_id for item_id in ids if item_id in kept]
        ways = [way for way in ways if not isinstance(way, _Indexed)]
    for way in ways:
        if ids:
            kept = way.keep(s, stretch, ids)
            ids = [item_id for item_id in ids if item_id in kept]
    return ids


def _meeting(s: Session, ways: list[_Way], stretch: _Stretch) -> tuple[Places | None, list[_Way]]:
    """What meets the conditions that few items meet, None where there are none such; and the conditions left to try.

    Puts `ways` into the order of how few items meet them, for the stretch before this one.
    """
    left: Places | None = None
    sizes: dict[int, int] = {}
    for way in ways:
        if left is None or len(left) > LEFT:
            few = way.few(s, stretch)
            sizes[id(way)] = FEW + 1 if few is None else len(few)
            if few is not None:
                left = few if left is None else {item_id: at for item_id, at in left.items() if item_id in few}
            elif left is not None:
                break  # those that follow were met by more items still
    tried = [way for way in ways if sizes.get(id(way), FEW + 1) > FEW]
    ways.sort(key=lambda way: sizes.get(id(way), FEW + 1))
    return left, tried


def _walk(
    s: Session, way: Condition, inside: ColumnElement[bool], tests: Sequence[ColumnElement[bool]], count: int
) -> Sequence[int]:
    """Item after item, for what many of them meet."""
    newest = select(way.item_id).where(way.meets, inside)
    if tests and way is not ANY_ITEM:
        newest = newest.join(ITEM, ITEM.c.id == way.item_id)
    newest = newest.where(*tests).order_by(way.published_at.desc(), way.item_id.desc())
    return s.scalars(newest.limit(count)).all()


# --- ways ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Indexed:
    """A condition whose index is in the order of time."""

    condition: Condition

    def few(self, s: Session, stretch: _Stretch) -> Places | None:
        item_id, at = self.condition.item_id, self.condition.published_at
        # As text, SQLite's times sort as well, and need not be read.
        rows = select(item_id, type_coerce(at, String)).where(self.condition.meets, stretch.covers(at, item_id))
        return _read_few(s, rows, stretch)

    def test(self, s: Session, ids: Sequence[int]) -> Select[int]:
        """The statement for `keep`."""
        item_id = self.condition.item_id
        return select(item_id).where(among(s, item_id, ids), self.condition.meets)

    def keep(self, s: Session, _stretch: _Stretch, ids: Sequence[int]) -> set[int]:
        return set(s.scalars(self.test(s, ids)))


@dataclass(frozen=True, slots=True)
class _Tested(_Indexed):
    """A test of ITEM's row that has no index."""

    def few(self, _s: Session, _stretch: _Stretch) -> Places | None:
        return None


def _tested(holds: ColumnElement[bool]) -> _Tested:
    return _Tested(Condition(ITEM.c.id, ITEM.c.published_at, holds, holds))


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read already, for all time."""

    places: Places

    def few(self, _s: Session, stretch: _Stretch) -> Places | None:
        return {item_id: at for item_id, at in self.places.items() if stretch.start <= at < stretch.end}

    def keep(self, _s: Session, _stretch: _Stretch, ids: Sequence[int]) -> set[int]:
        return set(ids) & self.places.keys()


@dataclass(frozen=True, slots=True)
class _PostgresWords:
    """Words that many items have: each item's words are looked at."""

    condition: Condition

    def few(self, _s: Session, _stretch: _Stretch) -> Places | None:
        return None

    def keep(self, s: Session, stretch: _Stretch, ids: Sequence[int]) -> set[int]:
        return _Indexed(self.condition).keep(s, stretch, ids)


@dataclass(frozen=True, slots=True)
class _SqliteWords:
    """The index of words itself stands in the order of publication; a stretch of it is read in one go."""

    matches: ColumnElement[bool]

    def few(self, s: Session, stretch: _Stretch) -> Places | None:
        found = select(ITEM_OF_ROW, SQLITE_INDEX.c.rowid).where(self.matches, *_rows(stretch))
        return _read_few(s, found, stretch)

    def keep(self, s: Session, stretch: _Stretch, ids: Sequence[int]) -> set[int]:
        matching = select(ITEM_OF_ROW).where(self.matches)
        if len(ids) <= ONE_BY_ONE:
            places = s.execute(select(ITEM.c.published_at, ITEM.c.id).where(among(s, ITEM.c.id, ids)))
            rows = [sqlite_rowid(place.published_at, place.id) for place in places]
            return set(s.scalars(matching.where(among(s, SQLITE_INDEX.c.rowid, rows))))
        return set(s.scalars(matching.where(*_rows(stretch), among(s, ITEM_OF_ROW, ids))))


@dataclass(frozen=True, slots=True)
class _SqliteWithout:
    """The index of words can tell only what matches."""

    unwanted: _SqliteWords

    def few(self, _s: Session, _stretch: _Stretch) -> Places | None:
        return None

    def keep(self, s: Session, stretch: _Stretch, ids: Sequence[int]) -> set[int]:
        return set(ids) - self.unwanted.keep(s, stretch, ids)


def _rows(stretch: _Stretch) -> Iterator[ColumnElement[bool]]:
    row = SQLITE_INDEX.c.rowid
    yield row >= sqlite_rowid(stretch.start, 0)
    yield row < sqlite_rowid(stretch.end, 0)
    if stretch.cursor:
        yield row < sqlite_rowid(*read_cursor(stretch.cursor))


def _read_few(s: Session, rows: Select[*tuple[Any, ...]], stretch: _Stretch) -> Places | None:
    found = s.execute(rows.limit(stretch.limit)).all()
    return None if stretch.limit is not None and len(found) > FEW else {row[0]: row[1] for row in found}


def _words(s: Session, search: SearchQuery, whole: _Stretch) -> Sequence[_Way]:
    if is_postgres(s):
        return [_postgres_words(s, search, whole)]
    if search.all_of:
        return [_SqliteWords(sqlite_condition(search))]
    return [_Indexed(ANY_ITEM), _SqliteWithout(_SqliteWords(sqlite_unwanted(search)))]


def _postgres_words(s: Session, search: SearchQuery, whole: _Stretch) -> _Way:
    """Its index of words gives all matches or none, in no order: it is asked where not too many are expected."""
    item_id, at, matches = POSTGRES_INDEX.c.item_id, POSTGRES_INDEX.c.published_at, postgres_condition(search)
    frequent = _PostgresWords(Condition(item_id, at, matches, postgres_test(search)))
    if estimate_matches(s, search) > KNOWN:
        return frequent
    rows = select(item_id, type_coerce(at, String)).where(matches, whole.covers(at, item_id))
    found = s.execute(rows.limit(KNOWN + 1)).all()
    return frequent if len(found) > KNOWN else _Known({row[0]: row[1] for row in found})
