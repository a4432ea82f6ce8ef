"""Full-text search: the words and queries of `ceasewire.words` on SQLite FTS5 and PostgreSQL tsvector.

Both databases take the folded words as they are: PostgreSQL's parser, dictionaries and locale never see the text.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    String,
    bindparam,
    cast,
    column,
    delete,
    exists,
    insert,
    select,
    text,
    update,
)
from sqlalchemy import table as sql_table
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.orm import Session

from ceasewire.store.columns import UTCDateTime
from ceasewire.store.statements import is_postgres
from ceasewire.store.tables import ITEM
from ceasewire.words import SearchQuery, Term, fold

MAX_CHARACTERS = 200_000  # of one item that are indexed: a tsvector holds 1 MB
MAX_POSITION = 16_383  # a tsvector's last position: a word after it is found, but in no phrase
MAX_OCCURRENCES = 255  # of one word in a tsvector
ID_BITS = 31  # of a row of SQLITE_INDEX; the seconds of publication stand above them

SQLITE_INDEX = sql_table("item_search", column("rowid", BigInteger), column("body", String))
POSTGRES_INDEX = sql_table(
    "item_search", column("item_id", Integer), column("published_at", UTCDateTime), column("body", TSVECTOR)
)

ITEM_OF_ROW = SQLITE_INDEX.c.rowid.op("&")(2**ID_BITS - 1)

_NEW_IN_SQLITE = insert(SQLITE_INDEX)
_NEW_IN_POSTGRES = insert(POSTGRES_INDEX).values(
    item_id=bindparam("item"), published_at=bindparam("at"), body=cast(bindparam("words", type_=String), TSVECTOR)
)


def postgres_condition(query: SearchQuery) -> ColumnElement[bool]:
    """The condition on POSTGRES_INDEX that a query stands for."""
    return POSTGRES_INDEX.c.body.op("@@", is_comparison=True)(cast(_expression(query), TSQUERY))


def _expression(query: SearchQuery) -> str:
    wanted = [f"({' | '.join(map(_tsquery, group))})" for group in query.all_of]
    return " & ".join([*wanted, *(f"!({_tsquery(term)})" for term in query.none_of)])


def postgres_ids(query: SearchQuery) -> Select[Any]:
    """Ids of the items that match."""
    return select(POSTGRES_INDEX.c.item_id).where(postgres_condition(query))


def estimate_matches(s: Session, query: SearchQuery) -> int:
    """How many items PostgreSQL expects to match, by its statistics of words."""
    statement = text("EXPLAIN (FORMAT JSON) SELECT 1 FROM item_search WHERE body @@ CAST(:query AS tsquery)")
    [plan] = s.execute(statement, {"query": _expression(query)}).scalar_one()
    return int(plan["Plan"]["Plan Rows"])


def postgres_test(query: SearchQuery) -> ColumnElement[bool]:
    """Whether a row of ITEM matches."""
    return exists(postgres_ids(query).where(POSTGRES_INDEX.c.item_id == ITEM.c.id))


def _tsquery(term: Term) -> str:
    words = [f"'{word}'" for word in term.words]
    if term.prefix:
        words[-1] += ":*"
    return f"({' <-> '.join(words)})"


def sqlite_condition(query: SearchQuery) -> ColumnElement[bool]:
    """The condition on SQLITE_INDEX that a query with `all_of` stands for; FTS5 cannot look for absence alone."""
    wanted = " AND ".join(f"({' OR '.join(map(_fts5, group))})" for group in query.all_of)
    unwanted = " OR ".join(map(_fts5, query.none_of))
    return _match(f"({wanted}) NOT ({unwanted})" if unwanted else wanted)


def sqlite_unwanted(query: SearchQuery) -> ColumnElement[bool]:
    """The condition on SQLITE_INDEX for any of `none_of`."""
    return _match(" OR ".join(map(_fts5, query.none_of)))


def _match(expression: str) -> ColumnElement[bool]:
    return column("item_search").op("MATCH", is_comparison=True)(expression)


def _fts5(term: Term) -> str:
    return f'"{" ".join(term.words)}"' + (" *" if term.prefix else "")


def sqlite_rowid(published_at: datetime, item_id: int) -> int:
    """The row of an item in SQLITE_INDEX: rows stand in the order of publication, so the newest matches come first."""
    seconds = min(max(int(published_at.timestamp()), 0), 2**32 - 1)
    return seconds << ID_BITS | item_id


def index_again(s: Session, items: Sequence[tuple[int, datetime, Iterable[str]]]) -> None:
    """Index items under all of their texts, in place of what was indexed before; given as to `index_new_items`."""
    _unindex(s, [(item_id, published_at) for item_id, published_at, _ in items])
    index_new_items(s, items)


def index_new_items(s: Session, items: Iterable[tuple[int, datetime, Iterable[str]]]) -> None:
    """Index items that were not indexed before: id, time of publication, texts of each."""
    folded = [(item_id, at, fold("\n".join(texts)[:MAX_CHARACTERS])) for item_id, at, texts in items]
    if not folded:
        return
    if is_postgres(s):
        rows = [{"item": item_id, "at": at, "words": _tsvector(words)} for item_id, at, words in folded]
        s.execute(_NEW_IN_POSTGRES, rows)
    else:
        # In the order of the rows: FTS5 writes out a segment of its index at each step back, and feeds go backwards.
        bodies = sorted((sqlite_rowid(at, item_id), words) for item_id, at, words in folded)
        s.execute(_NEW_IN_SQLITE, [{"rowid": rowid, "body": words} for rowid, words in bodies])


def unindex_item(s: Session, item_id: int, published_at: datetime) -> None:
    """Take an item out of the index."""
    _unindex(s, [(item_id, published_at)])


def _unindex(s: Session, items: Iterable[tuple[int, datetime]]) -> None:
    if is_postgres(s):
        s.execute(delete(POSTGRES_INDEX).where(POSTGRES_INDEX.c.item_id.in_([item_id for item_id, _ in items])))
    else:
        rowids = [sqlite_rowid(published_at, item_id) for item_id, published_at in items]
        s.execute(delete(SQLITE_INDEX).where(SQLITE_INDEX.c.rowid.in_(rowids)))


def move_in_index(s: Session, item_id: int, old: datetime, new: datetime) -> None:
    """An item's time of publication became better known."""
    if is_postgres(s):
        s.execute(update(POSTGRES_INDEX).where(POSTGRES_INDEX.c.item_id == item_id).values(published_at=new))
    else:
        row = update(SQLITE_INDEX).where(SQLITE_INDEX.c.rowid == sqlite_rowid(old, item_id))
        s.execute(row.values(rowid=sqlite_rowid(new, item_id)))


def _tsvector(folded: str) -> str:
    """A tsvector's text form, `'word':1,5 …`."""
    places: dict[str, list[str]] = {}
    for position, word in enumerate(folded.split(), start=1):
        at = places.setdefault(word, [])
        if len(at) < MAX_OCCURRENCES:
            at.append(str(min(position, MAX_POSITION)))
    return " ".join(f"'{word}':{','.join(at)}" for word, at in places.items())
