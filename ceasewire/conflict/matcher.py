"""All terms of all languages found in one pass over a folded text, and the conditions that they put on the original.

A term of one word is found by its stem, which the automaton meets, and its ending. A longer one runs its regular
expression where its first word stands and one that can be its second follows within reach.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache

from ceasewire.conflict.lexicon import Lexicon
from ceasewire.conflict.model import TermEntry
from ceasewire.conflict.normalise import Folded, Normaliser
from ceasewire.conflict.patterns import Fold, Pattern, expression
from ceasewire.conflict.scripts import SCRIPTS

FIELD_BREAK = "\x00"


class Document:
    """A title and a text folded as one. `lead`: folded offset where title and lead end."""

    def __init__(self, normaliser: Normaliser, title: str, text: str, lead_chars: int) -> None:
        self.folded: Folded = normaliser.fold(f"{title}{FIELD_BREAK}{text}" if title else text)
        self.offset = len(title) + 1 if title else 0  # of the text in the original
        self.text = self.folded.text
        self.lead = self._folded_offset(self.offset + lead_chars)
        self.plain = normaliser.is_plain(self.folded.original)

    def _folded_offset(self, original: int) -> int:
        if self.folded.starts is None:
            return original
        return bisect_left(self.folded.starts, original)

    def locate(self, start: int, end: int) -> tuple[str, int, int, str]:
        """Field (title or text), start, end and slice of a folded span, in the original field."""
        first, last = self.folded.span(start, end)
        piece = self.folded.original[first:last]
        if first < self.offset:
            return "title", first, last, piece
        return "text", first - self.offset, last - self.offset, piece


class Match:
    """A term found at a folded span. `dropped` says why it does not count."""

    __slots__ = ("dropped", "end", "entry", "start")

    def __init__(self, entry: TermEntry, start: int, end: int) -> None:
        self.entry = entry
        self.start = start
        self.end = end
        self.dropped = ""


class Matcher:
    """Finds the terms of one conflict in a document."""

    def __init__(self, entries: Iterable[TermEntry], normaliser: Normaliser, endings: Mapping[str, str]) -> None:
        self._normaliser = normaliser
        self._endings = endings
        self._languages = tuple(endings)
        self.languages_for = lru_cache(maxsize=64)(self._languages_for)
        self._by_step = lru_cache(maxsize=4096)(self._expression_by_step)
        self._entries = tuple(entries)
        self._patterns = {plain: self._compile(plain=plain) for plain in (False, True)}
        self._lexicons: dict[tuple[bool, frozenset[str]], Lexicon] = {}

    def _languages_for(self, language: str | None) -> frozenset[str]:
        """The term lists to read a text with: its own, and those of scripts that cannot be mistaken for it.

        Without a known language, all of them.
        """
        if language is None or language not in self._languages:
            return frozenset(self._languages)
        rivals = next((group for group in SCRIPTS.values() if language in group), frozenset())
        if language not in SCRIPTS["Latin"]:
            rivals |= SCRIPTS["Latin"] - {"en"}  # a Latin word in it is most likely English
        return frozenset(code for code in self._languages if code == language or code not in rivals)

    def document(self, title: str, text: str, lead_chars: int) -> Document:
        """Fold a title and a text for matching."""
        return Document(self._normaliser, title, text, lead_chars)

    def find(self, document: Document, language: str | None, day: date | None) -> list[Match]:
        """Every match, in the order of the text; overlapping ones of a concept are all there."""
        plain = document.plain and self._reads_plain(language)
        patterns = self._patterns[plain]
        lexicon = self._lexicon(plain, self.languages_for(language))
        return [
            Match(pattern.entry, start, end)
            for start, end, order in sorted(lexicon.find(document.text))
            if not (pattern := patterns[order]).conditional or self._holds(pattern, document, start, end, day)
        ]

    def words(self, match: Match, document: Document, language: str | None) -> list[tuple[int, int]]:
        """Folded spans of the words a match rests on, without its gaps; `language` as it was found in."""
        steps = match.entry.term.steps
        if len(steps) == 1:
            return [(match.start, match.end)]
        plain = document.plain and self._reads_plain(language)
        found = self._by_step(match.entry, plain).match(document.text, match.start)
        return [found.span(f"step{at}") for at in range(len(steps))] if found else [(match.start, match.end)]

    def _expression_by_step(self, entry: TermEntry, plain: bool) -> "re.Pattern[str]":
        fold = Fold(self._normaliser, entry.language, plain=plain)
        return re.compile(expression(entry.term.steps, fold, self._endings[entry.language], named=True))

    def _reads_plain(self, language: str | None) -> bool:
        return language not in self._languages or self._normaliser.folds_plain(language or "")

    def _holds(self, pattern: Pattern, document: Document, start: int, end: int, day: date | None) -> bool:
        """The conditions beyond the letters: date, capitals, quotation marks, spelling."""
        entry = pattern.entry
        if entry.dated and not entry.counts_on(day):
            return False
        if pattern.cased:
            first, last = document.folded.span(start, end)
            if not document.folded.original[first:last].startswith(pattern.cased):
                return False
        if entry.not_if_quoted and _is_quoted(document.text, start, end):
            return False
        return not pattern.spelled or document.plain or _is_spelled(pattern.spelled, document, start)

    def _compile(self, *, plain: bool) -> list[Pattern]:
        folds = {language: Fold(self._normaliser, language, plain=plain) for language in self._languages}
        return [
            Pattern(entry, order, folds[entry.language], self._endings[entry.language])
            for order, entry in enumerate(self._entries)
        ]

    def _lexicon(self, plain: bool, languages: frozenset[str]) -> Lexicon:
        """The lexicon of some languages' terms, built when a text first needs it."""
        known = self._lexicons.get((plain, languages))
        if known is None:
            patterns = (pattern for pattern in self._patterns[plain] if pattern.entry.language in languages)
            known = self._lexicons[plain, languages] = Lexicon(patterns)
        return known


def _is_quoted(text: str, start: int, end: int) -> bool:
    """A name in quotation marks of its own, as «Name» or “Name”s; not a quotation that starts with the name."""
    return start > 0 and text[start - 1] == '"' and '"' in text[start : end + 1]


def _is_spelled(stem: str, document: Document, start: int) -> bool:
    """Are dotted and dotless i in the original as in the stem? A capital I may be either."""
    for index, letter in enumerate(stem):
        first, last = document.folded.span(start + index, start + index + 1)
        written = document.folded.original[first:last]
        if letter in "ıi" and written in "ıi" and written != letter:
            return False
    return True
