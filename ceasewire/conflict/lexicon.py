"""The words that terms begin or go on with, and the automaton that finds them in a folded text."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import ahocorasick

from ceasewire.conflict.normalise import SEPARATORS
from ceasewire.conflict.patterns import ADJACENT_MOST, Pattern

INSIDE = "\"'-"  # separators that may stand before an ending; the others end a token
SIGNS = "".join(sign for sign in SEPARATORS if sign not in INSIDE)
Places = list[tuple[int, int]]  # offset of a first word, and of its token's end


class Longer:
    """The terms that have a first word in common and are more than that word with an ending.

    `by_second`: by the keys of their second word; `always`: those that may end after the first.
    """

    __slots__ = ("always", "by_second")

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self.by_second: dict[str, tuple[Pattern, ...]] = {}
        self.always = tuple(pattern for pattern in patterns if not pattern.seconds)
        for pattern in patterns:
            for key in pattern.seconds:
                self.by_second[key] = (*self.by_second.get(key, ()), pattern)

    def candidates(
        self, places: Places, seconds: Mapping[str, list[int]], spaced: str
    ) -> Iterator[tuple[Pattern, int]]:
        """The terms that have a second word in reach, each with the offset where it may begin.

        `seconds`: offsets of the words of the text, in their order, by key; `spaced`: the text without separators.
        """
        for pattern in self.always:
            yield from ((pattern, start) for start, _ in places)
        for key in self.by_second.keys() & seconds.keys():
            offsets = seconds[key]
            for start, end in places:
                at = bisect_right(offsets, start)
                if at < len(offsets):
                    second = offsets[at]
                    for pattern in self.by_second[key]:
                        if _in_reach(spaced, end, second, pattern.reach):
                            yield pattern, start


def _in_reach(spaced: str, end: int, second: int, reach: int) -> bool:
    """Do fewer than `reach` words stand between a token and a second word?"""
    if second <= end + ADJACENT_MOST:
        return True
    return reach > 1 and len(spaced[end:second].split(None, reach)) < reach


class Hit(NamedTuple):
    """What a key of the automaton stands for."""

    key: str
    words: tuple[tuple[Callable[..., Any], int, int], ...]  # terms of one word: ending's match, letters of stem, order
    longer: Longer | None
    second: bool


class Lexicon:
    """Finds the words of some terms.

    The automaton (pyahocorasick) runs over the text with every separator turned into a space. Its keys have a space
    before them, so that it never stops inside a word.
    """

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        by_key: dict[str, list[Pattern]] = defaultdict(list)
        seconds: set[str] = set()
        for pattern in patterns:
            seconds |= pattern.seconds
            for key in pattern.keys:
                by_key[key].append(pattern)
        self._automaton = ahocorasick.Automaton()
        for key in by_key.keys() | seconds:
            self._automaton.add_word(key, _hit(key, by_key.get(key, []), second=key in seconds))
        self._automaton.make_automaton()

    def find(self, text: str) -> set[tuple[int, int, int]]:
        """Start, end and order of every term whose letters stand in a folded text."""
        found: set[tuple[int, int, int]] = set()
        if not self._automaton:
            return found
        tokens = _spaced(text, SIGNS)
        spaced = _spaced(tokens, INSIDE)
        begun: dict[Longer, Places] = defaultdict(list)
        seconds: dict[str, list[int]] = defaultdict(list)
        for last, (key, words, longer, second) in self._automaton.iter(f" {spaced} "):
            start = last - len(key) + 1
            for match, stem, order in words:
                if ended := match(text, start + stem):
                    found.add((start, ended.end(), order))
            if longer is not None:
                end = tokens.find(" ", start)
                begun[longer].append((start, end if end >= 0 else len(text)))
            if second:
                seconds[key].append(start)
        for longer, places in begun.items():
            for pattern, start in longer.candidates(places, seconds, spaced):
                if ended := pattern.expression.match(text, start):
                    found.add((start, ended.end(), pattern.order))
        return found


def _hit(key: str, patterns: list[Pattern], *, second: bool) -> Hit:
    stem = len(key.strip())
    words = tuple((pattern.ending.match, stem, pattern.order) for pattern in patterns if pattern.ending)
    longer = [pattern for pattern in patterns if not pattern.ending]
    return Hit(key, words, Longer(longer) if longer else None, second)


def _spaced(text: str, signs: str) -> str:
    """The text with a space in the place of each of the signs."""
    for sign in signs:
        text = text.replace(sign, " ")
    return text
