"""Spikes of the timeline: the same answer as a spike subscription gives, from sums alone."""

from datetime import UTC, datetime, timedelta

import pytest

from api.page.spikes import LENGTHS, find_peaks, options_for
from ceasewire.conflict.load import load_conflict
from ceasewire.lookback import list_reports
from ceasewire.pipeline.query import AlertQuery
from ceasewire.pipeline.spike import find_spike
from ceasewire.store.session import Store
from ceasewire.store.sources import save_sources
from ceasewire.store.statistics import Bucket, starts_between
from ceasewire.store.subjects import stored_since
from ceasewire.store.views import ItemQuery
from tests.support.newsroom import CONFIG, SOURCES, Piece, add

NOW = datetime(2021, 3, 1, tzinfo=UTC)
BURST = NOW - timedelta(days=5)
AGENCIES = ("plain-wire", "neva-agency", "kur-xeber", "bogaz")


@pytest.fixture
def archive(store: Store) -> Store:
    """Five weeks: an item each day past noon, and one afternoon on which four agencies have three each."""
    conflict = load_conflict(CONFIG / "conflicts" / "karabakh.yaml")
    with store.write() as s:
        save_sources(s, SOURCES, NOW, sample=False)
    days = [("plain-wire", NOW - timedelta(days=day) + timedelta(hours=12, minutes=5)) for day in range(1, 36)]
    burst = [(one, BURST + timedelta(hours=13, minutes=5 + 20 * n)) for n in range(3) for one in AGENCIES]
    for number, (source, at) in enumerate([*days, *burst]):
        minutes_ago = int((NOW - at) / timedelta(minutes=1))
        piece = Piece(
            source, f"url:https://{source}.example/{number}", minutes_ago, f"Part {number} of Karabakh", "", "en"
        )
        add(store, conflict, piece, NOW)
    return store


@pytest.mark.parametrize("bucket", [Bucket.HOUR, Bucket.DAY])
def test_the_timeline_marks_what_a_subscription_would_tell(archive: Store, bucket: Bucket) -> None:
    since = NOW - timedelta(days=10)
    options, length = options_for(bucket), LENGTHS[bucket]
    with archive.read() as s:
        peaks = find_peaks(s, ItemQuery(since=since, until=NOW), starts_between(since, NOW, bucket), bucket)
        reports = list_reports(s, AlertQuery(), since - timedelta(weeks=6), NOW)
        history_since = stored_since(s)
    for start in starts_between(since, NOW, bucket):
        told = find_spike(options, reports, history_since, start + length)
        quiet = not any(start < one.at <= start + length for one in reports)
        assert (start in peaks) == (told is not None and not quiet), start
    assert {start.date() for start in peaks} == {BURST.date()}
    highest = max(peaks.values(), key=lambda peak: peak.count)
    assert highest.sources == 4
    assert highest.count > highest.limit > highest.expected


def test_a_week_is_marked_by_its_highest_day(archive: Store) -> None:
    since = NOW - timedelta(weeks=3)
    with archive.read() as s:
        peaks = find_peaks(s, ItemQuery(since=since, until=NOW), starts_between(since, NOW, Bucket.WEEK), Bucket.WEEK)
    [(start, peak)] = peaks.items()
    assert start <= BURST < start + timedelta(weeks=1)
    assert peak.window == (BURST, BURST + timedelta(days=1))


def test_one_source_alone_makes_no_spike(archive: Store) -> None:
    since = NOW - timedelta(days=10)
    query = ItemQuery(since=since, until=NOW, sources=["plain-wire"])
    with archive.read() as s:
        assert not find_peaks(s, query, starts_between(since, NOW, Bucket.DAY), Bucket.DAY)
