"""Feeds polled a second, end to end on loopback: unchanged (304), and with 2 or 50 of their 50 entries new.

Run: python -m tests.benchmarks.bench_poll [FEEDS [ROUNDS]]

Beside the `reader` package, which polls the same server in the same run. It is no dependency of Ceasewire: name a
Python that has it in BESIDE_PYTHON, as `make bench` does, else its part is left out.

Ceasewire runs as two processes for the two cores, each what a poll worker and an enrich worker are together: as many
messages at once, of as many sources, and bodies read by one thread at a time. A deployment has one of each, and two
with `--scale worker-poll=2 --scale worker-enrich=2`. reader runs as `update_feeds(workers=2)`, which are threads; more
than two made it no faster on two cores. Both fetch, parse and store into SQLite; how many entries each holds is counted
at the end. Ceasewire also extracts embedded posts, sanitises, and plans the next poll. What it stores is indexed for
search by then; reader leaves that to `update_search()`, which its users call to find anything, so that it has two
rows: without and with it. The programs take turns, round by round, so that whatever else the machine does hits both;
the table has the medians of the rounds, the processor time that a feed took in all processes of either, and the ratios.
"""

import asyncio
import gc
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any, cast
from urllib.request import urlopen

from sqlalchemy import func, select

from ceasewire.items import Publisher, SourceConfig, SourceKind
from ceasewire.pipeline.memo import Memo
from ceasewire.store import sources
from ceasewire.store.session import Store
from ceasewire.store.tables import ITEM
from tests.benchmarks.report import row
from worker.adapters.http import HttpFetcher
from worker.adapters.politeness import GapRules, LocalHostGate
from worker.commands.worker import ROLES
from worker.jobs.poll import Polling, poll_sources
from worker.jobs.read import Reading, read_fetches, together
from worker.tasks import POLLED_TOGETHER
from worker.wiring import FETCH_THREADS, MEMO_BYTES

POLLING = ROLES["poll"][2]  # messages that a worker has in hand at once; bodies are read by one process
Took = tuple[float, float]  # seconds, and seconds of processor

FEEDS = 100
ROUNDS = 5
ENTRIES = 50
KINDS = {"unchanged": 0, "2 new": 2, "50 new": ENTRIES}  # entries that are new in a round
EPOCH = datetime(2026, 3, 1, tzinfo=UTC)
PROCESSES = 2
LOOPBACK = ("127.0.0.0/8",)
PARAGRAPH = "The commission met for the third time and discussed roads, water and the return of displaced people. " * 6
READER = """
import sys, time
from reader import make_reader
base, path, feeds = sys.argv[1], sys.argv[2], int(sys.argv[3])
reader = make_reader(path)
reader.enable_search()
for n in range(feeds):
    reader.add_feed(f"{base}/feed/{n}")
for line in sys.stdin:
    started, used = time.perf_counter(), time.process_time()
    results = list(reader.update_feeds_iter(workers=2, scheduled=False))
    print(time.perf_counter() - started, time.process_time() - used, flush=True)
    started, used = time.perf_counter(), time.process_time()
    reader.update_search()
    print(time.perf_counter() - started, time.process_time() - used, flush=True)
    assert not [each for each in results if isinstance(each.value, Exception)], results
print(reader.get_entry_counts().total, flush=True)
"""


class _Feeds(asyncio.Protocol):
    """The least of an HTTP/1.1 server, so that the cores are there for those who poll."""

    published = 0  # entries of each feed since the beginning; it shows the last of them

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.received = cast(asyncio.Transport, transport), b""

    def data_received(self, data: bytes) -> None:
        self.received += data
        while b"\r\n\r\n" in self.received:
            request, _, self.received = self.received.partition(b"\r\n\r\n")
            self.transport.write(self.answer(request))

    def answer(self, request: bytes) -> bytes:
        """304 where the request carries the ETag back, else the feed; `/publish/N` adds N entries to all feeds."""
        _, kind, number = request.split(b" ", 2)[1].decode().split("/")
        if kind == "publish":
            _Feeds.published += int(number)
        published = _Feeds.published
        status, body = ("200 OK", b"")
        if kind == "feed" and re.search(rb'(?im)^if-none-match: "%d"' % published, request):
            status = "304 Not Modified"
        elif kind == "feed":
            body = feed(number, published)
        head = f'ETag: "{published}"\r\nContent-Type: application/rss+xml; charset=utf-8\r\nContent-Length: {len(body)}'
        return f"HTTP/1.1 {status}\r\n{head}\r\n\r\n".encode() + body


def feed(number: str, published: int) -> bytes:
    """The last entries of a feed, newest first."""
    entry = (
        "<item><title>Report {n} of feed {number}</title><link>http://f{number}.example/{n}</link>"
        "<guid>{number}-{n}</guid><pubDate>{at:%a, %d %b %Y %H:%M:%S} +0000</pubDate>"
        "<description>&lt;p&gt;{n}. {text}&lt;/p&gt;</description></item>"
    )
    last = range(published, published - ENTRIES, -1)
    entries = "".join(entry.format(n=n, number=number, at=EPOCH + timedelta(minutes=n), text=PARAGRAPH) for n in last)
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


class Ceasewire:
    """Two workers, each with its share of the sources."""

    def __init__(self, base: str, directory: Path, feeds: int) -> None:
        url = f"sqlite:///{directory / 'ceasewire.sqlite3'}"
        store = self._store = Store(url)
        store.upgrade()
        with store.write() as session:
            sources.save_sources(session, [_source(base, n) for n in range(feeds)], _now(), sample=False)
        store.dispose()
        self._pipes: list[Connection] = []
        for share in range(PROCESSES):
            here, there = multiprocessing.Pipe()
            ids = [f"feed-{n}" for n in range(share, feeds, PROCESSES)]
            multiprocessing.Process(target=_work, args=(url, ids, there), daemon=True).start()
            here.recv()
            self._pipes.append(here)

    def stored(self) -> int:
        """How many entries it has."""
        with self._store.read() as session:
            return session.scalar(select(func.count()).select_from(ITEM)) or 0

    def round(self) -> dict[str, Took]:
        """Poll all feeds once."""
        started = time.perf_counter()
        for pipe in self._pipes:
            pipe.send(None)
        used = sum(pipe.recv() for pipe in self._pipes)
        return {"ceasewire": (time.perf_counter() - started, used)}


def _work(url: str, ids: list[str], boss: Connection) -> None:
    """One worker: at each word of the boss it polls its sources and says what processor time it took."""
    store = Store(url)
    fetcher = HttpFetcher(clock=_now, allow_networks=LOOPBACK)
    polling = Polling(store, fetcher, LocalHostGate(GapRules(allow_networks=LOOPBACK)), _now, lambda: 0.0)
    reading = Reading(store, _now, lambda: 0.0, Memo(MEMO_BYTES))
    batches = [ids[at : at + POLLED_TOGETHER] for at in range(0, len(ids), POLLED_TOGETHER)]
    reader = threading.Lock()
    with ThreadPoolExecutor(FETCH_THREADS) as threads, ThreadPoolExecutor(POLLING) as messages:

        def poll(some: list[str]) -> None:
            for polled in poll_sources(polling, some, threads, force=True):
                _check(each.ok for each in polled)
                bodies = ((each.fetch_id, each.size) for each in polled if each.fetch_id is not None)
                with reader:
                    _check(each.ok for fetch_ids in together(bodies) for each in read_fetches(reading, fetch_ids))

        gc.freeze()  # as a worker does
        boss.send(None)
        while True:
            boss.recv()
            used = time.process_time()
            list(messages.map(poll, batches))
            boss.send(time.process_time() - used)


def _check(oks: Iterable[bool]) -> None:
    if not all(oks):
        raise SystemExit("a poll failed, or entries were lost or doubled")


class ReaderPackage:
    """`reader`, in a process of its own."""

    def __init__(self, python: str, base: str, directory: Path, feeds: int) -> None:
        command = [python, "-c", READER, base, str(directory / "reader.sqlite"), str(feeds)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def stored(self) -> int:
        """How many entries it has, at the end."""
        return int(self._process.communicate()[0])

    def round(self) -> dict[str, Took]:
        """Poll all feeds once, then index what came."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        update, search = (tuple(map(float, self._process.stdout.readline().split())) for _ in range(2))
        return {"reader": (update[0], update[1]), "reader+search": (update[0] + search[0], update[1] + search[1])}


def _source(base: str, n: int) -> SourceConfig:
    url = f"{base}/feed/{n}"
    kind, publisher = SourceKind.FEED, Publisher.WIRE
    return SourceConfig(f"feed-{n}", f"Feed {n}", url, kind, "en", None, publisher, None, None, True, None)


def measure(base: str, programs: Sequence[Any], rounds: int) -> dict[tuple[str, str], list[Took]]:
    """Seconds and processor seconds of each round, by kind of round and program."""
    found: dict[tuple[str, str], list[Took]] = defaultdict(list)
    for kind, published in [("first", ENTRIES), *(list(KINDS.items()) * rounds)]:
        urlopen(f"{base}/publish/{published}").read()
        for program in programs:
            for name, took in program.round().items():
                found[kind, name].append(took)
    return found


def _print(found: dict[tuple[str, str], list[Took]], feeds: int) -> None:
    rates = {key: feeds / median(took for took, _ in rounds) for key, rounds in found.items()}
    for (kind, program), rounds in found.items():
        used = median(used for _, used in rounds) / feeds
        print(f"{kind:10} {program:14} {rates[kind, program]:8.1f} feeds/s   {used * 1000:7.2f} ms of processor a feed")
    for kind in KINDS:
        row(f"feeds {kind}", rates[kind, "ceasewire"], "a second", "reader", rates.get((kind, "reader")))
        searchable = rates.get((kind, "reader+search"))
        row(f"feeds {kind}, to be searched", rates[kind, "ceasewire"], "a second", "reader", searchable)


def main() -> None:
    """Print the figures."""
    feeds, rounds = (int(each) for each in [*sys.argv[1:], *(str(FEEDS), str(ROUNDS))[len(sys.argv) - 1 :]])
    with server() as base, tempfile.TemporaryDirectory() as directory:
        programs: list[Any] = [Ceasewire(base, Path(directory), feeds)]
        if python := os.environ.get("BESIDE_PYTHON"):
            programs.append(ReaderPackage(python, base, Path(directory), feeds))
        found = measure(base, programs, rounds)
        published = feeds * (ENTRIES + rounds * sum(KINDS.values()))
        _check(program.stored() == published for program in programs)
    _print(found, feeds)


if __name__ == "__main__":
    main()
