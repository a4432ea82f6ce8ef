"""PostgreSQL's own backup as docs/operations.md has it: what was lost comes back, an older dump is migrated."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, make_url, text

from ceasewire.store import migrations
from ceasewire.store.audit import Now
from ceasewire.store.session import Store
from tests.support.databases import PostgresServer
from tests.support.store_data import NOW, add_items, add_source, draft
from worker.jobs.audit import run_audit

RESTORE = ("--clean", "--if-exists", "--create", "-d", "postgres")


@pytest.fixture
def dump(postgres: PostgresServer) -> Iterator[Path]:
    """A file that the server's own user may write."""
    file = Path(str(make_url(postgres.url()).query["host"])) / "ceasewire.dump"
    yield file
    file.unlink(missing_ok=True)


def test_the_document_has_what_is_tried_here() -> None:
    document = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    assert "pg_dump -U ceasewire -Fc ceasewire >" in document
    assert f"pg_restore -U ceasewire {' '.join(RESTORE)} <" in document


def test_what_was_lost_comes_back_and_work_goes_on(postgres: PostgresServer, postgres_url: str, dump: Path) -> None:
    store = Store(postgres_url)
    source = add_source(store)
    [first] = add_items(store, source, draft("url:a", title="News"))
    back_up(postgres, postgres_url, dump)
    with store.write() as s:
        s.execute(text("UPDATE item SET title = 'lost'"))
    store.dispose()
    bring_back(postgres, dump)
    store.check()
    with store.read() as s:
        assert s.execute(text("SELECT id, title FROM item")).all() == [(first, "News")]
    [second] = add_items(store, source, draft("url:b", title="More"))
    assert second > first, "the sequences came back too"
    assert not run_audit(store, Now(NOW)).violations
    store.dispose()


def test_an_older_dump_over_a_newer_store_is_migrated(postgres: PostgresServer, dump: Path) -> None:
    with postgres.database(migrated=False) as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            command.upgrade(migrations.config(connection), "0004")
        engine.dispose()
        back_up(postgres, url, dump)
        store = Store(url)
        store.upgrade()
        store.dispose()
        bring_back(postgres, dump)
        store.upgrade()
        store.check()
        store.dispose()


def back_up(postgres: PostgresServer, url: str, dump: Path) -> None:
    postgres.run("pg_dump", "-Fc", "-f", str(dump), str(make_url(url).database))


def bring_back(postgres: PostgresServer, dump: Path) -> None:
    postgres.run("pg_restore", *RESTORE, str(dump))
