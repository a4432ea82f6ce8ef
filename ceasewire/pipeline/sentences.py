"""Sentence splitting by our own rules for ru, hy, az, tr and en; other languages get the common ones.

A boundary is a terminator with its closing quotes, followed by white space and by something that can begin a sentence.
What keeps a full stop from ending a sentence: an abbreviation, an initial, an ordinal, a lower-case word after it. In
Armenian `։` and `:` end sentences and `.` does not. A line break always ends one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import regex

_NONE: frozenset[str] = frozenset()


def _sets(lists: Mapping[str, str]) -> dict[str, frozenset[str]]:
    return {language: frozenset(words.split()) for language, words in lists.items()}


# Never the last word of a sentence: something they introduce follows.
_INTRODUCING = _sets(
    {
        "ru": "ул пр просп пл пер наб им св о тов гр г-н г-жа проф акад доц ген полк подп майор кап см ср напр т.е "
        "т.н т.к т.о в.т.ч с стр рис гл ст п пп ч № тел обл р-н д корп кв пос с.п и.о зам пом нач ред изд мин янв фев "
        "февр мар апр июн июл авг сен сент окт ноя нояб дек",
        "hy": "",
        "az": "e.ə b.e.ə dr cən məs bax səh prof akad dos gen polk mr məh küç pr mad ş",
        "tr": "m.ö m.s dr prof doç av sn alb gen org korg tümg tuğg yrd bkz örn sok cad mah blv apt no tel st md hz yd",
        "en": "mr mrs ms dr prof gen lt col maj capt sgt cmdr adm rev hon st sen rep gov pres amb dep sec vs e.g "
        "i.e cf no nos vol pp fig art ch sr messrs brig spc pvt mt ft jan feb mar apr jun jul aug sept sep oct nov dec",
    }
)
# May end a sentence: then a capital letter follows.
_CLOSING = _sets(
    {
        "ru": "гг др пр т.д т.п т.ч тыс млн млрд трлн руб коп долл чел кв.м км м кг ч сек в вв н.э л",
        "az": "s və.s min mln mlrd man r",
        "tr": "vb vs vd yy a.ş ltd şti bin mn mr tl",
        "en": "inc ltd co corp jr etc a.m p.m u.s u.k u.n e.u d.c al approx est",
    }
)
# Acronyms with full stops go on before a name (U.S. President) and end a sentence before a word that begins one.
_ACRONYM = regex.compile(r"(?:\p{L}\.)+\p{L}")
_BEGINNERS = _sets(
    {
        "en": "a after an and as at but for he her his i if in it its on one she some that the there these they this "
        "we when you"
    }
)
_BEFORE_NUMBER = {"ru": "ч"}  # a closing abbreviation that a number goes on: "2 ч. 40 мин."
_NUMBERED = {"ru": "г", "az": "il"}  # a closing abbreviation only behind a number: "2020 г.", else "г. Ереван"

_OPENING = r"«“„‘\"'(\[—–\-•▪●*"
_CLOSERS = r"»”“’\"')\]"
_TERMINATORS = {"hy": r"։:!?…"}
_BREAK = regex.compile(r"\s*\n\s*")


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]`: one sentence with the white space behind it."""

    start: int
    end: int


def split(text: str, language: str) -> list[Span]:
    """Sentences of a text as spans that tile it: joined they are the text. Offsets in code points."""
    cuts = sorted({*_line_breaks(text), *_sentence_ends(text, language)})
    starts = [0, *(cut for cut in cuts if 0 < cut < len(text))]
    return [Span(start, end) for start, end in zip(starts, [*starts[1:], len(text)], strict=True) if start < end]


def _line_breaks(text: str) -> Iterator[int]:
    """White space around a line break belongs to the sentence before it; at the start it belongs to the first."""
    for match in _BREAK.finditer(text):
        if match.start() > 0:
            yield match.end()


def _sentence_ends(text: str, language: str) -> Iterator[int]:
    for match in _candidates(language).finditer(text):
        if _ends_sentence(text, match, language):
            yield match.end()


@cache
def _candidates(language: str) -> regex.Pattern[str]:
    terminators = _TERMINATORS.get(language, ".!?…。؟۔")
    return regex.compile(rf"(?P<mark>[{terminators}]+)(?P<closers>[{_CLOSERS}]*)(?:\[\d+\])*\s+")


_NEXT = regex.compile(rf"[{_OPENING}\s]*(?P<first>\S?)")


_LOWER = regex.compile(
    r"[\p{Ll}--\p{Georgian}]", regex.V1
)  # Georgian text has no capitals, Unicode calls it lower case


def _ends_sentence(text: str, match: regex.Match[str], language: str) -> bool:
    following = _NEXT.match(text, match.end())
    first = following["first"] if following else ""
    if _LOWER.match(first):
        return False
    if match["mark"] != ".":
        return True
    return not _dot_belongs_to_word(text, match, language)


def _next_word(text: str, match: regex.Match[str]) -> str:
    found = regex.match(r"\W*(\w+)", text, pos=match.end())
    return found[1].lower() if found else ""


_WORD_BEFORE = regex.compile(r"[\p{L}\p{M}\d.№\-]+$")
_INITIAL = regex.compile(r"(?:\p{Lu}\p{Ll}?\.)*\p{Lu}")
_ORDINAL = regex.compile(r"\d{1,2}|[IVX]+")


def _dot_belongs_to_word(text: str, match: regex.Match[str], language: str) -> bool:
    """An abbreviation, an initial or an ordinal."""
    before = text[max(0, match.start() - 24) : match.start()]
    found = _WORD_BEFORE.search(before)
    word = found.group() if found else ""
    folded = word.lower()
    if folded == _NUMBERED.get(language):
        return not before[: -len(word)].rstrip()[-1:].isdigit()
    if len(word) == 1 and word != folded:
        return not match["closers"]  # an initial, even where its small letter abbreviates something
    if folded == _BEFORE_NUMBER.get(language) and _next_word(text, match).isdigit():
        return True
    if folded in _CLOSING.get(language, _NONE):
        beginners = _BEGINNERS.get(language)
        return bool(beginners and _ACRONYM.fullmatch(word)) and _next_word(text, match) not in (beginners or _NONE)
    if folded in _INTRODUCING.get(language, _NONE):
        return not match["closers"]
    if language in ("az", "tr") and _ORDINAL.fullmatch(word):
        return True
    return bool(_INITIAL.fullmatch(word)) and not match["closers"]
