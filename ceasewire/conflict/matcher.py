"""All terms of all languages in one pass: Aho-Corasick over first words, then each candidate verified in place.

The automaton (pyahocorasick) runs over the folded text with every separator turned into a space. Its keys are the first
words of the terms with a space before them, so that it never stops inside a word. Few positions remain; there a term
of one word checks its ending, a longer one runs a regular expression compiled when first needed.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import Any

import ahocorasick

from ceasewire.conflict.model import TermEntry
from ceasewire.conflict.normalise import SEPARATORS, Folded, Normaliser
from ceasewire.conflict.terms import Alternative, Ending, Step, Word

FIELD_BREAK = "\x00"
ADJACENT = r"[ '\-\t\n]{1,3}"
# Other words between two steps: never over a field's end, the end of a sentence or an empty line.
BETWEEN = r"(?:[^\w.!?;։\n\x00]|\.(?=\w)|\n(?!\n)|(?<=\b\w)\.)+"
FIRST_WORD = re.compile(r"\w+")
# Languages written alike: a term of one may be another word in the next ("stat*", "mine").
LATIN = frozenset({"en", "az", "tr", "fr", "de", "es", "it", "pt", "pl", "ro", "nl", "sv"})
CYRILLIC = frozenset({"ru", "uk", "be", "bg", "sr", "mk", "kk", "ky"})
ARABIC = frozenset({"fa", "ar", "ur", "ps", "ckb"})


class Document:
    """A title and a text folded as one. `lead`: folded offset where title and lead end."""

    def __init__(self, normaliser: Normaliser, title: str, text: str, lead_chars: int) -> None:
        self.title_length = len(title)
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


class _Pattern:
    """One term compiled. The regular expression of a longer term is built when a text first needs it."""

    def __init__(self, entry: TermEntry, ending: "re.Pattern[str] | None", source: str, needs: frozenset[str]) -> None:
        first = next(entry.term.words())
        self.entry = entry
        self.language = entry.language
        self.ending: Any = ending  # of a term of one plain word, else None; its stem is known from the automaton
        self.needs = needs  # of a longer one: keys of its second word, one of which must be in the text
        self.cased = first.stem if first.cased else ""
        self.spelled = first.stem.casefold() if first.spelled else ""
        self.conditional = bool(entry.dated or self.cased or self.spelled or entry.not_if_quoted)
        self._source = source

    @cached_property
    def expression(self) -> "re.Pattern[str]":
        """Of a term of several words."""
        return re.compile(self._source)


class Matcher:
    """Finds the terms of one conflict in a document."""

    def __init__(self, entries: Iterable[TermEntry], normaliser: Normaliser, endings: Mapping[str, str]) -> None:
        self._normaliser = normaliser
        self._endings = endings
        self._ending_patterns: dict[str, re.Pattern[str]] = {}
        self._languages = tuple(endings)
        self.languages_for = lru_cache(maxsize=64)(self._languages_for)
        self._grouped = lru_cache(maxsize=4096)(self._expression_by_step)
        entries = list(entries)
        self._keyed = {plain: self._patterns(entries, plain=plain) for plain in (False, True)}
        self._automata: dict[tuple[bool, frozenset[str]], Any] = {}

    def _languages_for(self, language: str | None) -> frozenset[str]:
        """The term lists to read a text with: its own, and those of scripts that cannot be mistaken for it.

        Without a known language, all of them.
        """
        if language is None or language not in self._languages:
            return frozenset(self._languages)
        rivals = next((group for group in (LATIN, CYRILLIC, ARABIC) if language in group), frozenset())
        if language not in LATIN:
            rivals |= LATIN - {"en"}  # a Latin word in it is most likely English
        return frozenset(code for code in self._languages if code == language or code not in rivals)

    def document(self, title: str, text: str, lead_chars: int) -> Document:
        """Fold a title and a text for matching."""
        return Document(self._normaliser, title, text, lead_chars)

    def find(self, document: Document, language: str | None, day: date | None) -> list[Match]:
        """Every match, in the order of the text; overlapping ones of a concept are all there."""
        plain = document.plain and self._reads_plain(language)
        if not self._keyed[plain]:
            return []
        automaton = self._automaton(plain, self.languages_for(language))
        text = document.text
        found: list[Match] = []
        present: set[str] = set()
        longer: list[tuple[int, tuple[_Pattern, ...]]] = []
        for last, (key, stem, alone, several) in automaton.iter(f" {_words_only(text)} "):
            start = last - len(key) + 1
            present.add(key)
            for pattern in alone:
                ended = pattern.ending.match(text, start + stem)
                if ended and (not pattern.conditional or self._holds(pattern, document, start, ended.end(), day)):
                    found.append(Match(pattern.entry, start, ended.end()))
            if several:
                longer.append((start, several))
        for start, several in longer:
            for pattern in several:
                if pattern.needs and pattern.needs.isdisjoint(present):
                    continue
                ended = pattern.expression.match(text, start)
                if ended and (not pattern.conditional or self._holds(pattern, document, start, ended.end(), day)):
                    found.append(Match(pattern.entry, start, ended.end()))
        found.sort(key=attrgetter("start", "end"))
        return found

    def words(self, match: Match, document: Document, language: str | None) -> list[tuple[int, int]]:
        """Folded spans of the words a match rests on, without its gaps; `language` as it was found in."""
        steps = match.entry.term.steps
        if len(steps) == 1:
            return [(match.start, match.end)]
        plain = document.plain and self._reads_plain(language)
        found = self._grouped(match.entry, plain).match(document.text, match.start)
        return [found.span(f"step{at}") for at in range(len(steps))] if found else [(match.start, match.end)]

    def _expression_by_step(self, entry: TermEntry, plain: bool) -> "re.Pattern[str]":
        fold = self._folder(entry.language, plain)
        return re.compile(_expression(entry.term.steps, fold, self._endings[entry.language], named=True))

    def _reads_plain(self, language: str | None) -> bool:
        return language not in self._languages or self._normaliser.folds_plain(language or "")

    def _holds(self, pattern: _Pattern, document: Document, start: int, end: int, day: date | None) -> bool:
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

    def _patterns(self, entries: list[TermEntry], *, plain: bool) -> dict[str, list[_Pattern]]:
        """All terms compiled, by the automaton's keys; keys without a term are second words."""
        keyed: dict[str, list[_Pattern]] = defaultdict(list)
        for entry in entries:
            fold = self._folder(entry.language, plain)
            pattern = self._compile(entry, fold)
            for key in {_key(alternative[0], fold) for alternative in entry.term.steps[0].alternatives}:
                keyed[key].append(pattern)
            for key in pattern.needs:
                keyed.setdefault(key, [])
        return keyed

    def _automaton(self, plain: bool, languages: frozenset[str]) -> Any:
        """The automaton of some languages' terms, built when a text first needs it."""
        known = self._automata.get((plain, languages))
        if known is not None:
            return known
        automaton = ahocorasick.Automaton()
        for key, every in self._keyed[plain].items():
            patterns = [pattern for pattern in every if pattern.language in languages]
            alone = tuple(pattern for pattern in patterns if pattern.ending is not None)
            several = tuple(pattern for pattern in patterns if pattern.ending is None)
            automaton.add_word(key, (key, len(key.strip()), alone, several))
        automaton.make_automaton()
        self._automata[plain, languages] = automaton
        return automaton

    def _folder(self, language: str, plain: bool) -> "_Fold":
        folds = plain and self._normaliser.folds_plain(language)
        return _Fold(self._normaliser, folds)

    def _compile(self, entry: TermEntry, fold: "_Fold") -> _Pattern:
        steps = entry.term.steps
        first = steps[0].alternatives[0][0]
        alone = len(steps) == 1 and len(steps[0].alternatives) == 1 and len(steps[0].alternatives[0]) == 1
        simple = alone and not (first.quoted or first.unhyphened) and FIRST_WORD.fullmatch(fold(first.stem))
        if simple:
            return _Pattern(entry, self._ending(first.ending, entry.language), "", frozenset())
        return _Pattern(entry, None, _expression(steps, fold, self._endings[entry.language]), _needs(steps, fold))

    def _ending(self, ending: Ending, language: str) -> "re.Pattern[str]":
        source = _ending_source(ending, self._endings[language])
        if source not in self._ending_patterns:
            self._ending_patterns[source] = re.compile(source)
        return self._ending_patterns[source]


class _Fold:
    """Folds a stem for one of the two automata."""

    def __init__(self, normaliser: Normaliser, plain: bool) -> None:
        self._normaliser = normaliser
        self._plain = plain

    def __call__(self, stem: str) -> str:
        folded = self._normaliser.fold_term(stem)
        return self._normaliser.plain(folded) if self._plain else folded


def _words_only(text: str) -> str:
    """A folded text with a space in the place of every separator."""
    for separator in SEPARATORS:
        text = text.replace(separator, " ")
    return text


def _key(word: Word, fold: _Fold) -> str:
    """The automaton's key: the first run of letters, closed by a space if the word must end there."""
    folded = fold(word.stem)
    found = FIRST_WORD.search(folded)
    if found is None:
        raise ValueError(f"term {word.stem!r} folds to nothing")
    whole = found.end() < len(folded) or (word.ending is Ending.NONE and not word.closed)
    return f" {found.group()} " if whole else f" {found.group()}"


def _needs(steps: tuple[Step, ...], fold: _Fold) -> frozenset[str]:
    """Keys of the words that can come second; empty if the term may end after the first."""
    seconds = [alternative[1] for alternative in steps[0].alternatives if len(alternative) > 1]
    if len(seconds) < len(steps[0].alternatives):
        seconds += [alternative[0] for step in steps[1:2] for alternative in step.alternatives]
        if len(steps) == 1:
            return frozenset()
    return frozenset(_key(word, fold) for word in seconds)


def _expression(steps: tuple[Step, ...], fold: _Fold, endings: str, *, named: bool = False) -> str:
    """A longer term's regular expression; `named`: each step in a group of its own, step0, step1, …"""
    parts: list[str] = []
    for at, step in enumerate(steps):
        if parts:
            parts.append(rf"(?:{BETWEEN}\w+){{0,{step.gap}}}?{BETWEEN}" if step.gap else ADJACENT)
        alternatives = [_alternative(one, fold, endings) for one in step.alternatives]
        group = f"?P<step{at}>" if named else "?:"
        parts.append(alternatives[0] if len(alternatives) == 1 and not named else f"({group}{'|'.join(alternatives)})")
    return "".join(parts)


def _alternative(words: Alternative, fold: _Fold, endings: str) -> str:
    return ADJACENT.join(_word(word, fold, endings) for word in words)


def _word(word: Word, fold: _Fold, endings: str) -> str:
    stem = ADJACENT.join(re.escape(part) for part in re.split(r"[\s'\-]+", fold(word.stem)) if part)
    before = ('(?<=")' if word.quoted else "") + ("(?<!-)" if word.unhyphened else "")
    if not word.closed:
        return before + stem + _ending_source(word.ending, endings)
    inner = _ending_source(word.ending, endings)
    after = f'"{_ending_source(word.outer, endings)}' if word.outer else '(?=")'
    return before + stem + inner + after


def _ending_source(ending: Ending, inflection: str) -> str:
    if ending is Ending.ANY:
        return r"\w*"
    return (inflection if ending is Ending.INFLECTED else "") + r"(?!\w)"


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
