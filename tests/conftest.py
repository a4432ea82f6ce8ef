"""Fixtures for all tests: a migrated store on each database, and topic models that are compiled once a run."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from ceasewire.conflict import load
from ceasewire.conflict.model import Conflict
from ceasewire.store.session import Store
from tests.support.databases import PostgresServer, postgres_server

DATABASES = ("sqlite", "postgresql")


@pytest.fixture(scope="session", autouse=True)
def models_compiled_once() -> Iterator[None]:
    """A model is frozen, and compiling it takes longer than most tests: the same file gives the same one."""
    compile_file = load.load_conflict

    @cache
    def compiled(path: Path, _content: bytes) -> Conflict:
        return compile_file(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load, "load_conflict", lambda path: compiled(path, path.read_bytes()))
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The PostgreSQL server, started by the first test that needs it."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """Address of a fresh, migrated PostgreSQL database."""
    with postgres.database() as url:
        yield url


@pytest.fixture(params=DATABASES)
def empty_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store without tables, on each database."""
    if request.param == "sqlite":
        yield from _open(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        with server.database(migrated=False) as url:
            yield from _open(url)


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A migrated, empty store, on each database."""
    if request.param == "sqlite":
        for opened in _open(f"sqlite:///{tmp_path / 'store.sqlite3'}"):
            opened.upgrade()
            yield opened
    else:
        yield from _open(request.getfixturevalue("postgres_url"))


def _open(url: str) -> Iterator[Store]:
    store = Store(url)
    yield store
    store.dispose()
