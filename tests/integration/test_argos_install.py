"""Installing packages from a real index on loopback: resume, checksum, kills, damaged archives, the command line."""

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ceasewire.errors import Permanent, Transient
from ceasewire.items import TextForTranslation, Translation
from worker.adapters import sample_model
from worker.adapters.argos import ArgosTranslator
from worker.adapters.argos_index import AvailablePackage, download, fetch_index, packages_for
from worker.adapters.argos_install import PackPlan, install_archive, pack, remove_language
from worker.adapters.argos_package import list_packages
from worker.adapters.sample_model import build_sample_packages


class Index(ThreadingHTTPServer):
    """Serves files with ranges; `cut` ends the next answers after so many bytes."""

    files: dict[str, bytes]
    cut: list[int]
    ranges: list[str | None]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        body = self.server.files.get(self.path)
        wanted = self.headers.get("Range")
        self.server.ranges.append(wanted)
        if body is None:
            self.send_error(404)
            return
        start = int(re.findall(r"\d+", wanted)[0]) if wanted else 0
        self.send_response(206 if wanted else 200)
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        end = start + self.server.cut.pop(0) if self.server.cut else len(body)
        self.wfile.write(body[start:end])

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def index() -> Iterator[Index]:
    server = Index(("127.0.0.1", 0), Handler)
    server.files, server.cut, server.ranges = {}, [], []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package folder with a working model."""
    folder = tmp_path_factory.mktemp("model")
    words = {"marks": {".": "."}, "languages": {"ru": {"name": "Russian", "words": {"мир": "peace"}}}}
    (folder / "d.yaml").write_text(json.dumps(words, ensure_ascii=False))
    return build_sample_packages(folder / "d.yaml", folder / "built")[0]


def archive(model: Path, folder: Path, code: str = "ru", target: str = "en", version: str = "1.0") -> Path:
    plan = PackPlan(model / "model", model / "sentencepiece.model", {code: ""}, target, version=version)
    return pack(plan, folder / f"{code}-{version}.argosmodel")


def offer(index: Index, *archives: Path, sha256: str | None = None) -> None:
    """Put archives into the index in argostranslate's format."""
    entries = []
    for file in archives:
        index.files[f"/{file.name}"] = file.read_bytes()
        with zipfile.ZipFile(file) as opened:
            name = next(n for n in opened.namelist() if n.endswith("metadata.json"))
            entry = json.loads(opened.read(name)) | {"links": [f"{index.url}{file.name}"]}
        entries.append(entry | ({"sha256": sha256} if sha256 else {}))
    index.files["/index.json"] = json.dumps(entries).encode()


def quiet(have: int, total: int | None) -> None:
    """No progress bar."""


def only(index: Index) -> AvailablePackage:
    (package,) = fetch_index(index.url)
    return package


# --- index and download ----------------------------------------------------------------------------------------


def test_an_index_folder_without_its_last_slash_is_found(index: Index, model: Path, tmp_path: Path) -> None:
    offer(index, archive(model, tmp_path))
    for url in (index.url, index.url.rstrip("/"), index.url + "index.json"):
        assert [(one.from_code, one.to_code, one.version) for one in fetch_index(url)] == [("ru", "en", "1.0")]


def test_an_index_that_cannot_be_reached_says_what_to_do() -> None:
    with pytest.raises(Transient, match=r"cannot be reached.*install FILE"):
        fetch_index("http://127.0.0.1:9/")


@pytest.mark.parametrize(("body", "message"), [(b"<html>", "no JSON"), (b'{"a": 1}', "no list")])
def test_an_index_that_is_none_is_told(index: Index, body: bytes, message: str) -> None:
    index.files["/index.json"] = body
    with pytest.raises(Permanent, match=message):
        fetch_index(index.url)


def test_an_index_that_never_ends_is_not_taken_into_memory(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.adapters.argos_index.INDEX_LIMIT", 100)
    index.files["/index.json"] = b"[" + b" " * 100 + b"]"
    with pytest.raises(Permanent, match="larger than 100 bytes"):
        fetch_index(index.url)


def test_a_pair_without_a_direct_package_gets_two(index: Index, model: Path, tmp_path: Path) -> None:
    offer(index, archive(model, tmp_path, "ka", "ru"), archive(model, tmp_path, "ru", "en"))
    chain = packages_for(fetch_index(index.url), "ka", "en")
    assert [(one.from_code, one.to_code) for one in chain] == [("ka", "ru"), ("ru", "en")]
    assert packages_for(fetch_index(index.url), "hy", "en") == ()


def test_a_broken_download_goes_on_where_it_stopped(index: Index, model: Path, tmp_path: Path) -> None:
    offer(index, file := archive(model, tmp_path))
    package = only(index)
    index.ranges.clear()
    index.cut = [1000, 500]
    assert download(package, tmp_path / "downloads", quiet).read_bytes() == file.read_bytes()
    assert index.ranges == [None, "bytes=1000-", "bytes=1500-"]


def test_a_download_of_a_run_before_is_continued(index: Index, model: Path, tmp_path: Path) -> None:
    offer(index, file := archive(model, tmp_path))
    package = only(index)
    part = tmp_path / f"{package.file_name}.part"
    part.write_bytes(file.read_bytes()[:2000])
    index.ranges.clear()
    assert download(package, tmp_path, quiet).read_bytes() == file.read_bytes()
    assert index.ranges == ["bytes=2000-"]


def test_a_wrong_checksum_is_refused_and_forgotten(index: Index, model: Path, tmp_path: Path) -> None:
    offer(index, file := archive(model, tmp_path), sha256="0" * 64)
    with pytest.raises(Permanent, match="checksum"):
        download(only(index), tmp_path / "downloads", quiet)
    assert list((tmp_path / "downloads").iterdir()) == []
    offer(index, file, sha256=hashlib.sha256(file.read_bytes()).hexdigest())
    assert download(only(index), tmp_path / "downloads", quiet).exists()


# --- installing ------------------------------------------------------------------------------------------------


def visible(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_a_newer_version_takes_the_place_of_the_older(model: Path, tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    for version in ("1.9", "1.10", "1.10"):
        install_archive(archive(model, tmp_path, version=version), packages)
    assert visible(packages) == ["translate-ru_en-1.10"]


def damaged(model: Path, folder: Path) -> Iterator[tuple[Path, str]]:
    good = archive(model, folder).read_bytes()
    (folder / "cut").write_bytes(good[: len(good) // 2])
    yield folder / "cut", "not a sound zip"
    (folder / "flipped").write_bytes(good[:3000] + bytes(byte ^ 255 for byte in good[3000:3200]) + good[3200:])
    yield folder / "flipped", "not a sound zip"
    for name, members, message in (
        ("outside", {"../evil": b"", "a/metadata.json": b"{}"}, "unsafe path"),
        ("two-roots", {"a/metadata.json": b"{}", "b/x": b""}, "exactly one folder"),
        ("no-model", {"a/metadata.json": b'{"from_code": "ru", "to_code": "en"}'}, "model.bin is missing"),
        ("bad-model", _with_broken_model(model), "does not work|cannot be loaded"),
    ):
        with zipfile.ZipFile(folder / name, "w") as file:
            for member, body in members.items():
                file.writestr(member, body)
        yield folder / name, message


def _with_broken_model(model: Path) -> dict[str, bytes]:
    files = {f"a/{path.relative_to(model)}": path.read_bytes() for path in model.rglob("*") if path.is_file()}
    return files | {"a/model/model.bin": b"\0" * 64}


def test_damaged_archives_are_refused_and_leave_nothing(model: Path, tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    for file, message in damaged(model, tmp_path):
        with pytest.raises(Permanent, match=message) as caught:
            install_archive(file, packages)
        assert caught.value.about == str(file)
        assert [path.name for path in packages.iterdir()] == [".lock"]


KILLED = """
import os, signal, sys
from pathlib import Path
from worker.adapters import argos_install
def dies(*_):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(argos_install, sys.argv[3], dies)
argos_install.install_archive(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.mark.parametrize("at", ["read_packages", "_try_out", "_move_into_place"])
def test_a_killed_installation_leaves_nothing_half(model: Path, tmp_path: Path, at: str) -> None:
    packages, file = tmp_path / "packages", archive(model, tmp_path)
    done = subprocess.run([sys.executable, "-c", KILLED, str(file), str(packages), at], timeout=60, check=False)
    assert done.returncode == -9
    assert list_packages(packages) == ([], [])
    install_archive(file, packages)
    assert sorted(path.name for path in packages.iterdir()) == [".lock", "translate-ru_en-1.0"]


def test_a_swap_that_was_killed_in_the_middle_is_undone(model: Path, tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    install_archive(archive(model, tmp_path), packages)
    os.replace(packages / "translate-ru_en-1.0", packages / ".replaced-translate-ru_en-1.0")
    install_archive(archive(model, tmp_path, "az"), packages)
    assert visible(packages) == ["translate-az_en-1.0", "translate-ru_en-1.0"]


def test_a_full_disk_is_told_before_anything_is_unpacked(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.adapters.disk.SPARE", 1 << 60)
    with pytest.raises(Permanent, match="MB of disk"):
        install_archive(archive(model, tmp_path), tmp_path / "packages")


def test_removing_what_is_not_there_is_an_error(model: Path, tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    install_archive(archive(model, tmp_path), packages)
    assert [one.from_code for one in remove_language("ru", packages)] == ["ru"]
    assert visible(packages) == []
    with pytest.raises(Permanent, match="no package is installed"):
        remove_language("ru", packages)


# --- the command -----------------------------------------------------------------------------------------------


def models(index: Index, data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CEASEWIRE_DATA_DIR": str(data), "CEASEWIRE_ARGOS_INDEX": index.url}
    return subprocess.run(
        [sys.executable, "-c", "from worker.cli import main; main()", "models", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_install_list_update_remove(index: Index, model: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    offer(index, archive(model, tmp_path, version="1.9"))
    assert "ru" in models(index, data, "list", "--available").stdout
    assert "no translation package" in models(index, data, "list").stdout

    done = models(index, data, "install", "ru", "xx")
    assert "installed ru → en: translate-ru_en 1.9" in done.stdout
    assert "no package that leads from xx to en" in done.stderr
    assert done.returncode == 1
    assert "1.9" in models(index, data, "list").stdout

    assert "up to date" in models(index, data, "update").stdout
    offer(index, archive(model, tmp_path, version="1.10"))
    assert "translate-ru_en 1.10" in models(index, data, "update").stdout
    assert visible(data / "packages") == ["translate-ru_en-1.10"]

    assert models(index, data, "remove", "ru").returncode == 0
    assert models(index, data, "remove", "ru").returncode == 1


def test_pack_and_install_a_file(index: Index, model: Path, tmp_path: Path) -> None:
    packed = tmp_path / "own.argosmodel"
    tokenizer = str(model / "sentencepiece.model")
    done = models(index, tmp_path, "pack", str(model / "model"), str(packed), "--tokenizer", tokenizer, "--from", "hy")
    assert done.returncode == 0, done.stderr
    done = models(index, tmp_path, "install", str(packed))
    assert "installed hy → en" in done.stdout


def bpe_model(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A real model that knows pieces of byte-pair encoding and the tokens of two languages, and its merges."""
    monkeypatch.setattr(sample_model, "SPECIAL", (*sample_model.SPECIAL, "__uk__", "__en__"))
    monkeypatch.setattr(sample_model, "SPACE", "")  # pieces as subword-nmt writes them
    spec = sample_model.word_model({"ми@@": "pea@@", "р": "ce", ".": "."}, sample_model.Shape())
    spec.config.add_source_eos = False
    (folder / "ct2").mkdir()
    spec.save(str(folder / "ct2"))
    (folder / "merges").write_text("#version: 0.2\nм и\n", encoding="utf-8")
    return folder / "ct2", folder / "merges"


def test_a_byte_pair_model_with_language_tokens_is_packed_installed_and_translates(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model_dir, merges = bpe_model(tmp_path, monkeypatch)
    packed = tmp_path / "own.argosmodel"
    options = ["--tokenizer", str(merges), "--from", "uk=__uk__", "--target-prefix", "__en__", "--add-source-eos"]
    done = models(index, tmp_path, "pack", str(model_dir), str(packed), *options)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(packed) as file:
        assert any(name.endswith("/bpe.model") for name in file.namelist())
    done = models(index, tmp_path, "install", str(packed))
    assert "installed uk → en" in done.stdout, done.stderr
    [outcome] = ArgosTranslator(tmp_path / "packages").translate([TextForTranslation(1, "", "мир.", "uk")])
    assert isinstance(outcome, Translation)
    assert outcome.text == "peace."
