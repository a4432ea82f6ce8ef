"""Story: is one text a copy of another? Shingles, the MinHash bands that find candidates, and the decision on a pair.

A copy of wire text is cut, credited, and changed in a word here and there. Word 3-grams with a Jaccard of .35 tell it
from unrelated news (A. Broder, On the resemblance and containment of documents, 1997); a text cut to its first
paragraph is told by containment in the beginning of the longer one. Bands only propose: the decision is exact.
"""

import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from hashlib import blake2b

from datasketch import MinHash

from ceasewire.pipeline.agencies import without_dateline
from ceasewire.words import fold

WINDOW = timedelta(hours=72)  # between the times of publication of two copies
SAME_DAY = timedelta(hours=12)
SHORT = 25  # words: below it a notice is a copy only word for word
LONGEST = 40_000  # characters that are compared: what comes later decides nothing
BRIEF = 60  # words: below it a bulletin made from a form looks like a copy

_NGRAM = 3
_OPENING = 40  # words whose bands find the text that somebody cut to its beginning
_ROWS = 2  # MinHash values in a band: with 32 bands a pair of J = .35 meets with .985, of .5 with .9999
_OPENING_BANDS = 12
_SEED = 1
_MIN_NOTICE = 6  # words: "Photo of the day" is no report

_SENTENCE = re.compile(r"(?<=[.!?։…])\s+|\n+")
_BLANK = MinHash(64, seed=_SEED, hashfunc=int, scheme="affine32")

Gram = tuple[str, ...]


@dataclass(frozen=True)
class Fingerprint:
    """A text as it is compared: its folded words without what the source puts under every text."""

    words: tuple[str, ...]
    language: str

    @property
    def is_short(self) -> bool:
        """A headline or a post, too short for shingles."""
        return len(self.words) < SHORT

    @cached_property
    def grams(self) -> frozenset[Gram]:
        """The word 3-grams."""
        return frozenset(_grams(self.words, _NGRAM))

    @cached_property
    def numbers(self) -> frozenset[str]:
        """The words with a digit: dates, hours, counts."""
        return frozenset(word for word in self.words if any(map(str.isdigit, word)))


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two texts are: Jaccard of their shingles, and the share of the shorter in the longer's beginning."""

    jaccard: float
    containment: float


def fingerprint(title: str, text: str, language: str, without: frozenset[str] = frozenset()) -> Fingerprint:
    """What is compared of an item; `without` is the furniture of its source.

    Titles are rewritten by every outlet: they count only where the text is short.
    """
    body = _words(without_dateline(text[:LONGEST]), without)
    words = body if len(body) >= SHORT else (*fold(title).split(), *body)
    return Fingerprint(words, language)


def sentence_set(text: str) -> frozenset[str]:
    """The sentences of a text, folded."""
    return frozenset(_sentences(text))


def furniture(texts: Iterable[frozenset[str]]) -> frozenset[str]:
    """Sentences that stand in two or more of a source's other texts: invitations to subscribe, rights.

    The texts are given by `sentence_set`: many items of a source are compared with the same ones.
    """
    seen: set[str] = set()
    repeated: set[str] = set()
    for sentences in texts:
        repeated |= seen & sentences
        seen |= sentences
    return frozenset(repeated)


def _sentences(text: str) -> list[str]:
    return [folded for sentence in _SENTENCE.split(text) if (folded := fold(sentence))]


def _words(text: str, without: frozenset[str]) -> tuple[str, ...]:
    if not without:
        return tuple(fold(text).split())
    return tuple(word for one in _sentences(text) if one not in without for word in one.split())


def _grams(words: Sequence[str], n: int) -> Iterable[Gram]:
    return zip(*(words[start:] for start in range(n)), strict=False)


# --- candidates ------------------------------------------------------------------------------------------------


def bands(text: Fingerprint) -> tuple[int, ...]:
    """64-bit signed numbers; texts of one language that share one may be copies. Short texts share one if equal."""
    if text.is_short:
        return (_number("whole", *text.words),) if len(text.words) >= _MIN_NOTICE else ()
    whole = _minhash(text.grams)
    opening = _minhash(_grams(text.words[:_OPENING], _NGRAM))[: _OPENING_BANDS * _ROWS]
    return (*_bands("text", text.language, whole), *_bands("opening", text.language, opening))


def _minhash(grams: Iterable[Gram]) -> list[int]:
    sketch = _BLANK.copy()
    sketch.update_batch([zlib.crc32(" ".join(gram).encode()) for gram in grams])
    return [int(value) for value in sketch.hashvalues]


def _bands(part: str, language: str, values: Sequence[int]) -> Iterable[int]:
    for start in range(0, len(values), _ROWS):
        yield _number(part, language, start, *values[start : start + _ROWS])


def _number(*parts: object) -> int:
    digest = blake2b("\n".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


# --- the decision ----------------------------------------------------------------------------------------------


def compare(one: Fingerprint, other: Fingerprint, apart: timedelta, *, same_source: bool) -> Likeness | None:
    """How alike they are if one is a copy of the other, else None. `apart`: between their times of publication.

    A source repeats itself word for word or says something new: its bulletins are made from one form.
    """
    if apart > WINDOW or one.is_short != other.is_short:
        return None
    if one.is_short or same_source:
        equal = one.words == other.words and not (one.is_short and same_source)
        return Likeness(1.0, 1.0) if equal and len(one.words) >= _MIN_NOTICE else None
    if one.language != other.language:
        return None
    shorter, longer = sorted((one, other), key=lambda text: len(text.words))
    alike = _likeness(shorter, longer)
    is_copy = _is_close(alike, brief=len(shorter.words) < BRIEF) and _same_numbers(shorter, longer, apart)
    return alike if is_copy and _same_opening(shorter, longer) else None


def _likeness(shorter: Fingerprint, longer: Fingerprint) -> Likeness:
    common = len(shorter.grams & longer.grams)
    head = longer.words[: 2 * len(shorter.words) + _OPENING]
    contained = shorter.grams.intersection(_grams(head, _NGRAM))
    union = len(shorter.grams) + len(longer.grams) - common
    return Likeness(common / union, len(contained) / len(shorter.grams))


def _is_close(alike: Likeness, *, brief: bool) -> bool:
    if brief:
        return alike.jaccard >= 0.5 or alike.containment >= 0.6
    return alike.jaccard >= 0.35 or alike.containment >= 0.5


def _same_numbers(shorter: Fingerprint, longer: Fingerprint, apart: timedelta) -> bool:
    """Yesterday's bulletin has today's words and other dates, hours and counts."""
    told, other = len(shorter.numbers), len(shorter.numbers - longer.numbers)
    if apart > SAME_DAY:
        return other <= 0.1 * told
    return other < told / 2 or other <= (len(shorter.words) >= BRIEF)


def _same_opening(shorter: Fingerprint, longer: Fingerprint) -> bool:
    """News stands first and furniture last: two notices under one long imprint differ in their first words."""
    begin = SHORT if len(shorter.words) >= BRIEF else SHORT // 3
    pairs = set(_grams(shorter.words[:begin], 2))
    return len(pairs.intersection(_grams(longer.words, 2))) >= len(pairs) / 3
