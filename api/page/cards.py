"""Items prepared for the templates: evidence marked, long texts cut, days parted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from api.page.highlight import Mark, Segment, excerpt, marks_of, segments
from api.page.wording import day, direction
from api.schemas import ItemOut, StoryOut


@dataclass(frozen=True, slots=True)
class Passage:
    """A text in marked stretches; `before` and `after`: it was cut there."""

    parts: Sequence[Segment]
    before: bool = False
    after: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """An item with its texts ready to print."""

    item: ItemOut
    direction: str
    title: Sequence[Segment]
    text: Passage
    translated_title: Sequence[Segment]
    translated_text: Passage
    story: StoryOut | None = None  # with the copies that are folded into this card


def make_card(item: ItemOut, *, whole: bool = False) -> Card:
    """Prepare one item; `whole` leaves its texts uncut."""
    translation = item.translation
    translated_title, translated_text = (translation.title, translation.text) if translation else ("", "")
    return Card(
        item=item,
        direction=direction(item.language.code if item.language else None),
        title=segments(item.title, marks_of(item.tags, "title")),
        text=_passage(item.text, marks_of(item.tags, "text"), whole, cut=item.text_cut),
        translated_title=segments(translated_title, marks_of(item.tags, "translation.title")),
        translated_text=_passage(translated_text, marks_of(item.tags, "translation.text"), whole, cut=item.text_cut),
    )


def by_day(cards: Iterable[Card]) -> list[tuple[str, list[Card]]]:
    """Cards under the day, UTC, that they were published on; the order stays."""

    def published_on(card: Card) -> date:
        return card.item.published_at.date()

    groups = ((list(group)) for _, group in groupby(cards, published_on))
    return [(day(group[0].item.published_at), group) for group in groups]


def _passage(text: str, marks: Sequence[Mark], whole: bool, *, cut: bool) -> Passage:
    if whole:
        return Passage(segments(text, marks))
    part = excerpt(text, marks)
    return Passage(segments(text, marks, part.start, part.end), part.before, part.after or cut)
