"""Spike: does a query's volume leave its own baseline? Farrington's outbreak detection, for hours instead of weeks.

The count of a window is compared with those of the same hours of the week in the past weeks, and the windows beside
them. The baseline is their weighted mean under a quasi-Poisson model; windows that were peaks themselves weigh less, so
that a past spike does not hide the next one. The threshold is the upper prediction limit after a 2/3-power
transformation, which makes counts nearly normal: C. P. Farrington, N. J. Andrews, A. D. Beale, M. A. Catchpole, A
statistical algorithm for the early detection of outbreaks of infectious disease, J. R. Statist. Soc. A 159 (1996)
547-563, without its trend. z = 2.58 as in A. Noufaily et al., Statistics in Medicine 32 (2013) 1206-1222.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ceasewire.pipeline.options import SpikeOptions

# On Poisson counts with 12 references one window in a hundred passes this limit by chance (means of 2 to 10).
Z = 2.58
BESIDE = (-1, 0, 1)  # windows before, at and after the same hours of a past week
ROUNDS = 5  # of weighing: one peak blurs the measure that tells it for one
LEAST_REFERENCES = 6  # windows; with fewer nothing is said

Window = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, order=True)
class Report:
    """An item of the query, by its publication. `first_copy` is the same for all copies of one report."""

    at: datetime
    item_id: int
    source_id: str
    side: str | None
    first_copy: int


@dataclass(frozen=True, slots=True)
class Spike:
    """A window's reports, what number of them was to be expected, and the limit that they passed."""

    window: Window
    reports: tuple[Report, ...]
    sources: tuple[str, ...]  # that reported independently
    expected: float
    limit: float
    references: int  # windows that the baseline was made of


def current_window(options: SpikeOptions, now: datetime) -> Window:
    """The window that ends now."""
    return now - timedelta(hours=options.window_hours), now


def reference_windows(options: SpikeOptions, now: datetime, history_since: datetime | None) -> list[Window]:
    """The windows that the current one is compared with: none from before the first item that is stored.

    A store that is younger than two weeks gives the windows of its last days instead, whatever their hours.
    """
    length = timedelta(hours=options.window_hours)
    if history_since is None:
        return []
    weekly = [
        now - timedelta(weeks=week) + beside * length for week in range(1, options.weeks + 1) for beside in BESIDE
    ]
    found = [(end - length, end) for end in weekly if end - length >= history_since]
    if len(found) >= LEAST_REFERENCES:
        return found
    ends = (now - n * length for n in range(1, options.weeks * len(BESIDE) * 2 + 1))
    return [(end - length, end) for end in ends if end - length >= history_since]


def reports_in(reports: Sequence[Report], window: Window) -> Sequence[Report]:
    """Those of a window, which begins after its first moment; `reports` are in the order of time."""
    start, end = (bisect_right(reports, at, key=lambda report: report.at) for at in window)
    return reports[start:end]


def independent_sources(reports: Sequence[Report]) -> tuple[str, ...]:
    """The sources that did not only copy: of a story's copies the first one's counts, and no other."""
    first = {report.first_copy: report.source_id for report in reversed(reports)}
    return tuple(sorted(set(first.values())))


def find_spike(
    options: SpikeOptions, reports: Sequence[Report], history_since: datetime | None, now: datetime
) -> Spike | None:
    """The spike as of now, or None: within the limit, too few independent sources, too little history to tell."""
    window = current_window(options, now)
    current = reports_in(reports, window)
    sources = independent_sources(current)
    if len(sources) < options.min_sources:
        return None
    references = [len(reports_in(reports, one)) for one in reference_windows(options, now, history_since)]
    if len(references) < LEAST_REFERENCES:
        return None
    expected, limit = upper_limit(references)
    if len(current) <= limit:
        return None
    return Spike(window, tuple(current), sources, expected, limit, len(references))


def is_cooling(options: SpikeOptions, told_at: datetime | None, now: datetime) -> bool:
    """Whether a spike was told so lately that the next is no news."""
    return told_at is not None and now < told_at + timedelta(hours=options.cooldown_hours)


def upper_limit(counts: Sequence[int]) -> tuple[float, float]:
    """The expected count and the upper prediction limit of the next one, from at least two past counts."""
    weights = [1.0] * len(counts)
    for _ in range(ROUNDS):
        mean = _mean(counts, weights)
        weights = _weights(counts, mean, _dispersion(counts, mean, weights))
    mean, dispersion = _mean(counts, weights), _dispersion(counts, mean, weights)
    variance_of_mean = dispersion * mean / sum(weights)
    spread = math.sqrt(dispersion * mean + variance_of_mean) / mean
    return mean, mean * (1 + 2 / 3 * Z * spread) ** 1.5


def _mean(counts: Sequence[int], weights: Sequence[float]) -> float:
    """Never 0: that a topic did not occur so far does not make its first item a spike."""
    mean = sum(w * y for w, y in zip(weights, counts, strict=True)) / sum(weights)
    return max(mean, 1 / len(counts))


def _dispersion(counts: Sequence[int], mean: float, weights: Sequence[float]) -> float:
    """Variance over mean; below 1 it would make the limit tighter than that of pure chance."""
    squares = sum(w * (y - mean) ** 2 / mean for w, y in zip(weights, counts, strict=True))
    return max(1.0, squares / (len(counts) - 1))


def _weights(counts: Sequence[int], mean: float, dispersion: float) -> list[float]:
    """Windows above the rest weigh less, by the square of their Anscombe residual; their sum stays the same."""
    raw = [1.0 if s <= 1 else s**-2 for s in (_residual(y, mean, dispersion) for y in counts)]
    scale = len(counts) / sum(raw)
    return [w * scale for w in raw]


def _residual(count: int, mean: float, dispersion: float) -> float:
    power = count ** (2 / 3) - mean ** (2 / 3)
    return float(3 / (2 * math.sqrt(dispersion)) * power / mean ** (1 / 6))
