"""A full disk while items are stored or a package is made: said, nothing lost, and it goes on when there is room."""

import contextlib
import ctypes
import errno
import os
import shutil
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import text

from ceasewire.errors import CeasewireError, StoreUnavailable, Transient
from ceasewire.store import fetches
from ceasewire.store.session import Store
from tests.support.newsroom import CONFIG
from tests.support.store_data import NOW, add_source, fetched
from worker.adapters.argos_index import AvailablePackage, download
from worker.adapters.argos_install import install_archive
from worker.adapters.disk import writing
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
    ballast.write_bytes(bytes(max(_free(ballast.parent) - leave, 0)))


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


@pytest.fixture
def endless(small_disk: Path) -> Iterator[AvailablePackage]:
    """A package whose server does not say how large it is: larger than the disk."""

    class Endless(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(OSError):  # the client has gone
                for _ in range(16):
                    self.wfile.write(bytes(MIB))

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Endless) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        link = f"http://127.0.0.1:{server.server_port}/p"
        yield AvailablePackage("translate-ru_en", "1.0", "ru", "Russian", "en", (link,), None)
        server.shutdown()
        thread.join()


def test_a_download_that_fills_the_disk_gives_it_back_and_says_so(small_disk: Path, endless: AvailablePackage) -> None:
    free = _free(small_disk)
    with pytest.raises(Transient, match="No space left on device") as caught:
        download(endless, small_disk / "downloads", lambda *_: None)
    assert "larger disk" in caught.value.remedy
    assert list((small_disk / "downloads").iterdir()) == []
    assert _free(small_disk) == free


def test_a_disk_that_fills_while_a_package_is_unpacked(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "large.argosmodel"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("translate-ru_en/metadata.json", "{}")
        file.writestr("translate-ru_en/model/model.bin", bytes(16 * MIB))
    monkeypatch.setattr("worker.adapters.argos_install.require_space", lambda *_: None)  # there was room a moment ago
    with pytest.raises(Transient, match="No space left on device"):
        install_archive(archive, small_disk)
    assert [path.name for path in small_disk.iterdir()] == [".lock"]


def test_a_disk_that_is_not_to_be_written_to_is_told_apart(small_disk: Path) -> None:
    with pytest.raises(Transient, match="Read-only file system") as caught, writing(small_disk):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))
    assert "let this user write" in caught.value.remedy


def test_a_package_that_does_not_fit_leaves_no_half_of_it(small_disk: Path) -> None:
    packages = small_disk / "packages"
    packages.mkdir()
    _fill(small_disk / "ballast", leave=64 << 10)
    with pytest.raises((OSError, CeasewireError, RuntimeError)):
        build_sample_packages(CONFIG / "sample" / "dictionary.yaml", packages)
    assert list(packages.iterdir()) == []
