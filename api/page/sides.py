"""Sides: those that the sources' file names, in one order and with one colour each on all views."""

from collections.abc import Iterable, Mapping

from api.page.chart import COLOURS
from api.schemas import SourceRef

NO_SIDE = ""


def sides_of(sources: Iterable[SourceRef]) -> list[str]:
    """All sides by name: no side comes first for any other reason than its letter."""
    return sorted({one.side for one in sources if one.side})


def colours_of(sources: Iterable[SourceRef]) -> Mapping[str, int]:
    """The number of each side's colour."""
    return {side: min(number, COLOURS - 1) for number, side in enumerate(sides_of(sources))}
