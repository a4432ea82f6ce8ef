"""Thousands of broken, hostile and endless feeds through fetch and read: each must end as an outcome with a reason.

Run: python -m tests.benchmarks.fuzz_feeds [FEEDS], or `make fuzz`. Sources are fetched in several threads and read one
at a time, as a poll worker and an enrich worker do, here in one process. Prints the outcomes, the highest memory of
that process, and what a poll of a healthy source took, alone and beside the hostile ones: its longest wait for any of
them. Their server is a process of its own. The exit status is 1 where a promise is broken.
"""

import multiprocessing
import resource
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

from ceasewire.items import Publisher, SourceConfig, SourceKind
from ceasewire.store import sources
from ceasewire.store.session import Store
from tests.support.hostile import HostileServer
from worker.adapters.http import FetchLimits, HttpFetcher
from worker.adapters.politeness import GapRules, LocalHostGate
from worker.jobs.poll import Polling, poll_source
from worker.jobs.read import Reading, read_fetch

LOOPBACK = ("127.0.0.0/8",)
THREADS = 4
MAX_MEGABYTES = 400
ALONE = 20  # polls of the healthy source before the hostile ones come
LIMITS = FetchLimits(deadline_seconds=2.0, read_seconds=1.0)


class Fuzz:
    """The worker under test: one store, one fetcher, a source per thread and a healthy one. `base` is the server."""

    def __init__(self, store: Store, base: str) -> None:
        fetcher = HttpFetcher(clock=_now, allow_networks=LOOPBACK, limits=LIMITS)
        gate = LocalHostGate(GapRules(allow_networks=LOOPBACK))
        self.store, self.base = store, base
        self.polling = Polling(store, fetcher, gate, _now, lambda: 0.0)
        self.reading = Reading(store, _now, lambda: 0.0)
        self.reader = threading.Lock()
        self.add("healthy", f"{base}/healthy")

    def add(self, name: str, url: str) -> None:
        """Configure a source."""
        kind, publisher = SourceKind.FEED, Publisher.WIRE
        source = SourceConfig(name, name, url, kind, "ru", None, publisher, None, None, True, None)
        with self.store.write() as session:
            known = [status.config for status in sources.list_sources(session) if status.config.id == "healthy"]
            sources.save_sources(session, [*known, source], _now(), sample=False)

    def poll(self, name: str) -> str:
        """Poll and read one source; what was said. Raises for anything that is no outcome."""
        result = poll_source(self.polling, name, force=True)
        if result.fetch_id is None:
            return _said(result.ok, result.said)
        with self.reader:
            read = read_fetch(self.reading, result.fetch_id)
        return _said(read.ok, read.said)

    def hostile(self, number: int) -> str:
        """Poll answer `number` by one of a few sources, each of which meets all kinds."""
        name = f"hostile-{threading.get_ident()}"
        self.add(name, f"{self.base}/hostile/{number}")
        return self.poll(name)


def _said(ok: bool, said: str) -> str:
    if not said:
        raise AssertionError("an outcome without a reason")
    return "read" if ok else said.split(":")[0][:60]


def _now() -> datetime:
    return datetime.now(UTC)


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _serve(tell: Connection) -> None:
    with HostileServer() as server:
        tell.send(server.url(""))
        tell.poll(None)  # until the other end is gone


@contextmanager
def hostile_server() -> Iterator[str]:
    """The server in a process of its own; yields its address."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()


class Healthy:
    """Polls the healthy source every second in a thread; keeps what was said and the seconds each poll took."""

    def __init__(self, fuzz: Fuzz) -> None:
        self.fuzz = fuzz
        self.said, self.seconds = Counter[str](), list[float]()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def poll(self) -> None:
        """Once."""
        started = time.monotonic()
        self.said[self.fuzz.poll("healthy")] += 1
        self.seconds.append(time.monotonic() - started)

    def start(self) -> None:
        """Go on beside others, and forget what was before."""
        self.seconds.clear()
        self._thread.start()

    def stop(self) -> None:
        """End after the running poll."""
        self._done.set()
        self._thread.join()

    def figures(self) -> str:
        """Median and longest."""
        return f"median {statistics.median(self.seconds):.3f} s, longest {max(self.seconds):.3f} s"

    def _run(self) -> None:
        while not self._done.wait(1.0):
            self.poll()


def main() -> None:
    """Print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with hostile_server() as base, tempfile.TemporaryDirectory() as directory:
        store = Store(f"sqlite:///{Path(directory) / 'fuzz.sqlite3'}")
        store.upgrade()
        fuzz = Fuzz(store, base)
        healthy = Healthy(fuzz)
        for _ in range(ALONE):
            healthy.poll()
        alone = healthy.figures()
        idle, started = _peak_megabytes(), time.monotonic()
        healthy.start()
        with ThreadPoolExecutor(THREADS) as pool:
            outcomes = Counter(pool.map(fuzz.hostile, range(count)))
        healthy.stop()
    for outcome, times in outcomes.most_common(25):
        print(f"{times:6} {outcome}")
    memory = _peak_megabytes()
    seconds = time.monotonic() - started
    print(f"{sum(outcomes.values())} outcomes in {seconds:.0f} s; at most {memory:.0f} MB, {idle:.0f} before them")
    print(f"a poll of the healthy source: {alone} alone; {healthy.figures()} beside them; {dict(healthy.said)}")
    waited = max(healthy.seconds) > LIMITS.deadline_seconds
    sys.exit(memory > MAX_MEGABYTES or waited)


if __name__ == "__main__":
    main()
