"""Marks the evidence of tags in a text, and cuts a text to the part worth showing first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from api.schemas import TagOut

EXCERPT = 420
LEAD = 90  # code points kept before the first match when an excerpt starts inside the text


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of a field that made a tag. Offsets in code points of the whole field."""

    start: int
    end: int
    kind: str
    tag: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text under the same marks. `kinds` of all of them parted by spaces, empty for plain text."""

    text: str
    kinds: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Part of a text: `text == whole[start:end]`."""

    start: int
    end: int
    before: bool
    after: bool


def marks_of(tags: Iterable[TagOut], field: str) -> list[Mark]:
    """The evidence that lies in `field`; derived tags only repeat that of their children."""
    return [
        Mark(one.start, one.end, tag.kind.value, f"{tag.kind.value}-{tag.id}")
        for tag in tags
        if not tag.derived
        for one in tag.evidence
        if one.field == field
    ]


def segments(text: str, marks: Sequence[Mark], start: int = 0, end: int | None = None) -> list[Segment]:
    """`text[start:end]` in stretches, split wherever a mark begins or ends. Marks outside the text are ignored."""
    end = len(text) if end is None else min(end, len(text))
    inside = [mark for mark in marks if start <= mark.start < mark.end <= len(text) and mark.start < end]
    cuts = sorted({start, end} | {min(cut, end) for mark in inside for cut in (mark.start, mark.end)})
    return [_segment(text[a:b], a, b, inside) for a, b in pairwise(cuts) if a < b]


def plain(parts: Iterable[Segment]) -> str:
    """The text of some stretches without their marks."""
    return "".join(part.text for part in parts)


def excerpt(text: str, marks: Sequence[Mark], length: int = EXCERPT) -> Excerpt:
    """About `length` code points: the beginning, or where the first match lies if the beginning has none."""
    if len(text) <= length * 5 // 4:
        return Excerpt(0, len(text), before=False, after=False)
    first = min((mark.start for mark in marks), default=0)
    start = 0 if first < length - LEAD else _word_start(text, first - LEAD)
    end = _word_end(text, start + length)
    return Excerpt(start, end, before=start > 0, after=end < len(text))


def _segment(text: str, start: int, end: int, marks: Sequence[Mark]) -> Segment:
    over = [mark for mark in marks if mark.start <= start and end <= mark.end]
    kinds = " ".join(sorted({mark.kind for mark in over}))
    return Segment(text, kinds, tuple(dict.fromkeys(mark.tag for mark in over)))


def _word_start(text: str, at: int) -> int:
    while at > 0 and not text[at - 1].isspace():
        at -= 1
    return at


def _word_end(text: str, at: int) -> int:
    while at < len(text) and not text[at].isspace():
        at += 1
    return min(at, len(text))
