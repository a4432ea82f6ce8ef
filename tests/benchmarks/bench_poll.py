"""Feeds polled a second, end to end on loopback: unchanged (304), and changed with 50 new entries.

Run: python -m tests.benchmarks.bench_poll [FEEDS]

Beside the `reader` package, which polls the same server in the same run. It is no dependency of Ceasewire; for the
comparison install it into an environment of its own and name its Python, else its part is skipped:

    python -m venv /some/where && /some/where/bin/pip install reader sgmllib3k
    READER_PYTHON=/some/where/bin/python python -m tests.benchmarks.bench_poll

Ceasewire polls with two processes, as two workers do, into SQLite; reader with two workers into its own SQLite. Both
fetch, parse and store; Ceasewire also extracts embedded posts, sanitises, indexes for search and plans the next poll.
"""

import asyncio
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import cast
from urllib.request import urlopen

from ceasewire.items import Publisher, SourceConfig, SourceKind
from ceasewire.store import sources
from ceasewire.store.session import Store
from worker.adapters.http import HttpFetcher
from worker.adapters.politeness import GapRules, LocalHostGate
from worker.jobs.poll import Polling, poll_sources
from worker.jobs.read import Reading, read_fetch
from worker.wiring import FETCH_THREADS

FEEDS = 100
ENTRIES = 50
PROCESSES = 2
TOGETHER = 10  # sources a message, as the sweep rings for them
LOOPBACK = ("127.0.0.0/8",)
PARAGRAPH = "The commission met for the third time and discussed roads, water and the return of displaced people. " * 6
READER = """
import sys, time
from urllib.request import urlopen
from reader import make_reader
base, path, feeds = sys.argv[1], sys.argv[2], int(sys.argv[3])
reader = make_reader(path)
for n in range(feeds):
    reader.add_feed(f"{base}/feed/{n}")
for version, name in ((1, "first"), (1, "unchanged"), (2, "changed")):
    urlopen(f"{base}/version/{version}").read()
    started = time.perf_counter()
    results = list(reader.update_feeds_iter(workers=2, scheduled=False))
    assert not [each for each in results if isinstance(each.value, Exception)], results
    print(name, feeds / (time.perf_counter() - started), flush=True)
assert reader.get_entry_counts().total >= feeds * 50
"""


class _Feeds(asyncio.Protocol):
    """The least of an HTTP/1.1 server, so that the cores are there for those who poll."""

    version = 1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.received = cast(asyncio.Transport, transport), b""

    def data_received(self, data: bytes) -> None:
        self.received += data
        while b"\r\n\r\n" in self.received:
            request, _, self.received = self.received.partition(b"\r\n\r\n")
            self.transport.write(self.answer(request))

    def answer(self, request: bytes) -> bytes:
        """304 where the request carries the version back, else the feed; `/version/N` changes all feeds."""
        _, kind, number = request.split(b" ", 2)[1].decode().split("/")
        if kind == "version":
            _Feeds.version = int(number)
        version = _Feeds.version
        status, body = ("200 OK", b"")
        if kind == "feed" and re.search(rb'(?im)^if-none-match: "%d"' % version, request):
            status = "304 Not Modified"
        elif kind == "feed":
            body = feed(number, version)
        head = f'ETag: "{version}"\r\nContent-Type: application/rss+xml; charset=utf-8\r\nContent-Length: {len(body)}'
        return f"HTTP/1.1 {status}\r\n{head}\r\n\r\n".encode() + body


def feed(number: str, version: int) -> bytes:
    """A feed whose entries are all others in each version."""
    entry = (
        "<item><title>Report {n} of feed {number}, day {version}</title><link>http://f{number}.example/{version}/{n}"
        "</link><guid>{number}-{version}-{n}</guid><pubDate>Sun, 0{version} Mar 2026 07:{n:02}:00 +0000</pubDate>"
        "<description>&lt;p&gt;{n}. {text}&lt;/p&gt;</description></item>"
    )
    entries = "".join(entry.format(n=n, number=number, version=version, text=PARAGRAPH) for n in range(ENTRIES))
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{number}</title>{entries}</channel></rss>'.encode()


async def _serve_for_ever(tell: Connection) -> None:
    server = await asyncio.get_running_loop().create_server(_Feeds, "127.0.0.1", 0)
    tell.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def _serve(tell: Connection) -> None:
    asyncio.run(_serve_for_ever(tell))


@contextmanager
def server() -> Iterator[str]:
    """The feeds, in a process of their own; yields their address."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve, args=(there,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{here.recv()}"
    finally:
        process.terminate()


def _now() -> datetime:
    return datetime.now(UTC)


def _poll_some(url: str, ids: list[str], start: "threading.Barrier", rounds: int) -> None:
    """One worker: in each round its share of the sources, between two barriers."""
    store = Store(url)
    fetcher = HttpFetcher(clock=_now, allow_networks=LOOPBACK)
    polling = Polling(store, fetcher, LocalHostGate(GapRules(allow_networks=LOOPBACK)), _now, lambda: 0.0)
    reading = Reading(store, _now, lambda: 0.0)
    with ThreadPoolExecutor(FETCH_THREADS) as threads:
        for _ in range(rounds):
            start.wait()
            for at in range(0, len(ids), TOGETHER):
                for result in poll_sources(polling, ids[at : at + TOGETHER], threads, force=True):
                    if not result.ok or (result.fetch_id is not None and not read_fetch(reading, result.fetch_id).ok):
                        sys.exit(result.said)
            start.wait()


def ours(base: str, directory: Path, feeds: int) -> Iterator[tuple[str, float]]:
    """Rounds with the feeds polled a second."""
    store = Store(f"sqlite:///{directory / 'ceasewire.sqlite3'}")
    store.upgrade()
    with store.write() as session:
        sources.save_sources(session, [_source(base, n) for n in range(feeds)], _now(), sample=False)
    store.dispose()
    rounds = (("first", 1), ("unchanged", 1), ("changed", 2))
    barrier = multiprocessing.Barrier(PROCESSES + 1)
    for share in range(PROCESSES):
        ids = [f"feed-{n}" for n in range(share, feeds, PROCESSES)]
        arguments = (f"sqlite:///{directory / 'ceasewire.sqlite3'}", ids, barrier, len(rounds))
        multiprocessing.Process(target=_poll_some, args=arguments, daemon=True).start()
    for name, version in rounds:
        urlopen(f"{base}/version/{version}").read()
        barrier.wait(60)
        started = time.perf_counter()
        barrier.wait(600)
        yield name, feeds / (time.perf_counter() - started)


def _source(base: str, n: int) -> SourceConfig:
    url = f"{base}/feed/{n}"
    kind, publisher = SourceKind.FEED, Publisher.WIRE
    return SourceConfig(f"feed-{n}", f"Feed {n}", url, kind, "en", None, publisher, None, None, True, None)


def main() -> None:
    """Print a table."""
    feeds = int(sys.argv[1]) if len(sys.argv) > 1 else FEEDS
    python = os.environ.get("READER_PYTHON")
    with server() as base, tempfile.TemporaryDirectory() as directory:
        found = {"ceasewire": dict(ours(base, Path(directory), feeds))}
        if python:
            command = [python, "-c", READER, base, f"{directory}/reader.sqlite", str(feeds)]
            lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
            found["reader"] = {name: float(rate) for name, rate in map(str.split, lines)}
        else:
            print("reader: skipped, READER_PYTHON is not set; see this file's first lines")
    for program, rates in found.items():
        print(f"{program:10}", "  ".join(f"{name} {rate:8.1f}/s" for name, rate in rates.items()))


if __name__ == "__main__":
    main()
