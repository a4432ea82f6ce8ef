"""Sides: those that the sources' file names, in one order and one colour each on all views; and what each tells."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from api.page.cards import Card
from api.page.chart import COLOURS
from api.schemas import ItemOut, SourceRef


@dataclass(frozen=True, slots=True)
class Column:
    """What one side's sources tell. `first` None: they are silent, and `last` is what they said before, if anything."""

    side: str
    colour: int
    count: int
    cards: Sequence[Card]
    first: ItemOut | None = None
    last: ItemOut | None = None
    more: str = ""  # address of all its items
    near: bool = False  # the cards are not the story itself but what the side said on its topics at the time


def sides_of(sources: Iterable[SourceRef]) -> list[str]:
    """All sides by name: no side comes first for any other reason than its letter."""
    return sorted({one.side for one in sources if one.side})


def colours_of(sources: Iterable[SourceRef]) -> Mapping[str, int]:
    """The number of each side's colour."""
    return {side: min(number, COLOURS - 1) for number, side in enumerate(sides_of(sources))}


def ranked(columns: Sequence[Column]) -> list[tuple[Column, float]]:
    """The sides that spoke, the first one first, with the seconds by which each came after it."""
    spoke = sorted((at, one.side, one) for one in columns if (at := _first_at(one)) is not None)
    return [(one, (at - spoke[0][0]).total_seconds()) for at, _, one in spoke]


def silent(columns: Sequence[Column]) -> list[Column]:
    """The sides that told nothing."""
    return [one for one in columns if one.first is None]


def _first_at(column: Column) -> datetime | None:
    return None if column.first is None else column.first.published_at
