"""Copies of the SQLite store: made while it is in use, and looked at before one is put in a store's place."""

import sqlite3
from contextlib import closing
from pathlib import Path

from ceasewire.errors import ConfigError
from ceasewire.store import migrations

PAGES = 2_000  # copied at a time, 8 MB: writers get their turn between


def copy_sqlite(source: Path, target: Path) -> None:
    """A consistent copy by SQLite's online backup (https://sqlite.org/backup.html); the source may be written to.

    Raises ConfigError where there is no such store.
    """
    if not source.exists():
        raise ConfigError("there is no store here", about=str(source), remedy="see CEASEWIRE_DATA_DIR")
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=60)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy, pages=PAGES, sleep=0.01)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file: no log beside it


def check_sqlite(path: Path) -> str:
    """The revision of a copied store. Raises ConfigError if it is damaged, no store, or of a newer version."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            [damage] = connection.execute("PRAGMA quick_check(1)").fetchone()
            [revision] = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except (sqlite3.Error, TypeError) as error:
        raise ConfigError(f"is no store: {error}", about=str(path)) from error
    if damage != "ok":
        raise ConfigError(f"is damaged: {damage}", about=str(path), remedy="take another backup")
    if not migrations.is_known(revision):
        raise ConfigError(
            f"is of revision {revision}", about=str(path), remedy="restore it with the version that made it"
        )
    return str(revision)
