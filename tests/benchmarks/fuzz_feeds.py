"""Thousands of broken, hostile and endless feeds through fetch and read: each must end as an outcome with a reason.

Run: python -m tests.benchmarks.fuzz_feeds [FEEDS], or `make fuzz`. Prints the outcomes, the highest memory of the
worker and the longest wait of a healthy source, which is polled all the while beside them.
"""

import resource
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from ceasewire.items import Publisher, SourceConfig, SourceKind
from ceasewire.store import sources
from ceasewire.store.session import Store
from tests.support.feedserver import FeedServer, Reply
from tests.support.hostile import FEED, reply
from worker.adapters.http import FetchLimits, HttpFetcher
from worker.adapters.politeness import GapRules, LocalHostGate
from worker.jobs.poll import Polling, poll_source
from worker.jobs.read import Reading, read_fetch

LOOPBACK = ("127.0.0.0/8",)
THREADS = 4
LIMITS = FetchLimits(deadline_seconds=2.0, read_seconds=1.0)


class Fuzz:
    """The worker under test: one store, one fetcher, a source per answer and a healthy one."""

    def __init__(self, store: Store, server: FeedServer) -> None:
        fetcher = HttpFetcher(clock=_now, allow_networks=LOOPBACK, limits=LIMITS)
        gate = LocalHostGate(GapRules(allow_networks=LOOPBACK))
        self.store, self.server = store, server
        self.polling = Polling(store, fetcher, gate, _now, lambda: 0.0)
        self.reading = Reading(store, _now, lambda: 0.0)

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
        read = read_fetch(self.reading, result.fetch_id)
        return _said(read.ok, read.said)

    def hostile(self, number: int) -> str:
        """Poll answer `number` by one of a few sources, each of which meets all kinds."""
        name = f"hostile-{threading.get_ident()}"
        path = f"/hostile/{number}"
        self.server.on("/self", reply(900, heavy_every=100))
        self.add(name, self.server.on(path, reply(number)))
        return self.poll(name)


def _said(ok: bool, said: str) -> str:
    if not said:
        raise AssertionError("an outcome without a reason")
    return "read" if ok else said.split(":")[0][:60]


def _now() -> datetime:
    return datetime.now(UTC)


def main() -> None:
    """Print the figures; the exit status is 1 where memory grew beyond 400 MB."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with FeedServer() as server, tempfile.TemporaryDirectory() as directory:
        store = Store(f"sqlite:///{Path(directory) / 'fuzz.sqlite3'}")
        store.upgrade()
        fuzz, waits, done = Fuzz(store, server), list[float](), threading.Event()
        said = Counter[str]()
        fuzz.add("healthy", server.on("/healthy", Reply(body=FEED)))

        def healthy() -> None:
            while not done.wait(1.0):
                started = time.monotonic()
                said[fuzz.poll("healthy")] += 1
                waits.append(time.monotonic() - started)

        beside = threading.Thread(target=healthy)
        beside.start()
        started = time.monotonic()
        with ThreadPoolExecutor(THREADS) as pool:
            outcomes = Counter(pool.map(fuzz.hostile, range(count)))
        done.set()
        beside.join()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for outcome, times in outcomes.most_common(25):
        print(f"{times:6} {outcome}")
    print(f"{sum(outcomes.values())} outcomes in {time.monotonic() - started:.0f} s; at most {memory:.0f} MB, server")
    print(f"included; a healthy source beside them: {dict(said)}, the longest {max(waits, default=0):.2f} s")
    sys.exit(memory > 400)


if __name__ == "__main__":
    main()
