"""The store itself: one engine per process, transactions, migrations, and errors told apart.

SQLite runs in WAL mode. Writers begin with BEGIN IMMEDIATE: a transaction that reads first and writes later fails with
"database is locked" under load, whatever its timeout. Before SQLite 3.51.3 two connections that checkpoint at once can
corrupt the file (https://sqlite.org/wal.html#walresetbug), so no connection checkpoints by itself there, and
`Store.checkpoint` does it under a lock.
"""

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from ceasewire.errors import ConfigError, StoreUnavailable
from ceasewire.store import migrations
from ceasewire.store.columns import read_json

__all__ = ["Session", "Store"]

BUSY_SECONDS = 15
WRITER_NAP_SECONDS = 0.001
CONNECT_SECONDS = 10
SAFE_CHECKPOINTS = (3, 51, 3)  # first SQLite whose automatic checkpoints are safe with several processes
SQLITE_BROKEN = frozenset({sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT})  # passes when a backup is restored
SQLITE_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PROTOCOL,
        *SQLITE_BROKEN,
    }
)


class Store:
    """Transactions on one database. Safe to build before a fork: every process makes its own connections."""

    def __init__(self, url: str) -> None:
        """`url` is SQLAlchemy's: `sqlite:///PATH` or `postgresql+psycopg://…`."""
        self._url = make_url(url)
        if self._url.get_backend_name() not in {"sqlite", "postgresql"}:
            raise ConfigError("neither SQLite nor PostgreSQL", about=self.name, remedy="write postgresql://…")
        self._engine_of: tuple[int, Engine] | None = None

    @property
    def name(self) -> str:
        """The address without its password, for messages."""
        return self._url.render_as_string(hide_password=True)

    @property
    def is_postgres(self) -> bool:
        """PostgreSQL, else SQLite."""
        return self._url.get_backend_name() == "postgresql"

    def upgrade(self) -> None:
        """Bring the tables to this version. Safe when several processes call it at once: one works, the rest wait.

        Raises:
            StoreUnavailable: the database cannot be reached.
            ConfigError: the database was made by a newer version.
        """
        if not self.is_postgres and self._url.database:
            self._make_directory(Path(self._url.database).parent)
        with self._errors(), self._engine(write=True).begin() as connection:
            migrations.upgrade(connection)

    def _make_directory(self, directory: Path) -> None:
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            remedy = "let this user write there, or set CEASEWIRE_DATA_DIR"
            raise StoreUnavailable(f"{directory}: {error.strerror}", about=self.name, remedy=remedy) from error

    def check(self) -> None:
        """Raise StoreUnavailable unless the database answers and its tables are of this version."""
        with self._errors(), self._engine().connect() as connection:
            found, needed = migrations.current(connection), migrations.head()
        if found != needed:
            newer = found is not None and not migrations.is_known(found)
            remedy = "run the version that made it, or a newer one" if newer else "run `ceasewire db upgrade`"
            said = f"its tables are of revision {found}, needed is {needed}"
            raise StoreUnavailable(said, about=self.name, remedy=remedy)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back on an error."""
        with self._errors(), Session(self._engine(write=True), expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One snapshot for reading; nothing is committed."""
        with self._errors(), Session(self._engine(), expire_on_commit=False) as session:
            yield session

    def checkpoint(self) -> None:
        """Move the write-ahead log into the SQLite file and refresh the planner's statistics, as maintenance.

        Nothing to do on PostgreSQL, which has its own.
        """
        if self.is_postgres:
            return
        with open(f"{self._url.database}-checkpoint", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with self._errors(), closing(self._engine().raw_connection()) as connection:
                cursor = connection.cursor()  # outside any transaction
                cursor.execute("PRAGMA analysis_limit = 400")
                cursor.execute("PRAGMA optimize")
                cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def dispose(self) -> None:
        """Let go of this process's connections, and forget without closing those that a parent process opened."""
        if self._engine_of is not None:
            pid, engine = self._engine_of
            engine.dispose(close=pid == os.getpid())
        self._engine_of = None

    def _engine(self, *, write: bool = False) -> Engine:
        # Two threads may both make an engine at the start; the one that is not kept has opened no connection.
        if self._engine_of is None or self._engine_of[0] != os.getpid():
            self.dispose()
            self._engine_of = (os.getpid(), self._make_engine())
        engine = self._engine_of[1]
        return engine.execution_options(write=True) if write else engine

    def _make_engine(self) -> Engine:
        if self.is_postgres:
            return create_engine(
                self._url,
                pool_pre_ping=True,
                pool_recycle=1800,
                connect_args={"connect_timeout": CONNECT_SECONDS},
                json_deserializer=read_json,
            )
        engine = create_engine(self._url, connect_args={"timeout": BUSY_SECONDS}, json_deserializer=read_json)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except PoolTimeout as error:
            raise StoreUnavailable("all connections are in use", about=self.name) from error
        except DBAPIError as error:
            if not _may_pass(error):
                raise
            raise StoreUnavailable(str(error.orig), about=self.name, remedy=_remedy(error)) from error


def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # transactions are begun below, not guessed by the driver
    cursor = connection.cursor()
    _enter_wal(cursor)
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_size_limit = 67108864")
    if sqlite3.sqlite_version_info < SAFE_CHECKPOINTS:
        cursor.execute("PRAGMA wal_autocheckpoint = 0")
    cursor.close()


def _enter_wal(cursor: DBAPICursor) -> None:
    """Switch a new file to WAL. The busy timeout does not cover this switch, so processes that start at once retry."""
    deadline = time.monotonic() + BUSY_SECONDS
    while cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    if not connection.get_execution_options().get("write", False):
        connection.exec_driver_sql("BEGIN")
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        _begin_to_write(driver)
        if not driver.in_transaction:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # its error says what prevents it
    finally:
        driver.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000:.0f}")


def _begin_to_write(driver: sqlite3.Connection) -> None:
    """Begin as soon as no other writes. SQLite's own wait naps up to 100 ms, longer than most transactions take."""
    deadline = time.monotonic() + BUSY_SECONDS
    while time.monotonic() < deadline:
        try:
            driver.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.Error as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                return
        time.sleep(WRITER_NAP_SECONDS)


def _may_pass(error: DBAPIError) -> bool:
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in SQLITE_PASSING
    return isinstance(error, OperationalError) or error.connection_invalidated


def _remedy(error: DBAPIError) -> str:
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return "free some disk space"
    if code in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}:
        return "check that the file and its directory can be written"
    if code in SQLITE_BROKEN:
        return "restore a backup: ceasewire restore FILE"
    return "" if isinstance(error.orig, sqlite3.Error) else "is the server running, and CEASEWIRE_DATABASE_URL right?"
