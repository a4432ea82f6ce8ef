"""Alembic's migrations, run from the installed package: no alembic.ini, no working directory."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, text

from ceasewire.errors import ConfigError

ADVISORY_LOCK = 0x63656173  # "ceas": one upgrade at a time on a PostgreSQL database
OWN_TABLES = ("item_search",)  # full-text index: different in each database, outside the table metadata


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration for this package, on an open connection."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    settings.attributes["connection"] = connection
    return settings


def upgrade(connection: Connection) -> None:
    """Migrate to head in the connection's transaction, which holds the lock until it is committed.

    On SQLite the transaction was begun IMMEDIATE, which is the lock; raises ConfigError for an unknown revision.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
    try:
        command.upgrade(config(connection), "head")
    except CommandError as error:
        url = connection.engine.url.render_as_string(hide_password=True)
        raise ConfigError(f"cannot be upgraded: {error}", about=url, remedy="run the version that made it") from error


def current(connection: Connection) -> str | None:
    """Revision of the tables, None where there are none."""
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """Revision that this version of the program needs."""
    return ScriptDirectory.from_config(config()).get_current_head()


def is_known(revision: str) -> bool:
    """Whether this version of the program knows that revision: else a newer one made it."""
    return revision in {one.revision for one in ScriptDirectory.from_config(config()).walk_revisions()}


def is_ours(name: str | None, kind: str) -> bool:
    """Whether a table that was found belongs to the metadata: not the search index and its shadow tables."""
    return kind != "table" or name is None or not name.startswith(OWN_TABLES)
