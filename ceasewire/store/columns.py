"""Kinds of columns and indexes that the tables are made of."""

import json
from datetime import UTC, datetime
from typing import Any

from pydantic_core import from_json
from sqlalchemy import JSON, DateTime, Dialect, Index, text
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field


class UTCDateTime(TypeDecorator[datetime]):
    """Aware UTC in and out. SQLite keeps no offset and would give naive times back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times: their zone would be a guess."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time {value!r}: the store takes aware UTC only")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Put UTC back on."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def time(*, index: bool = False) -> Any:
    """A time that every row has."""
    return Field(sa_type=UTCDateTime, index=index)


def time_or_none(*, index: bool = False) -> Any:
    """A time that null means "not yet" for."""
    return Field(default=None, sa_type=UTCDateTime, index=index)


def index_where(name: str, *columns: str, where: str, sqlite_where: str = "") -> Index:
    """A partial index, small however many rows are done. SQLite takes it for conditions written just as `where` is."""
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(sqlite_where or where))


def json_object() -> Any:
    """A JSON object, empty by default."""
    return Field(default_factory=dict, sa_type=JSON)


def json_list() -> Any:
    """A JSON list, empty by default."""
    return Field(default_factory=list, sa_type=JSON)


def read_json(stored: str | bytes) -> Any:
    """A JSON column's value. Lone surrogates, which only the standard library reads, are rare; time is not."""
    try:
        return from_json(stored)
    except ValueError:
        return json.loads(stored)
