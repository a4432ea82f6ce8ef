"""Bars of a timeline as numbers that a template draws: stacked by side, with a scale, spikes and addresses.

Lengths are in the units of the drawing's viewBox. Colours are classes, for the policy allows no style in a page.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from api.page.spikes import Peak
from api.schemas_stats import Series

WIDTH, HEIGHT = 960, 220
COLOURS = 7  # classes side-0 … side-6; a further side takes the last


@dataclass(frozen=True, slots=True)
class Part:
    """One side's part of a bar."""

    label: str
    colour: int
    count: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One bucket. `href`: the list of its items."""

    at: datetime
    x: float
    width: float
    total: int
    parts: Sequence[Part]
    href: str
    peak: Peak | None

    @property
    def top(self) -> float:
        """Where the bar ends above."""
        return min((part.y for part in self.parts), default=float(HEIGHT))


@dataclass(frozen=True, slots=True)
class Chart:
    """All bars under one scale; `ticks` are (y, number)."""

    bars: Sequence[Bar]
    legend: Sequence[tuple[str, str, int, int]]  # key, label, colour, total
    ticks: Sequence[tuple[float, int]]
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def total(self) -> int:
        """Items in all bars."""
        return sum(bar.total for bar in self.bars)


def make_chart(
    starts: Sequence[datetime],
    series: Sequence[Series],
    peaks: Mapping[datetime, Peak],
    href: Callable[[datetime], str],
    colours: Mapping[str, int],
) -> Chart:
    """Bars of `series`, which are stacked in the order given."""
    totals = [sum(one.counts[n] for one in series) for n in range(len(starts))]
    top = nice_top(max(totals, default=0))
    step = WIDTH / max(len(starts), 1)
    bars = [
        Bar(at, n * step, step, totals[n], _parts(series, n, top, colours), href(at), peaks.get(at))
        for n, at in enumerate(starts)
    ]
    legend = [(one.key, one.label, colours.get(one.key, COLOURS - 1), one.total) for one in series]
    ticks = [(HEIGHT * (1 - share), round(top * share)) for share in (0.5, 1)] if top > 1 else [(0.0, top)]
    return Chart(bars, legend, ticks)


def nice_top(most: int) -> int:
    """The scale's end: the next of 1, 2, 4, 6, 8, 10, 20, 40, … that is not below."""
    if most <= 2:
        return max(most, 1)
    power = int(10 ** int(math.log10(most)))
    return next(power * n for n in (1, 2, 4, 6, 8, 10) if power * n >= most)


def spark(counts: Sequence[int], width: int = 120, height: int = 24) -> list[tuple[float, float, float, float]]:
    """Small bars as (x, y, width, height), those of nought left out."""
    step, top = width / max(len(counts), 1), max(counts, default=0) or 1
    return [
        (n * step, height * (1 - one / top), max(step - 1, 0.6), height * one / top)
        for n, one in enumerate(counts)
        if one
    ]


def _parts(series: Sequence[Series], n: int, top: int, colours: Mapping[str, int]) -> list[Part]:
    parts, y = [], float(HEIGHT)
    for one in series:
        if one.counts[n]:
            height = HEIGHT * one.counts[n] / top
            y -= height
            parts.append(Part(one.label, colours.get(one.key, COLOURS - 1), one.counts[n], y, height))
    return parts
