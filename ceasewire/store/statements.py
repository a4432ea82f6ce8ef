"""Statements that several aggregates share: inserts that tolerate repetition, leases, text a database can hold."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    String,
    Table,
    any_,
    bindparam,
    cast,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

RING_AGAIN = timedelta(seconds=8)  # a message that has not led to a claim by then is taken for lost
LONGEST_LEASE = timedelta(minutes=15)  # longer ones, and times to come, are from before the clock was turned back
AHEAD = timedelta(minutes=5)  # more than clocks of machines differ: a later time is from before it was turned back
MAX_ATTEMPTS = 3  # claims of one piece of work that end without a result before it is set aside

IDS = "ids"
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
UNSTORABLE = {0: None} | dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}")


def is_postgres(s: Session) -> bool:
    """For the few statements that the two databases write differently."""
    return s.get_bind().dialect.name == "postgresql"


def storable(text: str) -> str:
    """`text` without NUL and lone surrogates, which PostgreSQL refuses and SQLite cannot encode."""
    return text if is_storable(text) else text.translate(UNSTORABLE)


def is_storable(text: str) -> bool:
    """Whether `storable` would leave it as it is."""
    return "\0" not in text and (text.isascii() or not LONE_SURROGATE.search(text))


def values_of(row: SQLModel) -> dict[str, Any]:
    """A new row's columns with their defaults, without the id that the database gives."""
    values = row.model_dump()
    if values.get("id", 0) is None:
        del values["id"]
    return values


def insert_new(s: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """INSERT … ON CONFLICT DO NOTHING: what is there already stays as it is."""
    if rows:
        dialect = postgresql if is_postgres(s) else sqlite
        s.execute(dialect.insert(table).on_conflict_do_nothing(), list(rows))


def take_ids(s: Session, table: Table, count: int) -> list[int]:
    """Ids for rows to be inserted in this transaction, which must be one that writes: SQLite has one at a time."""
    if is_postgres(s):
        sequence = func.pg_get_serial_sequence(table.name, "id")
        return list(s.scalars(select(func.nextval(sequence)).select_from(func.generate_series(1, count))))
    last = s.scalar(select(func.max(table.c.id))) or 0
    return list(range(last + 1, last + 1 + count))


def insert_selected(
    s: Session, table: Table, columns: Sequence[str], rows: Select[Any], parameters: Mapping[str, Any] | None = None
) -> None:
    """INSERT … SELECT … ON CONFLICT DO NOTHING: as `insert_new`, of what is stored already."""
    dialect = postgresql if is_postgres(s) else sqlite
    s.execute(dialect.insert(table).from_select(list(columns), rows).on_conflict_do_nothing(), parameters)


def among(s: Session, column: ColumnElement[int], ids: Collection[int]) -> ColumnElement[bool]:
    """`column IN ids`, with one parameter for however many ids there are."""
    if is_postgres(s):
        return column == any_(cast(list(ids), ARRAY(BigInteger)))
    return column.in_(select(func.json_each(json.dumps(list(ids))).table_valued("value").c.value))


def among_named(postgres: bool, column: ColumnElement[int]) -> ColumnElement[bool]:
    """As `among`, for a statement that is made once: `ids_of` are the parameters to run it with."""
    if postgres:
        return column == any_(bindparam(IDS, type_=ARRAY(BigInteger)))
    return column.in_(select(func.json_each(bindparam(IDS, type_=String)).table_valued("value").c.value))


def ids_of(s: Session, ids: Collection[int]) -> dict[str, Any]:
    """The parameters of `among_named`."""
    return {IDS: list(ids) if is_postgres(s) else json.dumps(list(ids))}


def upsert(s: Session, table: Table, row: Mapping[str, Any]) -> None:
    """INSERT one row, or replace the columns of the one with its primary key."""
    upsert_unique(s, table, [column.name for column in table.primary_key], row)


def upsert_unique(s: Session, table: Table, keys: Sequence[str], row: Mapping[str, Any]) -> None:
    """INSERT one row, or replace the columns of the one that has the same `keys`, which are unique together."""
    others = {name: value for name, value in row.items() if name not in keys}
    if is_postgres(s):
        s.execute(postgresql.insert(table).values(**row).on_conflict_do_update(index_elements=keys, set_=others))
    else:
        s.execute(sqlite.insert(table).values(**row).on_conflict_do_update(index_elements=keys, set_=others))


def is_free(table: Table, now: datetime) -> ColumnElement[bool]:
    """Nobody holds a lease on the row."""
    lease = table.c.lease_until
    return or_(lease.is_(None), lease <= now, lease > now + LONGEST_LEASE)


def is_silent(table: Table, now: datetime) -> ColumnElement[bool]:
    """The row was not rung for lately."""
    rung = table.c.rung_at
    return or_(rung.is_(None), rung <= now - RING_AGAIN, rung > now + LONGEST_LEASE)


def mark_rung(s: Session, table: Table, ids: Collection[Any], now: datetime) -> None:
    """Note that messages about these rows are under way."""
    if ids:
        s.execute(update(table).where(table.c.id.in_(ids)).values(rung_at=now))
