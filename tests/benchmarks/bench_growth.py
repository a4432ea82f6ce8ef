"""How cost grows with sources and subscriptions, each times ten.

    python -m tests.benchmarks.bench_growth

Items grow in bench_api, terms of the model in bench_tag. SQLite; milliseconds and microseconds of CPU time.
"""

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from ceasewire.conflict.load import load_conflict
from ceasewire.conflict.model import Conflict
from ceasewire.items import Publisher, SourceConfig, SourceKind
from ceasewire.pipeline.alert import intents
from ceasewire.pipeline.query import parse_query
from ceasewire.pipeline.queryindex import QueryIndex
from ceasewire.store import sources
from ceasewire.store.session import Store
from tests.benchmarks.bench_alerts import gold, queries, subject_of, tagged
from tests.benchmarks.bench_tag import ROOT
from tests.benchmarks.report import row
from worker.jobs.sweep import sweep

SOURCES = (300, 3_000)
SUBSCRIPTIONS = (1_000, 10_000)


def spent(work: Callable[[], object]) -> float:
    """Seconds of CPU time."""
    started = time.process_time()
    work()
    return time.process_time() - started


def config(n: int) -> SourceConfig:
    """One of many sources, each on a host of its own."""
    return SourceConfig(
        id=f"source-{n}",
        name=f"Source {n}",
        url=f"https://source{n}.example/feed",
        kind=SourceKind.FEED,
        language="ru",
        country="RU",
        publisher=Publisher.WIRE,
        side="russia",
        timezone=None,
        enabled=True,
        disabled_reason=None,
        sample=False,
        options={},
    )


def sources_cost(count: int) -> tuple[float, float]:
    """Milliseconds of a sweep in which a tenth of the sources is due, and of the list that `/sources` shows."""
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder) / 'store.sqlite3'}")
        store.upgrade()
        with store.write() as s:
            sources.save_sources(s, [config(n) for n in range(count)], now, sample=False)
        sweep(store, lambda: now, ["ru"])  # all are due at first
        with store.write() as s:
            for n in range(0, count, 10):
                sources.request_poll(s, f"source-{n}", now)
        swept = spent(lambda: sweep(store, lambda: now, ["ru"]))
        with store.read() as s:
            listed = spent(lambda: sources.list_sources(s))
        store.dispose()
    return swept * 1000, listed * 1000


def matching_cost(conflict: Conflict, count: int) -> float:
    """Microseconds to match an item against so many subscriptions."""
    index = QueryIndex({name: parse_query(fields) for name, fields in queries(conflict, count).items()})
    subjects = [
        (subject_of(n, language, text), [tagging])
        for n, (language, text, tagging) in enumerate(tagged(conflict, gold()))
    ]
    return spent(lambda: [intents(index.candidates(*pair), *pair) for pair in subjects]) / len(subjects) * 1e6


def main() -> None:
    """Print the figures."""
    (swept, listed), (swept_ten, listed_ten) = map(sources_cost, SOURCES)
    row(f"sweep with {SOURCES[1]:,} sources, a tenth due", swept_ten, "ms CPU", f"{SOURCES[0]:,} sources", swept)
    row(f"list of {SOURCES[1]:,} sources", listed_ten, "ms CPU", f"{SOURCES[0]:,} sources", listed)
    conflict = load_conflict(ROOT / "config/conflicts/karabakh.yaml")
    few, many = (matching_cost(conflict, count) for count in SUBSCRIPTIONS)
    row(
        f"an item against {SUBSCRIPTIONS[1]:,} subscriptions",
        many,
        "µs CPU",
        f"{SUBSCRIPTIONS[0]:,} subscriptions",
        few,
    )


if __name__ == "__main__":
    main()
