"""All items that a query means, as one statement; a page of them, newest first, is `find_newest`'s.

A condition that few items meet is answered by their ids, one that many items meet is tried on item after item. A probe
for up to PROBE ids per condition tells which it is: left to themselves, both planners at times try a rare condition on
every item there is.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, not_, select
from sqlalchemy.orm import Session

from ceasewire.store.conditions import between, conditions_of, plain_tests
from ceasewire.store.search import (
    ITEM_OF_ROW,
    SQLITE_INDEX,
    postgres_ids,
    postgres_test,
    sqlite_condition,
    sqlite_rowid,
    sqlite_unwanted,
)
from ceasewire.store.statements import among, is_postgres
from ceasewire.store.tables import ITEM
from ceasewire.store.views import ItemQuery
from ceasewire.words import SearchQuery, parse_query

PROBE = 2_000  # ids


def select_all(s: Session, query: ItemQuery) -> Select[Any]:
    """Statement for all items of a query, in no order. Raises InvalidQuery for words that cannot be read."""
    search = parse_query(query.q) if query.q and query.q.strip() else None
    restrictions = [(condition.ids(query), condition.holds) for condition in conditions_of(s, query)]
    if search is not None and is_postgres(s):
        restrictions.append((postgres_ids(search), postgres_test(search)))
    tests, candidates = [*plain_tests(query), *between(query, ITEM.c.published_at)], None
    for ids, holds in restrictions:
        few = set(s.scalars(ids.limit(PROBE + 1)))
        if len(few) > PROBE:
            tests.append(holds)
        else:
            candidates = few if candidates is None else candidates & few
    if search is not None and not is_postgres(s):
        tests.append(_sqlite_words(s, search, candidates))
    if candidates is not None:
        tests.append(among(s, ITEM.c.id, candidates))
    return select(ITEM).where(*tests)


def _sqlite_words(s: Session, search: SearchQuery, candidates: set[int] | None) -> ColumnElement[bool]:
    if not search.all_of:
        return not_(ITEM.c.id.in_(select(ITEM_OF_ROW).where(sqlite_unwanted(search))))
    matching = select(ITEM_OF_ROW).where(sqlite_condition(search))
    if candidates is not None:
        places = s.execute(select(ITEM.c.published_at, ITEM.c.id).where(among(s, ITEM.c.id, candidates)))
        rows = [sqlite_rowid(row.published_at, row.id) for row in places]
        matching = matching.where(among(s, SQLITE_INDEX.c.rowid, rows))
    return ITEM.c.id.in_(matching)
