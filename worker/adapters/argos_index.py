"""The index of Argos packages and their download: argostranslate's format, with timeouts, resume and checksums."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from ceasewire.errors import Permanent, Transient
from worker.adapters.argos_library import package_metadata, package_name
from worker.adapters.argos_package import version_numbers
from worker.adapters.disk import FULL, require_space, writing

TIMEOUT = httpx.Timeout(30.0, connect=15.0)  # seconds: for each read, not for a whole download
INDEX_LIMIT = 8 * 1024 * 1024  # bytes; the real one has 60 kB
ATTEMPTS = 4  # per link; each goes on where the last stopped
OFFLINE_REMEDY = "check the connection, or copy a .argosmodel file here and run: ceasewire models install FILE"

Progress = Callable[[int, int | None], None]
"""Bytes there so far, and in all where the server says so."""


@dataclass(frozen=True, slots=True)
class AvailablePackage:
    """One translation package of the index."""

    name: str
    version: str
    from_code: str
    from_name: str
    to_code: str
    links: tuple[str, ...]
    sha256: str | None

    @property
    def file_name(self) -> str:
        """Name of its archive."""
        return f"{self.name}-{self.version}.argosmodel"


def fetch_index(index_url: str) -> list[AvailablePackage]:
    """All translation packages of an index, newest version of a pair first.

    `index_url` is a folder, as in argostranslate, or the address of the JSON file itself.
    Raises Transient when it cannot be reached, Permanent when it is no index.
    """
    url = index_url if index_url.endswith(".json") else index_url.rstrip("/") + "/index.json"
    try:
        with httpx.Client(timeout=TIMEOUT, follow_redirects=True) as client, client.stream("GET", url) as response:
            response.raise_for_status()
            body = _bounded(response, url)
    except httpx.HTTPStatusError as error:
        raise Permanent(f"the package index answered {error.response.status_code}", about=url) from error
    except httpx.HTTPError as error:
        raise Transient(f"the package index cannot be reached: {error}", about=url, remedy=OFFLINE_REMEDY) from error
    return _read_index(body, url)


def _bounded(response: httpx.Response, url: str) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > INDEX_LIMIT:
            raise Permanent(f"the package index is larger than {INDEX_LIMIT:,} bytes", about=url)
    return bytes(body)


def _read_index(body: bytes, url: str) -> list[AvailablePackage]:
    try:
        entries = json.loads(body)
    except ValueError as error:
        raise Permanent("the package index is no JSON", about=url) from error
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise Permanent("the package index is no list of packages", about=url)
    packages = [_available(entry) for entry in entries if entry.get("from_code") and entry.get("to_code")]
    return sorted(packages, key=lambda package: version_numbers(package.version), reverse=True)


def _available(entry: dict[str, Any]) -> AvailablePackage:
    package = package_metadata(entry)
    return AvailablePackage(
        name=package_name(package),
        version=package.package_version,
        from_code=package.from_code.lower(),
        from_name=package.from_name or package.from_code,
        to_code=package.to_code.lower(),
        links=tuple(link for link in package.links if link.startswith(("https://", "http://"))),
        sha256=entry.get("sha256"),
    )


def packages_for(index: Sequence[AvailablePackage], source: str, target: str) -> tuple[AvailablePackage, ...]:
    """The package of a pair, or the two that lead there by one language between; empty where there is none."""
    direct = next((p for p in index if (p.from_code, p.to_code) == (source, target)), None)
    if direct:
        return (direct,)
    for first in (p for p in index if p.from_code == source):
        second = next((p for p in index if (p.from_code, p.to_code) == (first.to_code, target)), None)
        if second:
            return first, second
    return ()


# --- download --------------------------------------------------------------------------------------------------


def download(package: AvailablePackage, folder: Path, progress: Progress) -> Path:
    """Download an archive into `folder`; a part that is there from before is continued.

    Raises Transient when no link delivers or the disk refuses it, Permanent when the checksum of the index does not
    fit or the disk has no room.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        archive = folder / package.file_name
        part = archive.with_name(archive.name + ".part")
        _fetch(package, part, progress)
        return part.replace(archive)


def _fetch(package: AvailablePackage, part: Path, progress: Progress) -> None:
    """From the first link that delivers."""
    failure = "the index gives no link"
    for link in package.links:
        for _ in range(ATTEMPTS):
            try:
                _continue(link, part, progress)
                _verify(package, part)
                return
            except httpx.HTTPError as error:
                failure = f"{type(error).__name__}: {error}"
                if isinstance(error, httpx.HTTPStatusError):
                    break  # the next link
    raise Transient(f"download failed: {failure}", about=package.name, remedy=OFFLINE_REMEDY)


def _continue(link: str, part: Path, progress: Progress) -> None:
    """One GET from where the part ends; a server that sends the whole file again starts it anew."""
    have = part.stat().st_size if part.exists() else 0
    # identity: offsets of a range count bytes as sent, and an archive gains nothing by compression
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with (
        httpx.Client(timeout=TIMEOUT, follow_redirects=True) as client,
        client.stream("GET", link, headers=headers) as response,
    ):
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            if _total(response, 0) == have:
                return  # it was complete
            part.unlink()
            raise httpx.TransportError("the part did not fit the file; starting anew")
        response.raise_for_status()
        if response.status_code != httpx.codes.PARTIAL_CONTENT:
            have = 0
        _write(response, part, have, progress)


def _write(response: httpx.Response, part: Path, have: int, progress: Progress) -> None:
    total = _total(response, have)
    if total is not None:
        require_space(total - have, part.parent)
    try:
        with part.open("ab" if have else "wb") as file:
            for chunk in response.iter_raw():  # as it arrives: nothing read is lost when the connection breaks
                file.write(chunk)
                have += len(chunk)
                progress(have, total)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        if error.errno in FULL:
            part.unlink(missing_ok=True)  # whatever else is on that disk needs the room more
        raise
    if total is not None and have < total:
        raise httpx.ReadError(f"the connection ended at {have} of {total} bytes")


def _total(response: httpx.Response, have: int) -> int | None:
    """Size of the whole file, from Content-Range or Content-Length."""
    whole = response.headers.get("content-range", "").rpartition("/")[2]
    if whole.isdigit():
        return int(whole)
    length = response.headers.get("content-length", "")
    return have + int(length) if length.isdigit() else None


def _verify(package: AvailablePackage, part: Path) -> None:
    if package.sha256 is None:
        return
    with part.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != package.sha256.lower():
        part.unlink()
        raise Permanent("the download does not have the checksum of the index", about=package.file_name)
