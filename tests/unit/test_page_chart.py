"""Bars of the timeline as numbers, and the sides in their order."""

from datetime import UTC, datetime, timedelta

import pytest

from api.page.chart import HEIGHT, WIDTH, make_chart, nice_top, spark
from api.page.sides import colours_of, sides_of
from api.schemas import SourceRef
from api.schemas_stats import Series
from ceasewire.items import Publisher, SourceKind

START = datetime(2021, 1, 11, tzinfo=UTC)
STARTS = [START + timedelta(days=n) for n in range(4)]


def series(key: str, *counts: int) -> Series:
    return Series(key=key, conflict=None, label=key.capitalize(), total=sum(counts), counts=list(counts))


@pytest.mark.parametrize(
    ("most", "top"), [(0, 1), (1, 1), (2, 2), (3, 4), (9, 10), (10, 10), (11, 20), (61, 80), (999, 1000), (1001, 2000)]
)
def test_the_scale_ends_at_a_round_number_that_is_not_below(most: int, top: int) -> None:
    assert nice_top(most) == top


def test_bars_are_stacked_without_gap_and_end_at_their_total() -> None:
    chart = make_chart(
        STARTS, [series("east", 2, 0, 5, 0), series("west", 1, 0, 3, 1)], {}, str, {"east": 0, "west": 1}
    )
    assert [bar.total for bar in chart.bars] == [3, 0, 8, 1]
    tallest = chart.bars[2]
    east, west = tallest.parts
    assert east.y + east.height == HEIGHT
    assert west.y + west.height == east.y
    assert tallest.top == 0  # the scale ends at 8
    assert chart.bars[1].parts == []
    assert chart.bars[-1].x + chart.bars[-1].width == WIDTH
    assert chart.bars[2].href == str(STARTS[2])
    assert chart.total == 12


def test_small_bars_fill_their_height_and_leave_out_nought() -> None:
    assert spark([0, 2, 4], width=30, height=20) == [(10, 10, 9, 10), (20, 0, 9, 20)]
    assert spark([]) == []


def test_sides_stand_by_name_and_keep_their_colour() -> None:
    def source(side: str | None) -> SourceRef:
        return SourceRef(id="x", name="X", kind=SourceKind.FEED, publisher=Publisher.STATE, side=side)

    sources = [source(side) for side in ("tiraspol", None, "moldova", "tiraspol")]
    assert sides_of(sources) == ["moldova", "tiraspol"]
    assert colours_of(sources) == {"moldova": 0, "tiraspol": 1}
    assert max(colours_of([source(f"side{chr(97 + n)}") for n in range(12)]).values()) == 6
