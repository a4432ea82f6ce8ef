"""Terms compiled: the words to look each up by, and what must then stand in the text.

Folded texts hold letters, blanks and the signs of SEPARATORS. A token is what stands between blanks and the signs other
than apostrophes, hyphens and quotation marks, behind which an ending may stand. An ending stays within its token.
"""

import re
from collections.abc import Iterator
from functools import cache, cached_property

from ceasewire.conflict.model import TermEntry
from ceasewire.conflict.normalise import Normaliser
from ceasewire.conflict.terms import Alternative, Ending, Step, Word

ADJACENT_MOST = 3  # signs between adjacent words
ADJACENT = rf"(?:[ '\-\t\n]{{1,{ADJACENT_MOST}}}|(?<=\d):(?=\d))"  # a colon parts a score's figures: 2:1
# Other words between two steps: never over a field's end, the end of a sentence or an empty line.
BETWEEN = r"(?:[^\w.!?;։\n\x00]|\.(?=\w)|\n(?!\n)|(?<=\b\w)\.)+"
LETTERS = re.compile(r"\w+")


class Fold:
    """Folds the stems of a language, to ASCII letters where its texts are."""

    def __init__(self, normaliser: Normaliser, language: str, *, plain: bool) -> None:
        self._normaliser = normaliser
        self._plain = plain and normaliser.folds_plain(language)

    def __call__(self, stem: str) -> str:
        """The stem as it stands in folded texts."""
        folded = self._normaliser.fold_term(stem)
        return self._normaliser.plain(folded) if self._plain else folded


class Pattern:
    """One term compiled. Raises ValueError if a stem folds to nothing.

    `keys`: what the automaton finds its first word by; a blank at their end closes the word. `ending`: of a term of one
    word of letters, else None. `seconds`, `reach`: keys of which one must be among the next `reach` words of a longer
    term; none if it may end after its first.
    """

    def __init__(self, entry: TermEntry, order: int, fold: Fold, endings: str) -> None:
        first = next(entry.term.words())
        self.entry = entry
        self.order = order  # of the term in the file
        self.keys = {next(_keys(alternative, fold)) for alternative in entry.term.steps[0].alternatives}
        self.ending = _compiled(_after(first, endings)) if _is_simple(entry.term.steps, fold) else None
        self.seconds, self.reach = _seconds(entry.term.steps, fold)
        self.cased = first.stem if first.cased else ""
        self.spelled = first.stem.casefold() if first.spelled else ""
        self.conditional = bool(entry.dated or self.cased or self.spelled or entry.not_if_quoted)
        self._fold = fold
        self._endings = endings

    @cached_property
    def expression(self) -> "re.Pattern[str]":
        """The whole term, compiled when a text first needs it."""
        return re.compile(expression(self.entry.term.steps, self._fold, self._endings))


def expression(steps: tuple[Step, ...], fold: Fold, endings: str, *, named: bool = False) -> str:
    """A longer term's regular expression; `named`: each step in a group of its own, step0, step1, …"""
    parts: list[str] = []
    for at, step in enumerate(steps):
        if parts:
            parts.append(rf"(?:{BETWEEN}\w+){{0,{step.gap}}}?{BETWEEN}" if step.gap else ADJACENT)
        alternatives = [ADJACENT.join(_word(word, fold, endings) for word in one) for one in step.alternatives]
        group = f"?P<step{at}>" if named else "?:"
        parts.append(alternatives[0] if len(alternatives) == 1 and not named else f"({group}{'|'.join(alternatives)})")
    return "".join(parts)


def _word(word: Word, fold: Fold, endings: str) -> str:
    stem = ADJACENT.join(re.escape(part) for part in re.split(r"[\s'\-]+", fold(word.stem)) if part)
    before = ('(?<=")' if word.quoted else "") + ("(?<!-)" if word.unhyphened else "")
    return before + stem + _after(word, endings)


def _after(word: Word, endings: str) -> str:
    inner = _ending(word.ending, endings)
    if not word.closed:
        return inner
    return inner + (f'"{_ending(word.outer, endings)}' if word.outer else '(?=")')


def _ending(ending: Ending, inflection: str) -> str:
    if ending is Ending.ANY:
        return r"\w*"
    return (inflection if ending is Ending.INFLECTED else "") + r"(?!\w)"


@cache
def _compiled(source: str) -> "re.Pattern[str]":
    return re.compile(source)


def _is_simple(steps: tuple[Step, ...], fold: Fold) -> bool:
    """One word of letters, without a condition on what stands before it?"""
    words = [word for step in steps for alternative in step.alternatives for word in alternative]
    unmarked = not (words[0].quoted or words[0].unhyphened)
    return len(words) == 1 and unmarked and LETTERS.fullmatch(fold(words[0].stem)) is not None


def _keys(words: Alternative, fold: Fold) -> Iterator[str]:
    """The automaton's key of each run of letters, closed by a blank where it must end there."""
    for word in words:
        stem = fold(word.stem)
        runs = list(LETTERS.finditer(stem))
        if not runs:
            raise ValueError(f"term {word.stem!r} folds to nothing")
        for run in runs:
            whole = run.end() < len(stem) or (word.ending is Ending.NONE and not word.closed)
            yield f" {run.group()} " if whole else f" {run.group()}"


def _seconds(steps: tuple[Step, ...], fold: Fold) -> tuple[frozenset[str], int]:
    seconds: set[str] = set()
    reach = 1
    for alternative in steps[0].alternatives:
        keys = list(_keys(alternative, fold))
        if len(keys) > 1:
            seconds.add(keys[1])
        elif len(steps) == 1:
            return frozenset(), 0
        else:
            seconds.update(next(_keys(one, fold)) for one in steps[1].alternatives)
            reach = steps[1].gap + 1
    return frozenset(seconds), reach
