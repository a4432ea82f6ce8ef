"""Why: the words that made an item match a query, each with the text around it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ceasewire.pipeline.query import ANY_SALIENCE, AlertQuery
from ceasewire.store.views import ItemView
from ceasewire.words import Term, fold

AROUND = 60  # characters shown on either side of a match
PER_LABEL, IN_ALL = 3, 8  # matches shown
FIELDS = ("title", "text", "translation.title", "translation.text")

_RAW_WORD = re.compile(r"\w(?:\S*\w)?")
_WITHIN = {
    "original": ("title", "text"),
    "translation": ("translation.title", "translation.text"),
}


@dataclass(frozen=True, slots=True)
class Context:
    """A match where it stands: `label` is what it is evidence of, `field` one of `FIELDS`."""

    label: str
    field: str
    before: str
    match: str
    after: str


@dataclass(frozen=True, slots=True)
class _Span:
    label: str
    field: str
    start: int
    end: int


def contexts(query: AlertQuery, item: ItemView) -> list[Context]:
    """What the query found in the item: its tags' evidence and its words, else what made the item relevant."""
    texts = _texts(item)
    found = [*_of_tags(query, item), *_of_words(query, texts)] or list(_of_verdict(query, item))
    shown: dict[tuple[str, int, int], _Span] = {}
    by_label: dict[str, int] = {}
    for span in found:
        place = (span.field, span.start, span.end)
        if place in shown or by_label.get(span.label, 0) >= PER_LABEL:
            continue
        if span.end <= len(texts.get(span.field, "")):
            shown[place] = span
            by_label[span.label] = by_label.get(span.label, 0) + 1
    return [_context(span, texts[span.field]) for span in islice(shown.values(), IN_ALL)]


def _texts(item: ItemView) -> dict[str, str]:
    texts = {"title": item.title, "text": item.text}
    if item.translation is not None:
        texts |= {"translation.title": item.translation.title, "translation.text": item.translation.text}
    return texts


def _of_tags(query: AlertQuery, item: ItemView) -> Iterator[_Span]:
    asked = {"topic": query.topics, "actor": query.actors, "place": query.places}
    for tag in item.tags:
        counts = query.salience in (ANY_SALIENCE, tag.salience) and query.conflict in (None, tag.conflict)
        if counts and tag.id in asked[tag.kind]:
            yield from _spans(f"{tag.kind} {tag.id}", tag.evidence)


def _of_verdict(query: AlertQuery, item: ItemView) -> Iterator[_Span]:
    for one in item.assessments:
        if query.conflict in (None, one.conflict):
            yield from _spans(f"conflict {one.conflict}", (e for e in one.evidence if e.get("weight", 1.0) > 0))


def _spans(label: str, evidence: Iterable[Mapping[str, Any]]) -> Iterator[_Span]:
    return (_Span(label, one["field"], one["start"], one["end"]) for one in evidence)


# --- words of the query ----------------------------------------------------------------------------------------


def _of_words(query: AlertQuery, texts: Mapping[str, str]) -> Iterator[_Span]:
    if query.words is None:
        return
    folded = {field: _folded(texts.get(field, "")) for field in _WITHIN.get(query.words_in, FIELDS)}
    for term in (term for group in query.words.all_of for term in group):
        for field, words in folded.items():
            yield from (_Span(f"words {_written(term)}", field, *place) for place in _places(term, words))


def _folded(text: str) -> list[tuple[str, int, int]]:
    """Folded words, each with the place of the written one that it comes from."""
    return [
        (word, match.start(), match.end()) for match in _RAW_WORD.finditer(text) for word in fold(match.group()).split()
    ]


def _places(term: Term, words: Sequence[tuple[str, int, int]]) -> Iterator[tuple[int, int]]:
    wanted = term.words
    for at in range(len(words) - len(wanted) + 1):
        found = [word for word, _, _ in words[at : at + len(wanted)]]
        last = found[-1].startswith(wanted[-1]) if term.prefix else found[-1] == wanted[-1]
        if last and found[:-1] == list(wanted[:-1]):
            yield words[at][1], words[at + len(wanted) - 1][2]


def _written(term: Term) -> str:
    return f"“{' '.join(term.words)}{'*' if term.prefix else ''}”"


# --- the text around -------------------------------------------------------------------------------------------


def _context(span: _Span, text: str) -> Context:
    before, after = text[: span.start], text[span.end :]
    if len(before) > AROUND:
        before = "… " + before[-AROUND:].partition(" ")[2]
    if len(after) > AROUND:
        after = after[:AROUND].rpartition(" ")[0] + " …"
    return Context(span.label, span.field, _line(before), _line(text[span.start : span.end]), _line(after))


def _line(text: str) -> str:
    """In one line, with the spaces at its ends kept."""
    return re.sub(r"\s+", " ", text)
