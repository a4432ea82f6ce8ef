"""Text folded for matching, with a map that leads every offset back to the original.

Folding is NFKC and case folding (Unicode Standard, 3.11 and 5.18), then the file's own character map, then look-alike
letters of another script inside a word. Each step may lengthen or shorten the text; offsets survive all of them.
"""

import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

QUOTES = "«»“”„‟″‹›"
APOSTROPHES = "’‘ʼ`′՚"
DASHES = "‐‑‒–—―−֊"
SEPARATORS = "\"'-.!?:;,։\n\x00"  # told apart in a folded text; any other sign, tab or blank becomes a space
UNEVEN = "\ue000"  # stands for a character whose folded form is longer or empty (private use: folds to a space)
UNKNOWN = "\U0010ffff"  # stands for one not met before (no character: folds to a space)
CODE_POINT = np.dtype("<u4")
CYRILLIC = re.compile("[а-яәіїєґ]")
MIXED = re.compile("[a-z](?:(?=[а-яәіїєґ])|(?<=[а-яәіїєґ][a-z]))")  # starts with one set: re scans for it fast
WORD = re.compile(r"\w")
MIXED_WORD = re.compile(r"[a-zа-яәіїєґ]+")
LOOK_ALIKES = str.maketrans("aceopxyiktmhbəs", "асеорхуіктмнвәѕ")
LOOK_ALIKES_BACK = {cyrillic: latin for latin, cyrillic in LOOK_ALIKES.items()}


@dataclass(frozen=True, slots=True)
class Rules:
    """What a conflict file says about folding. `characters`: applied after NFKC and case folding."""

    characters: Mapping[str, str] = field(default_factory=dict)
    dropped: frozenset[str] = frozenset()
    homoglyphs: bool = True
    ascii_fold_if_plain: frozenset[str] = frozenset()  # languages
    plain_letters: Mapping[str, str] = field(default_factory=dict)  # ə -> e and so on


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text. `starts[i]`, `ends[i]`: the original span that character i comes from; None if one to one."""

    original: str
    text: str
    starts: Sequence[int] | None = None
    ends: Sequence[int] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Original offsets of the folded span, at least one character long."""
        if self.starts is None:
            return start, end
        last = self.starts[end - 1] + 1 if self.ends is None else self.ends[end - 1]
        return self.starts[start], last


class _Table:
    """Folded form of each character, worked out when first met; UNEVEN where it is not one character.

    A text is looked up as a whole, as an array of code points: ten times as fast as str.translate outside ASCII.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._codes = np.full(sys.maxunicode + 1, ord(UNKNOWN), dtype=CODE_POINT)
        self.uneven: dict[str, str] = {}

    def translate(self, text: str) -> str:
        """The text with each character folded, as long as before."""
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=CODE_POINT)
        folded = _decode(self._codes[codes])
        if UNKNOWN not in folded:
            return folded
        for character in {original for original, known in zip(text, folded, strict=True) if known == UNKNOWN}:
            self._learn(character)
        return _decode(self._codes[codes])

    def _learn(self, character: str) -> None:
        folded = self.fold(character)
        if len(folded) != 1:
            self.uneven[character] = folded
            folded = UNEVEN
        self._codes[ord(character)] = ord(folded)

    def fold(self, cluster: str) -> str:
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).casefold())
        for old, new in self._rules.characters.items():
            text = text.replace(old, new)
        return "".join(_kept(character) for character in text if character not in self._rules.dropped)


def _decode(codes: "np.ndarray[tuple[int], np.dtype[np.uint32]]") -> str:
    return codes.tobytes().decode("utf-32-le", "surrogatepass")


def _kept(character: str) -> str:
    return character if WORD.match(character) or character in SEPARATORS else " "


class Normaliser:
    """Folds texts by one conflict's rules."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._table = _Table(rules)
        self._plain = str.maketrans(dict(rules.plain_letters))
        letters = "".join(rules.plain_letters)
        self._diacritics = re.compile(f"[{letters}{letters.upper()}ıİәӘ]") if letters else None

    def fold(self, text: str) -> Folded:
        """Fold a text."""
        folded = self._even(text) if unicodedata.is_normalized("NFC", text) else self._clusters(text)
        if self._rules.homoglyphs and CYRILLIC.search(folded.text) and MIXED.search(folded.text):
            fixed = MIXED_WORD.sub(_one_script, folded.text)
            return Folded(text, fixed, folded.starts, folded.ends)
        return folded

    def fold_term(self, stem: str) -> str:
        """A term's stem, as it stands in folded texts."""
        return self._table.fold(stem)

    def is_plain(self, original: str) -> bool:
        """Is it written without any of the letters that ASCII folding replaces, or that only such languages have?"""
        return self._diacritics is not None and not self._diacritics.search(original)

    def plain(self, stem: str) -> str:
        """A folded stem in ASCII letters."""
        return stem.translate(self._plain)

    def folds_plain(self, language: str) -> bool:
        """Does the file fold this language to ASCII?"""
        return language in self._rules.ascii_fold_if_plain

    def _even(self, text: str) -> Folded:
        folded = self._table.translate(text)
        at = folded.find(UNEVEN)
        if at < 0:
            return Folded(text, folded)
        pieces: list[str] = []
        starts: list[int] = []
        position = 0
        while at >= 0:
            piece = self._table.uneven[text[at]]
            pieces += folded[position:at], piece
            starts.extend(range(position, at))
            starts.extend([at] * len(piece))
            position = at + 1
            at = folded.find(UNEVEN, position)
        starts.extend(range(position, len(text)))
        return Folded(text, "".join((*pieces, folded[position:])), starts)

    def _clusters(self, text: str) -> Folded:
        """The slow way, for decomposed text: a letter and its combining marks fold together."""
        folded: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        at = 0
        while at < len(text):
            end = at + 1
            while end < len(text) and unicodedata.combining(text[end]):
                end += 1
            piece = self._table.fold(text[at:end])
            folded.append(piece)
            starts.extend([at] * len(piece))
            ends.extend([end] * len(piece))
            at = end
        return Folded(text, "".join(folded), starts, ends)


def _one_script(found: re.Match[str]) -> str:
    """A word of mixed script in the script of most of its letters, where its look-alikes allow."""
    word = found.group()
    scripts = Counter("latin" if character.isascii() else "cyrillic" for character in word)
    if len(scripts) < 2:
        return word
    return word.translate(LOOK_ALIKES if scripts["cyrillic"] >= scripts["latin"] else LOOK_ALIKES_BACK)
