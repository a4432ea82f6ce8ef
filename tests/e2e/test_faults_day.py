"""A day of polling 300 sources, played in minutes: real server, fetcher, store and jobs, and a clock of its own."""

import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import text

from ceasewire.conflict.load import load_conflicts
from ceasewire.pipeline.detect import DetectorSettings
from ceasewire.pipeline.schedule import RULES
from ceasewire.sources import load_sources
from ceasewire.store.session import Store
from ceasewire.store.sources import save_sources
from tests.support.faults import tell
from tests.support.feedserver import FeedServer
from tests.support.newsroom import CONFIG
from tests.support.newswire import Newswire
from tests.support.store_data import subscribe
from worker.adapters.http import HttpFetcher
from worker.adapters.language import Detector
from worker.adapters.politeness import GapRules, LocalHostGate
from worker.jobs.enrich import Enriching, enrich_items
from worker.jobs.maintain import maintain
from worker.jobs.poll import Polling, poll_source
from worker.jobs.read import Reading, read_fetch
from worker.jobs.sweep import sweep

SOURCES, HOURS = 300, 24
STEP = timedelta(minutes=1)
RATES = (2, 6, 12, 30)  # entries a day; a quarter of the sources each
LOOPBACK = ("127.0.0.0/8",)
pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]


class Day:
    """The jobs on one store, with a clock that stands until it is moved."""

    def __init__(self, store: Store, wire: Newswire) -> None:
        self.store, self.wire, self.now = store, wire, datetime.now(UTC)
        clock, still = (lambda: self.now), (lambda: 0.0)
        fetcher = HttpFetcher(clock=clock, allow_networks=LOOPBACK)
        gate = LocalHostGate(GapRules(allow_networks=LOOPBACK))
        self._polling = Polling(store, fetcher, gate, clock, still)
        self._reading = Reading(store, clock, still)
        conflicts = load_conflicts(CONFIG / "conflicts")
        self._enriching = Enriching(store, Detector(DetectorSettings()), conflicts, "en", clock)
        self.polls: dict[str, list[datetime]] = defaultdict(list)
        self._random = random.Random(7)

    def step(self) -> None:
        """One minute: what is published, what the sweep finds due, and all that follows."""
        self.now += STEP
        for number, source in enumerate(self.wire.languages):
            if self._random.random() < RATES[number % len(RATES)] / (24 * 60):
                self.wire.publish(1, [source])
        due = sweep(self.store, lambda: self.now, ())
        for source in due.sources:
            self._poll(source)
        for item in due.items:
            enrich_items(self._enriching, [item])
        if self.now.minute % 10 == 0:
            maintain(self.store, lambda: self.now)

    def _poll(self, source: str) -> None:
        self.polls[source].append(self.now)
        result = poll_source(self._polling, source)
        assert result.ok, result.said
        if result.fetch_id is not None:
            for item in read_fetch(self._reading, result.fetch_id).item_ids:
                enrich_items(self._enriching, [item])


@pytest.fixture
def day(tmp_path: Path, store: Store) -> Iterator[Day]:
    with FeedServer() as server:
        wire = Newswire(server, SOURCES)
        (tmp_path / "sources.yaml").write_text(wire.sources_yaml(server.url("")), encoding="utf-8")
        day = Day(store, wire)
        with store.write() as s:
            save_sources(s, load_sources(tmp_path / "sources.yaml"), day.now, sample=False)
        subscribe(store, "everything", {"languages": ["ru", "hy", "az", "en"]}, now=day.now)
        yield day


def test_a_day_of_three_hundred_sources(day: Day) -> None:
    day.wire.publish(3)
    began = time.monotonic()
    for _ in range(HOURS * 60):
        day.step()
    long_ago = set(day.wire.published) & day.wire.served
    with day.store.read() as s:
        stored = Counter(s.scalars(text("SELECT url FROM item")))
        untagged = s.scalar(text("SELECT count(*) FROM item WHERE enriched_at IS NULL"))
        told = Counter(s.scalars(text("SELECT item_id FROM alert")))
        polled = s.scalar(text("SELECT count(*) FROM poll"))
        states = s.execute(text("SELECT count(*), count(failing_since_at) FROM source")).one()
    assert stored == Counter(long_ago), "what was ever served is stored, each once"
    assert (untagged, set(told.values()), len(told)) == (0, {1}, len(stored)), "tagged, and one alert each"
    assert tuple(states) == (SOURCES, 0)
    assert polled == sum(len(times) for times in day.polls.values()), "no poll without its row"
    _assert_rhythm(day)
    tell(f"{HOURS} h of {SOURCES} sources in {time.monotonic() - began:.0f} s: {polled} polls, {len(stored)} items")


def _assert_rhythm(day: Day) -> None:
    """No source is asked more often than the floor allows, none is forgotten, and what is busy is asked more often."""
    gaps = {source: [b - a for a, b in pairwise(times)] for source, times in day.polls.items()}
    assert len(gaps) == SOURCES
    assert min(min(each) for each in gaps.values()) >= timedelta(seconds=RULES.floor_seconds)
    assert max(max(each) for each in gaps.values()) <= timedelta(seconds=RULES.ceiling_seconds) + STEP
    by_rate = [[len(gaps[f"wire-{n}"]) for n in range(rate, SOURCES, len(RATES))] for rate in range(len(RATES))]
    assert sum(by_rate[-1]) > sum(by_rate[0])
