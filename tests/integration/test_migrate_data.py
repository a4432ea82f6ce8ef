"""From the first schema to this one with data in every table: nothing is lost, and the service works on it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alembic import command
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Float,
    Integer,
    MetaData,
    Table,
    create_engine,
    func,
    select,
    text,
)
from sqlalchemy.dialects import postgresql

from ceasewire.store import alerts, migrations, work
from ceasewire.store.audit import Now
from ceasewire.store.prune import Retention
from ceasewire.store.queries import get_item
from ceasewire.store.session import Store
from worker.jobs.audit import run_audit
from worker.jobs.prune import prune_store

AT = datetime(2021, 1, 11, 18, 0, tzinfo=UTC)
FIRST = "0001"
KNOWN: dict[str, Any] = {
    "state": "pending",
    "translation_state": "not_needed",
    "query": {"topics": ["war"]},
    "kind": "entry",
    "date_kind": "exact",
    "publisher": "state",
    "channel": "webhook",
    "reasons": ["war"],
    "enriched_at": AT,
    "verdict": "relevant",
    "model_sha256": "0" * 64,
    "salience": "reported",
}


def fill(url: str, revision: str) -> dict[str, int]:
    """Make the tables of a revision and put a row into each; returns how many rows each has."""
    engine = create_engine(url)
    with engine.begin() as connection:
        command.upgrade(migrations.config(connection), revision)
    metadata = MetaData()
    metadata.reflect(engine)
    ours = [table for table in metadata.sorted_tables if migrations.is_ours(table.name, "table")]
    ours = [table for table in ours if table.name != "alembic_version"]
    with engine.begin() as connection:
        for table in ours:
            connection.execute(table.insert().values(_row(table)))
        counts = {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in ours}
    engine.dispose()
    return counts


def _row(table: Table) -> dict[str, Any]:
    needed = [column for column in table.columns if not column.nullable or column.name in KNOWN]
    if "kind" in table.columns and table.name == "source":
        return {column.name: _value(table, column) for column in needed} | {"kind": "feed"}
    return {column.name: _value(table, column) for column in needed}


def _value(table: Table, column: Column[Any]) -> Any:
    if column.foreign_keys or column.name in {"id", "item_id", "article_id", "post_id"}:
        return 1 if isinstance(column.type, Integer) else "a"
    if column.name in KNOWN:
        return KNOWN[column.name]
    kinds: list[tuple[Any, Any]] = [
        (DateTime, AT),
        (Boolean, True),
        (Integer, 1),
        (Float, 1.0),
        ((JSON, postgresql.JSON), {} if column.name in {"options", "settings", "details"} else []),
    ]
    return next((value for kind, value in kinds if isinstance(column.type, kind)), "a")


@pytest.fixture
def filled(empty_store: Store) -> dict[str, int]:
    return fill(empty_store._url.render_as_string(hide_password=False), FIRST)


def test_every_row_of_the_first_schema_is_there_in_this_one(empty_store: Store, filled: dict[str, int]) -> None:
    empty_store.upgrade()
    empty_store.check()
    assert len(filled) >= 15
    with empty_store.read() as s:
        quoted = {name: s.get_bind().dialect.identifier_preparer.quote(name) for name in filled}
        found = {name: s.scalar(text(f"SELECT count(*) FROM {quoted[name]}")) for name in filled}
    assert found == filled


def test_the_service_works_on_what_was_migrated(empty_store: Store, filled: dict[str, int]) -> None:
    empty_store.upgrade()
    now = AT + timedelta(minutes=1)
    with empty_store.write() as s:
        item = get_item(s, 1)
        assert item is not None
        assert (item.published_at, item.title) == (AT, "a")
        alert = alerts.claim_alert(s, 1, now)
        assert alert is not None
        assert (alert.kind, alert.subscription.mode, alert.subscription.copies) == ("item", "instant", "fold")
        work.set_aside(s, 1, "over")
    accounts = run_audit(empty_store, Now(now)).accounts
    assert (accounts.items, accounts.set_aside, accounts.alerts) == (1, 1, {"pending": 1})
    with empty_store.write() as s:
        alerts.save_delivered(s, 1, now)
    gone = prune_store(empty_store, Retention(revisions=1, deliveries=1), now + timedelta(days=9))
    assert gone == {"deliveries": 1, "revisions": 1}


@pytest.mark.parametrize("revision", ["0002", "0003", "0004", "0005", "0006"])
def test_from_every_later_schema_too(empty_store: Store, revision: str) -> None:
    filled = fill(empty_store._url.render_as_string(hide_password=False), revision)
    empty_store.upgrade()
    with empty_store.read() as s:
        assert s.scalar(text("SELECT count(*) FROM item")) == filled["item"] == 1
