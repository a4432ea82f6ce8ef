"""Transactions: all or nothing, locks waited for, errors told apart, safe across a fork."""

import os
import sqlite3
import threading
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from ceasewire.errors import ConfigError, StoreUnavailable
from ceasewire.store import events
from ceasewire.store.session import Store
from ceasewire.store.tables import EVENT
from tests.support.databases import PostgresServer
from tests.support.store_data import NOW


def count_events(store: Store) -> int:
    with store.read() as s:
        return len(events.list_events(s, 10_000))


def test_an_error_rolls_everything_back(store: Store) -> None:
    def write_half() -> None:
        with store.write() as s:
            events.insert_event(s, "source_moved", "kremlin", "…", NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert count_events(store) == 0


def test_times_are_aware_and_naive_ones_refused(store: Store) -> None:
    with store.write() as s:
        events.insert_event(s, "source_moved", "kremlin", "…", NOW)
    with store.read() as s:
        assert s.execute(select(EVENT.c.at)).scalar_one() == NOW
    with pytest.raises(Exception, match="naive time"), store.write() as s:
        events.insert_event(s, "source_moved", "kremlin", "…", datetime(2021, 1, 11))


def test_foreign_keys_hold(store: Store) -> None:
    with pytest.raises(IntegrityError), store.write() as s:
        s.execute(text("INSERT INTO sighting (item_id, source_id, seen_at) VALUES (7, 'nobody', '2021-01-11')"))


def test_writers_that_read_first_do_not_lock_each_other_out(store: Store) -> None:
    """Twelve threads that read, then write: with SQLite's deferred BEGIN most of these would fail."""
    failures: list[BaseException] = []

    def count_up() -> None:
        try:
            for _ in range(10):
                with store.write() as s:
                    s.execute(select(EVENT.c.id)).all()
                    events.insert_event(s, "tick", "test", "…", NOW)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=count_up) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert count_events(store) == 120


def test_a_store_built_before_a_fork_serves_both_sides(store: Store) -> None:
    assert count_events(store) == 0  # the parent has an open connection now
    for _ in range(3):
        pid = os.fork()
        if pid == 0:
            with store.write() as s:
                events.insert_event(s, "tick", "child", "…", NOW)
            store.dispose()
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
        assert count_events(store) > 0  # the parent's connection still works
    assert count_events(store) == 3


def test_a_locked_database_is_unavailable_not_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ceasewire.store.session.BUSY_SECONDS", 0.05)
    path = tmp_path / "store.sqlite3"
    store = Store(f"sqlite:///{path}")
    store.upgrade()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"), store.write() as s:
        events.insert_event(s, "tick", "test", "…", NOW)
    assert count_events(store) == 0  # reading goes on
    other.execute("ROLLBACK")
    other.close()
    with store.write() as s:
        events.insert_event(s, "tick", "test", "…", NOW)
    store.dispose()


def test_a_server_that_is_not_there_is_unavailable() -> None:
    store = Store("postgresql+psycopg://ceasewire:geheim@127.0.0.1:9/ceasewire")
    with pytest.raises(StoreUnavailable) as caught:
        store.check()
    assert "geheim" not in str(caught.value)


def test_a_directory_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no directory")
    store = Store(f"sqlite:///{tmp_path / 'missing' / 'store.sqlite3'}")
    with pytest.raises(StoreUnavailable, match="missing"), store.read() as s:
        s.execute(select(EVENT))


def test_a_connection_that_the_server_closed_is_replaced(postgres: PostgresServer, postgres_url: str) -> None:
    store = Store(postgres_url)
    with store.write() as s:
        events.insert_event(s, "tick", "test", "…", NOW)
    name = postgres_url.split("?")[0].rsplit("/", 1)[1]
    postgres.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    assert count_events(store) == 1
    store.dispose()


def test_other_databases_are_refused() -> None:
    with pytest.raises(ConfigError, match="neither SQLite nor PostgreSQL"):
        Store("mysql://localhost/ceasewire")


def test_the_log_is_written_back(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    store = Store(f"sqlite:///{path}")
    store.upgrade()
    with store.write() as s:
        s.execute(insert(EVENT), [{"at": NOW, "kind": "tick", "about": "x", "message": "y" * 500} for _ in range(500)])
    before = path.stat().st_size
    store.checkpoint()
    assert path.stat().st_size > before + 250_000
    store.dispose()
