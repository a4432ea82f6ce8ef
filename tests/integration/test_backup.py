"""Backup and restore of the embedded store, while it is written to, and of what is no backup."""

import shutil
import tarfile
import threading
from pathlib import Path
from typing import IO, cast

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from ceasewire.store.session import Store
from tests.support.newsroom import CONFIG
from tests.support.store_data import add_items, add_source, draft
from worker.cli import cli
from worker.embedded import lock_data_dir


def run(data_dir: Path, *arguments: str, **environment: str) -> Result:
    own = {"CEASEWIRE_DATA_DIR": str(data_dir), "CEASEWIRE_CONFIG_DIR": str(CONFIG)}
    return CliRunner().invoke(cli, arguments, env=own | environment)


def opened(data_dir: Path) -> Store:
    store = Store(f"sqlite:///{data_dir / 'ceasewire.sqlite3'}")
    store.upgrade()
    return store


def titles(data_dir: Path) -> list[str]:
    store = opened(data_dir)
    with store.read() as s:
        found = list(s.scalars(text("SELECT title FROM item ORDER BY id")))
    store.dispose()
    return found


@pytest.fixture
def backed_up(tmp_path: Path) -> Path:
    """A backup of a store with one item, and a key."""
    store = opened(tmp_path / "first")
    (tmp_path / "first" / "secret.key").write_text("k" * 40, encoding="ascii")
    add_items(store, add_source(store), draft("url:a", title="News"))
    store.dispose()
    result = run(tmp_path / "first", "backup", str(tmp_path / "kept.tar"))
    assert result.exit_code == 0, result.output
    return tmp_path / "kept.tar"


def test_what_was_backed_up_comes_back(backed_up: Path, tmp_path: Path) -> None:
    assert backed_up.stat().st_mode & 0o077 == 0, "it holds secrets"
    result = run(tmp_path / "second", "restore", str(backed_up))
    assert result.exit_code == 0, result.output
    assert titles(tmp_path / "second") == ["News"]
    assert (tmp_path / "second" / "secret.key").read_text(encoding="ascii") == "k" * 40
    [config] = (tmp_path / "second").glob("config-*")
    assert (config / "sources.yaml").read_bytes() == (CONFIG / "sources.yaml").read_bytes()


def test_what_was_there_is_kept(backed_up: Path, tmp_path: Path) -> None:
    store = opened(tmp_path / "second")
    add_items(store, add_source(store), draft("url:b", title="Other news"))
    store.dispose()
    assert run(tmp_path / "second", "restore", str(backed_up)).exit_code == 0
    assert titles(tmp_path / "second") == ["News"]
    [before] = (tmp_path / "second").glob("before-*-ceasewire.sqlite3")
    (tmp_path / "third").mkdir()
    shutil.copy(before, tmp_path / "third" / "ceasewire.sqlite3")
    assert titles(tmp_path / "third") == ["Other news"]


def test_a_running_service_is_not_restored_over(backed_up: Path, tmp_path: Path) -> None:
    lock = lock_data_dir(tmp_path / "first")
    result = run(tmp_path / "first", "restore", str(backed_up))
    lock.close()
    assert "another `ceasewire up` runs" in str(result.exception)
    assert list((tmp_path / "first").glob("before-*")) == []


def test_a_store_that_is_written_to(tmp_path: Path) -> None:
    store = opened(tmp_path / "busy")
    source, stop = add_source(store), threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            add_items(store, source, *(draft(f"url:{number}-{n}", title=f"{number}") for n in range(10)))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        result = run(tmp_path / "busy", "backup", str(tmp_path / "busy.tar"))
    finally:
        stop.set()
        writer.join()
    assert result.exit_code == 0, result.output
    assert run(tmp_path / "copy", "restore", str(tmp_path / "busy.tar")).exit_code == 0
    found = titles(tmp_path / "copy")
    assert len(found) % 10 == 0, "whole transactions"
    assert found == titles(tmp_path / "busy")[: len(found)]
    store.dispose()


def _damage(file: Path, folder: Path) -> None:
    folder.mkdir()
    with tarfile.open(file) as tar:
        for name in ("manifest.json", "ceasewire.sqlite3"):
            (folder / name).write_bytes(cast(IO[bytes], tar.extractfile(name)).read())
    with (folder / "ceasewire.sqlite3").open("r+b") as store:
        store.seek(5_000)
        store.write(b"damage")
    with tarfile.open(file, "w") as tar:
        for one in folder.iterdir():
            tar.add(one, one.name)


def test_a_damaged_backup(backed_up: Path, tmp_path: Path) -> None:
    _damage(backed_up, tmp_path / "apart")
    result = run(tmp_path / "first", "restore", str(backed_up))
    assert "is damaged" in str(result.exception)
    assert titles(tmp_path / "first") == ["News"]


def test_a_file_that_leads_out_of_the_backup(backed_up: Path, tmp_path: Path) -> None:
    with tarfile.open(backed_up, "a") as tar:
        tar.add(__file__, "config/../../outside.py")
    result = run(tmp_path / "first", "restore", str(backed_up))
    assert "config/../../outside.py leads out of it" in str(result.exception)
    assert not list(tmp_path.rglob("outside.py"))
    assert titles(tmp_path / "first") == ["News"]


def test_what_is_no_backup(tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_text("nothing of the kind", encoding="ascii")
    assert "is no backup of Ceasewire" in str(run(tmp_path / "first", "restore", str(tmp_path / "x.tar")).exception)


def test_an_existing_file_is_not_overwritten(backed_up: Path, tmp_path: Path) -> None:
    assert "is there already" in str(run(tmp_path / "first", "backup", str(backed_up)).exception)


def test_postgresql_has_tools_of_its_own(tmp_path: Path) -> None:
    result = run(tmp_path, "backup", "x.tar", CEASEWIRE_DATABASE_URL="postgresql://db/ceasewire")
    assert "pg_dump -Fc" in str(result.exception)
