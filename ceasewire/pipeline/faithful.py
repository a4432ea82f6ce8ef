"""Checks of a translation into English against its source: numbers, dates, negation, length, loops, text left over.

They are meant to be quiet on good translations and loud on the faults that change what a report says.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

import regex

from ceasewire.items import Warning
from ceasewire.pipeline.faithful_units import number_word_changed, unit_lost
from ceasewire.pipeline.faithful_words import (
    ENGLISH_NEGATION,
    ENGLISH_NUMBERS,
    ENGLISH_WITHOUT,
    MONTHS,
    NEGATION,
    NUMBER_WORDS,
    WITHOUT,
)
from ceasewire.pipeline.protect import protect


def check(source: str, translation: str, language: str) -> tuple[Warning, ...]:
    """What a reader of `translation` must know, one warning a kind; none for a faithful one.

    `language` is the source's; both texts are one sentence or a few.
    """
    found = (
        _untranslated(source, translation, language),
        _length(source, translation),
        _loop(source, translation),
        _numbers_lost(source, translation) or number_word_changed(source, translation, language),
        unit_lost(source, translation, language),
        _numbers_added(source, translation, language),
        _month_changed(source, translation, language),
        _negation_lost(source, translation, language),
    )
    return tuple(warning for warning in found if warning)


# --- numbers and dates -----------------------------------------------------------------------------------------

_NUMBER = regex.compile(r"\d+(?:[.,\u00a0\u202f ]\d{3}(?!\d))+(?:[.,]\d+)?|\d+(?:[.,]\d+)?")


def _numbers(text: str) -> Iterator[str]:
    """Numbers in one form: groups of thousands joined, `.` before decimals, no leading zeros."""
    for number in _NUMBER.findall(text):
        yield _normal(number)


def _normal(number: str) -> str:
    grouped = regex.fullmatch(r"(\d{1,3}(?:[.,\u00a0\u202f ]\d{3})+)([.,]\d+)?", number)
    whole, fraction = (grouped[1], grouped[2] or "") if grouped else _halves(number)
    digits = regex.sub(r"\D", "", whole).lstrip("0") or "0"
    decimals = fraction[1:].rstrip("0")
    return f"{digits}.{decimals}" if decimals else digits


def _halves(number: str) -> tuple[str, str]:
    point = regex.search(r"[.,]", number)
    return (number[: point.start()], number[point.start() :]) if point else (number, "")


def _numbers_lost(source: str, translation: str) -> Warning | None:
    """A number may be written as a word, a month or with its digits grouped otherwise."""
    have = set(_parts(translation))
    words = {word.lower() for word in regex.findall(r"\p{L}+", translation)}
    lost = [n for n in dict.fromkeys(_numbers(source)) if n not in have and not _said_otherwise(n, have, words)]
    return Warning("number_lost", f"not in the translation: {', '.join(lost)}") if lost else None


def _parts(text: str) -> Iterator[str]:
    """Every number whole and, for dates such as 09.11.2020, each of its parts."""
    for number in _NUMBER.findall(text):
        yield _normal(number)
        yield from (part.lstrip("0") or "0" for part in regex.split(r"\D+", number))


def _said_otherwise(number: str, have: set[str], words: set[str]) -> bool:
    if words & ENGLISH_NUMBERS.get(number, frozenset()):
        return True
    if number.isdigit() and 13 <= int(number) <= 23 and str(int(number) - 12) in have:
        return bool(words & {"p", "pm"})  # 14:30 is 2:30 p.m.
    day_and_month = regex.fullmatch(r"(\d{1,2})\.(\d{1,2})", number)
    return bool(day_and_month) and all(
        part.lstrip("0") in have or words & ENGLISH_NUMBERS.get(part.lstrip("0"), frozenset())
        for part in number.split(".")
    )


def _numbers_added(source: str, translation: str, language: str) -> Warning | None:
    """Digits that the source neither has nor spells out."""
    spelled = NUMBER_WORDS.get(language)
    if spelled is None or spelled.search(source):
        return None
    have = {part for number in _numbers(source) for part in (number, *number.split("."))} | set(_parts(source))
    added = [n for n in dict.fromkeys(_numbers(translation)) if n not in have and not _clock(n, have)]
    return Warning("number_added", f"not in the source: {', '.join(added)}") if added else None


def _clock(number: str, have: set[str]) -> bool:
    return number.isdigit() and int(number) <= 12 and str(int(number) + 12) in have


def _month_changed(source: str, translation: str, language: str) -> Warning | None:
    """The source names a month in words and the translation names only others."""
    months = MONTHS.get(language)
    said = {month for month, pattern in months.items() if pattern.search(source)} if months else set()
    got = {month for month, pattern in MONTHS["en"].items() if pattern.search(translation)}
    numbers = set() if got else set(_parts(translation))  # beside a month's name a number is a day
    lost = [str(month) for month in sorted(said - got) if str(month) not in numbers]
    if not lost or (not got and len(source) < 40):
        return None
    return Warning("date_changed", f"month {', '.join(lost)} of the source is not in the translation")


# --- negation --------------------------------------------------------------------------------------------------


def _negation_lost(source: str, translation: str, language: str) -> Warning | None:
    match = _found(NEGATION, language, source)
    if match is None and not ENGLISH_WITHOUT.search(translation):
        match = _found(WITHOUT, language, source)
    if match is None or ENGLISH_NEGATION.search(translation):
        return None
    return Warning("negation_lost", f"“{match.group()}” of the source negates, the translation does not")


def _found(patterns: Mapping[str, regex.Pattern[str]], language: str, text: str) -> regex.Match[str] | None:
    return patterns[language].search(text) if language in patterns else None


# --- shape -----------------------------------------------------------------------------------------------------

SHORT = 24  # below, in characters, lengths say nothing
SHORTEST, LONGEST = 0.4, 2.6  # of translation to source, in letters; references of five languages lie within


def _length(source: str, translation: str) -> Warning | None:
    source_letters, letters = _letters(source), _letters(translation)
    if source_letters < SHORT:
        return None
    ratio = letters / source_letters
    if SHORTEST <= ratio <= LONGEST:
        return None
    code = "too_short" if ratio < SHORTEST else "too_long"
    return Warning(code, f"{ratio:.1f} times as long as the source")


def _letters(text: str) -> int:
    return sum(char.isalnum() for char in text)


def _loop(source: str, translation: str) -> Warning | None:
    """The same words over and over, more often than in the source."""
    times, words = _longest_run(translation.lower().split())
    if times < 3 or times <= _longest_run(source.lower().split())[0]:
        return None
    return Warning("loop", f"“{words}” {times} times in a row")


def _longest_run(words: list[str], widest: int = 6) -> tuple[int, str]:
    """How often a group of up to `widest` words follows itself, and which."""
    best, group = 1, ""
    for width in range(1, widest + 1):
        same = 0  # words in a row that equal the one `width` before them
        for at in range(width, len(words)):
            same = same + 1 if words[at] == words[at - width] else 0
            if same // width + 1 > best:
                best, group = same // width + 1, " ".join(words[at - width + 1 : at + 1])
    return best, group


def _untranslated(source: str, translation: str, language: str) -> Warning | None:
    """Letters of another script than English, or the source's own words again."""
    if source.strip() and not translation.strip():
        return Warning("empty", "the model gave nothing")
    letters = regex.findall(r"\p{L}", translation)
    foreign = regex.findall(r"[\p{L}--\p{Latin}]", translation, flags=regex.V1)
    if len(foreign) > 0.1 * len(letters):
        return Warning("untranslated", f"{len(foreign)} of {len(letters)} letters are not English")
    kept = _kept_words(source, translation)
    if kept and language != "en":
        return Warning("untranslated", f"left as in the source: {', '.join(kept[:5])}")
    return None


def _kept_words(source: str, translation: str) -> list[str]:
    """Small-letter words of a Latin-script source, where most of them stand in the translation again."""
    words = regex.findall(r"(?<![\p{L}'’])\p{Ll}{3,}", protect(source).text)
    if len(words) < 3:
        return []
    there = Counter(regex.findall(r"\p{Ll}{3,}", translation))
    kept = [word for word in dict.fromkeys(words) if word in there]
    return kept if len(kept) > 0.4 * len(set(words)) else []
