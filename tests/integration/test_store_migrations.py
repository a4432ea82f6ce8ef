"""Migrations: they make what the metadata says, once, whoever asks."""

import multiprocessing
import sqlite3
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from click.testing import CliRunner
from sqlalchemy import create_engine, text
from sqlmodel import SQLModel

from ceasewire.errors import ConfigError, StoreUnavailable
from ceasewire.store import migrations
from ceasewire.store.session import Store
from tests.support.store_data import add_items, add_source, draft
from worker.cli import cli


def url_of(store: Store) -> str:
    return store._url.render_as_string(hide_password=False)


def test_migrations_and_metadata_agree(store: Store) -> None:
    engine = create_engine(url_of(store))
    with engine.connect() as connection:
        options = {"include_name": lambda name, kind, _parents: migrations.is_ours(name, kind), "compare_type": True}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata)
    engine.dispose()
    assert differences == []


def test_check_wants_tables_of_this_version(empty_store: Store) -> None:
    with pytest.raises(StoreUnavailable, match="ceasewire db upgrade"):
        empty_store.check()
    empty_store.upgrade()
    empty_store.check()


def test_upgrade_keeps_what_is_there(store: Store) -> None:
    [item_id] = add_items(store, add_source(store), draft("url:a"))
    store.upgrade()
    with store.read() as s:
        assert s.scalar(text("SELECT id FROM item")) == item_id


def test_a_newer_database_is_refused(store: Store) -> None:
    with store.write() as s:
        s.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigError, match="run the version that made it"):
        store.upgrade()
    with pytest.raises(StoreUnavailable, match="9999"):
        store.check()


def _upgrade(url: str, start: "threading.Barrier", failures: "multiprocessing.Queue[str]") -> None:
    store = Store(url)
    start.wait(30)
    try:
        store.upgrade()
        store.check()
    except Exception as error:
        failures.put(repr(error))
    finally:
        store.dispose()


def test_several_processes_upgrade_at_once(empty_store: Store) -> None:
    context = multiprocessing.get_context("fork")
    start, failures = context.Barrier(4), context.Queue()
    arguments = (url_of(empty_store), start, failures)
    processes = [context.Process(target=_upgrade, args=arguments) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    assert failures.empty(), failures.get()
    empty_store.check()


def test_the_command_makes_the_store(tmp_path: Path) -> None:
    environment = {"CEASEWIRE_DATA_DIR": str(tmp_path / "new" / "data")}
    result = CliRunner().invoke(cli, ["db", "upgrade"], env=environment)
    assert result.exit_code == 0, result.output
    assert "up to date" in result.output
    with sqlite3.connect(tmp_path / "new" / "data" / "ceasewire.sqlite3") as connection:
        assert connection.execute("SELECT count(*) FROM item").fetchone() == (0,)
