"""Feeds read a second beside feedparser as it comes, and what each loses of them.

    python -m tests.benchmarks.bench_parse

Both read the same real feeds (../shared/data/feeds/real, or the folder that CEASEWIRE_SHARED names; without it the
recorded sample). feedparser gets the bytes and the type. Ceasewire also decodes, reads dates of any language and
time zone, finds embedded posts and makes plain text.
"""

import gzip
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import feedparser

from ceasewire.errors import CeasewireError
from ceasewire.items import NO_OPTIONS, SourceForPoll, SourceKind
from ceasewire.pipeline.decode import decode
from ceasewire.pipeline.embeds import articles
from ceasewire.pipeline.parse import parse_source
from tests.benchmarks.bench_tag import ROOT, SHARED
from tests.benchmarks.report import memory_row, row

ROUNDS = 3
TYPE = "application/xml"
SEEN = datetime(2026, 1, 1, tzinfo=UTC)
URL = "https://feeds.example/"
SOURCE = SourceForPoll("a", "A", URL, SourceKind.FEED, None, None, False, NO_OPTIONS, None, None, None)


def feeds() -> list[bytes]:
    """Bodies of feeds."""
    real = SHARED / "data" / "feeds" / "real"
    if real.is_dir():
        return [gzip.decompress(path.read_bytes()) for path in sorted(real.glob("*.gz"))]
    sample = ROOT / "config" / "sample"
    return [path.read_bytes() for path in sorted((*sample.glob("*.rss"), *sample.glob("*.atom")))]


def by_ceasewire(body: bytes) -> int:
    """Entries read."""
    try:
        parsed = parse_source(decode(body, TYPE), SOURCE, SOURCE.url, SEEN)
        return sum(1 + len(article.posts) for article in articles(parsed))
    except CeasewireError:
        return 0


def by_feedparser(body: bytes) -> int:
    """Entries read."""
    return len(feedparser.parse(body, response_headers={"content-type": TYPE}).entries)


def measure(read: Callable[[bytes], int], bodies: Sequence[bytes]) -> tuple[float, int]:
    """Feeds a second of CPU time, and entries of a round."""
    started = time.process_time()
    counts = [sum(map(read, bodies)) for _ in range(ROUNDS)]
    return ROUNDS * len(bodies) / (time.process_time() - started), counts[0]


def main() -> None:
    """Print the figures."""
    bodies = feeds()
    ours, found = measure(by_ceasewire, bodies)
    theirs, found_there = measure(by_feedparser, bodies)
    row(f"parsing {len(bodies)} feeds, {sum(map(len, bodies)) / 1e6:.1f} MB", ours, "feeds/s", "feedparser", theirs)
    row("  entries and posts read", found, "entries", "feedparser", found_there)
    memory_row("parsing")


if __name__ == "__main__":
    main()
