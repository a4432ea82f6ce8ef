"""A full disk while items are stored or a package is made: said, nothing lost, and it goes on when there is room."""

import ctypes
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from ceasewire.errors import CeasewireError, StoreUnavailable
from ceasewire.store import fetches
from ceasewire.store.session import Store
from tests.support.newsroom import CONFIG
from tests.support.store_data import NOW, add_source, fetched
from worker.adapters.sample_model import build_sample_packages
from worker.jobs.read import Reading, read_fetch

MIB = 1 << 20
ENTRY = "<item><link>https://a.example/{n}</link><title>Entry {n}</title><description>{text}</description></item>"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of eight MiB."""
    folder, libc = tmp_path / "disk", ctypes.CDLL(None, use_errno=True)
    folder.mkdir()
    if libc.mount(b"tmpfs", str(folder).encode(), b"tmpfs", 0, b"size=8m") != 0:
        pytest.skip(f"no file system can be mounted here: {os.strerror(ctypes.get_errno())}")
    yield folder
    libc.umount2(str(folder).encode(), 2)  # MNT_DETACH: whatever is still open


def feed(entries: int) -> bytes:
    items = "".join(ENTRY.format(n=n, text=f"word{n} " * 4_000) for n in range(entries))
    return f"<rss version='2.0'><channel>{items}</channel></rss>".encode()


def test_a_full_disk_loses_nothing(small_disk: Path) -> None:
    store = Store(f"sqlite:///{small_disk / 'store.sqlite3'}")
    store.upgrade()
    source = add_source(store)
    with store.write() as s:
        fetch_id = fetches.insert_fetch(s, source.id, fetched(feed(30)))
    ballast = small_disk / "ballast"
    _fill(ballast, leave=MIB // 2)
    reading = Reading(store, lambda: NOW, lambda: 0.0)

    for _ in range(5):
        with pytest.raises(StoreUnavailable, match="full") as caught:
            read_fetch(reading, fetch_id)
    assert "free some disk space" in caught.value.remedy
    with store.read() as s:
        row = s.execute(text('SELECT attempts, lease_until, failed_reason FROM "fetch"')).one()
        assert s.scalar(text("SELECT count(*) FROM item")) == 0, "reading goes on, and no half of a body is stored"
    assert row.failed_reason is None, "a full disk sets nothing aside"

    ballast.unlink()
    store.checkpoint()
    with store.write() as s:
        s.execute(text('UPDATE "fetch" SET lease_until = NULL'))
    assert len(read_fetch(reading, fetch_id).item_ids) == 30
    store.dispose()


def _fill(ballast: Path, leave: int) -> None:
    free = os.statvfs(ballast.parent).f_bavail * os.statvfs(ballast.parent).f_frsize
    ballast.write_bytes(bytes(max(free - leave, 0)))


def test_a_package_that_does_not_fit_leaves_no_half_of_it(small_disk: Path) -> None:
    packages = small_disk / "packages"
    packages.mkdir()
    _fill(small_disk / "ballast", leave=64 << 10)
    with pytest.raises((OSError, CeasewireError, RuntimeError)):
        build_sample_packages(CONFIG / "sample" / "dictionary.yaml", packages)
    assert list(packages.iterdir()) == []
