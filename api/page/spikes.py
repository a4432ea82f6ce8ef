"""Spikes of a timeline: the buckets that leave their own baseline, by the rule of spike subscriptions.

The rule is `ceasewire.pipeline.spike`; here its windows are counted from sums by hour or day, which cost the store one
statement however many items there are. Only where a sum passes the limit are the reports themselves looked at.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ceasewire.pipeline.options import SpikeOptions
from ceasewire.pipeline.spike import (
    LEAST_REFERENCES,
    Report,
    Window,
    independent_sources,
    reference_windows,
    upper_limit,
)
from ceasewire.store.session import Session
from ceasewire.store.statistics import Bucket, Grouping, count_items, start_of
from ceasewire.store.subjects import list_senders, stored_since
from ceasewire.store.views import ItemQuery

LENGTHS = {Bucket.HOUR: timedelta(hours=1), Bucket.DAY: timedelta(days=1), Bucket.WEEK: timedelta(weeks=1)}
MOST = 40  # windows above their limit whose reports are looked at, the newest


@dataclass(frozen=True, slots=True)
class Peak:
    """A window above its limit: how many items, how many were to be expected, how many sources on their own."""

    window: Window
    count: int
    expected: float
    limit: float
    sources: int


def options_for(bucket: Bucket) -> SpikeOptions:
    """Hours are looked at as a subscription does unless told otherwise; days and weeks by windows of a day."""
    return SpikeOptions() if bucket is Bucket.HOUR else SpikeOptions(window_hours=24)


def find_peaks(s: Session, query: ItemQuery, starts: Sequence[datetime], bucket: Bucket) -> Mapping[datetime, Peak]:
    """The highest peak of each bucket that has one, by when the bucket begins. `starts` is not empty."""
    options, unit = options_for(bucket), Bucket.HOUR if bucket is Bucket.HOUR else Bucket.DAY
    length = timedelta(hours=options.window_hours)
    end = starts[-1] + LENGTHS[bucket]
    history = replace(query, since=starts[0] - timedelta(weeks=options.weeks) - 2 * length, until=end)
    sums = {one.at: one.count for one in count_items(s, history, Grouping.ALL, unit)}
    ends = [at + LENGTHS[unit] for at in _steps(starts[0], end, LENGTHS[unit])]
    above = _above(options, sums, ends, stored_since(s), LENGTHS[unit])
    peaks: dict[datetime, Peak] = {}
    for peak in (_with_sources(s, query, one) for one in above[-MOST:]):
        at = start_of(peak.window[1] - LENGTHS[unit], bucket)
        if peak.sources >= options.min_sources and (at not in peaks or peaks[at].count < peak.count):
            peaks[at] = peak
    return peaks


def _above(
    options: SpikeOptions,
    sums: Mapping[datetime, int],
    ends: Sequence[datetime],
    history_since: datetime | None,
    unit: timedelta,
) -> list[Peak]:
    """Windows whose sum passes the limit of their references, oldest first."""
    length, found = timedelta(hours=options.window_hours), []
    for end in ends:
        if not sums.get(end - unit):
            continue  # the peak is over, or has not begun
        count = _sum(sums, (end - length, end), unit)
        windows = reference_windows(options, end, history_since)
        if count < options.min_sources or len(windows) < LEAST_REFERENCES:
            continue
        expected, limit = upper_limit([_sum(sums, window, unit) for window in windows])
        if count > limit:
            found.append(Peak((end - length, end), count, expected, limit, 0))
    return found


def _with_sources(s: Session, query: ItemQuery, peak: Peak) -> Peak:
    sent = list_senders(s, replace(query, since=peak.window[0], until=peak.window[1]))
    reports = [Report(one.at, one.item_id, one.source_id, one.side, one.first_copy) for one in sent]
    return replace(peak, sources=len(independent_sources(reports)))


def _sum(sums: Mapping[datetime, int], window: Window, unit: timedelta) -> int:
    return sum(sums.get(at, 0) for at in _steps(*window, unit))


def _steps(start: datetime, end: datetime, unit: timedelta) -> Sequence[datetime]:
    return [start + n * unit for n in range(round((end - start) / unit))]
