"""The language of a text: script and letters where they prove it, else statistics, and `und` rather than a guess.

    mask -> split -> each part: normalise -> script -> letter rules -> statistics -> main language -> declared

The statistics come from outside (`Statistics`), so that nothing here loads a model. A text is judged part by part; its
main language is the one that most of its letters are written in.
"""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ceasewire.items import UNDETERMINED, Language
from ceasewire.pipeline.detect_clean import is_title_case, lower, mask, normalise
from ceasewire.pipeline.detect_letters import (
    EXCLUDED_BY_LETTERS,
    RUSSIAN_LETTERS_TOO,
    SOLE_LANGUAGE,
    language_by_letters,
    leading_script,
    only_script,
    script_of,
    words_by_script,
)
from ceasewire.pipeline.detect_segments import split
from ceasewire.pipeline.detect_words import alien_letters, common_words

# Further ones are configuration, at a price where they share letters with one of these. Bulgarian and Macedonian: a
# sentence tells them from Russian, a few words do not; as candidates they cost 2.4 of 100 Russian texts of six words
# and 10 of three. Portuguese and Italian cost 6 of 100 Spanish texts of three words, and none of six.
LANGUAGES = ("ru", "hy", "az", "tr", "ka", "en", "fr", "fa", "uk", "de", "es", "ar", "el", "he")


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """What can be answered, and how sure an answer must be."""

    languages: tuple[str, ...] = LANGUAGES
    threshold: float = 0.6  # less sure than that: und
    min_letters: int = 3  # fewer: und
    foreign_letters: int = 24  # from so many on, a language that is not ours can be told
    foreign_probability: float = 0.9
    second_weight: float = 0.3  # of the second opinion, beside 1.0 of the arbiter
    word_weight: float = 2.5  # log-odds of one common word
    letter_weight: float = 1.5  # log-odds of one letter that a language does not write
    proven_confidence: float = 0.99  # by script or letters
    declared_confidence: float = 0.5
    share_of_others: float = 0.15  # of the letters: what a language needs to be named beside the main one

    def with_more(self, languages: Sequence[str]) -> "DetectorSettings":
        """The same with further languages."""
        return replace(self, languages=tuple(dict.fromkeys((*self.languages, *languages))))

    def candidates(self, script: str) -> frozenset[str]:
        """The languages written in `script`."""
        return frozenset(code for code in self.languages if script_of(code) == script)


class Statistics(Protocol):
    """Two models of n-grams."""

    def scores(self, text: str) -> Mapping[str, float]:
        """The arbiter's log-odds of every language it knows."""
        ...

    def second_opinion(self, text: str, candidates: Collection[str]) -> Mapping[str, float]:
        """Probabilities among `candidates`; empty when it has no opinion."""
        ...


@dataclass(frozen=True, slots=True)
class Segment:
    """`text[start:end]` of the original, in one language."""

    start: int
    end: int
    language: Language


NOTHING = Language(UNDETERMINED, 0.0, "none")  # nothing found
FOREIGN = Language(UNDETERMINED, 0.0, "statistics")  # none of ours
FOREIGN_LETTERS = Language(UNDETERMINED, 0.0, "letters")
LANGUAGE_TAG = re.compile("(?!und|mul|mis|zxx)[a-z]{2,3}")  # BCP 47, and names a language


def detect(text: str, statistics: Statistics, settings: DetectorSettings, declared: str | None = None) -> Language:
    """Main language of `text` with the others in it; `declared`, what the source says, only where nothing is found."""
    parts = segments(text, statistics, settings)
    found = _main(text, parts, settings) if parts else NOTHING
    if found.code == UNDETERMINED and declared:
        code = re.split("[-_]", declared.lower())[0]
        if _is_credible(code, found, text, settings):
            return Language(code, settings.declared_confidence, "declared", found.others)
    return found


def segments(text: str, statistics: Statistics, settings: DetectorSettings) -> tuple[Segment, ...]:
    """`text` in parts of one language each, in order; parts without a language of their own belong to a neighbour."""
    masked = mask(text)
    parts = [Segment(start, end, _detect_part(masked[start:end], statistics, settings)) for start, end in split(masked)]
    return tuple(_merge(parts))


def _merge(parts: Sequence[Segment]) -> list[Segment]:
    merged: list[Segment] = []
    for part in parts:
        last = merged[-1] if merged else None
        if last and (last.language.code == part.language.code or NOTHING in (last.language, part.language)):
            surer = max(last.language, part.language, key=lambda language: (language != NOTHING, language.confidence))
            merged[-1] = Segment(last.start, part.end, surer)
        else:
            merged.append(part)
    return merged


def _main(text: str, parts: Sequence[Segment], settings: DetectorSettings) -> Language:
    if len(parts) == 1:
        return parts[0].language
    letters: dict[str, int] = {}
    for part in parts:
        count = sum(map(str.isalpha, text[part.start : part.end]))
        letters[part.language.code] = letters.get(part.language.code, 0) + count
    ranked = sorted(letters, key=lambda code: -letters[code])
    enough = settings.share_of_others * sum(letters.values())
    others = tuple(code for code in ranked[1:] if letters[code] >= enough and code != UNDETERMINED)
    of_main = [part.language for part in parts if part.language.code == ranked[0]]
    return replace(max(of_main, key=lambda language: language.confidence), others=others)


def _is_credible(code: str, found: Language, text: str, settings: DetectorSettings) -> bool:
    """Whether the declared language can be: its script is there, and it is one of ours, or none if none was found."""
    words = words_by_script(normalise(mask(text)))
    if words and script_of(code) not in words:
        return False
    if found.method == NOTHING.method:
        return code in settings.languages
    return code not in settings.languages and LANGUAGE_TAG.fullmatch(code) is not None


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a text, read: its words of the script that decides."""

    text: str  # for the models
    script: str
    small: str  # the words in lower case, parted by spaces
    letters: int
    common: Mapping[str, float]  # common words of each language


def _detect_part(masked: str, statistics: Statistics, settings: DetectorSettings) -> Language:
    part = _read(normalise(masked), settings)
    if part is None:
        return NOTHING
    proven = language_by_letters(part.small, part.script)
    if proven is None or (proven == "ru" and _may_be_another(part, settings)):
        return _by_statistics(part, settings.candidates(part.script), statistics, settings)
    if proven in settings.languages:
        return Language(proven, settings.proven_confidence, "script" if part.script in SOLE_LANGUAGE else "letters")
    rest = settings.candidates(part.script) - EXCLUDED_BY_LETTERS.get(part.script, frozenset())
    if proven == UNDETERMINED and rest:
        return _by_statistics(part, rest, statistics, settings)
    return FOREIGN_LETTERS


def _read(text: str, settings: DetectorSettings) -> _Part | None:
    words = words_by_script(text)
    letters = {script: sum(map(len, found)) for script, found in words.items()}
    if sum(letters.values()) < settings.min_letters:
        return None
    script = leading_script(letters)
    if len(words) > 1:
        text = only_script(text, script)
    if is_title_case(text):
        text = lower(text)  # as the models know the words
    return _Part(text, script, lower(" ".join(words[script])), letters[script], common_words(words[script]))


def _may_be_another(part: _Part, settings: DetectorSettings) -> bool:
    """Whether a text that looks Russian by its ы, э or ё may be in another language that writes them.

    A longer one without any common word of Russian is Kyrgyz that happens to have no ө, ү or ң.
    """
    if not RUSSIAN_LETTERS_TOO.isdisjoint(settings.languages):
        return True
    return part.letters >= settings.foreign_letters and "ru" not in part.common


def _by_statistics(
    part: _Part, candidates: frozenset[str], statistics: Statistics, settings: DetectorSettings
) -> Language:
    scores = _evidence(part, statistics.scores(part.text), settings)
    ours = {code: score for code, score in scores.items() if code in candidates}
    if not ours:
        return NOTHING
    if part.letters >= settings.foreign_letters and _is_foreign(scores, ours.keys(), settings):
        return FOREIGN
    if len(ours) == 1:  # without a rival it would always win: here all languages of its script are rivals
        ours = {code: score for code, score in scores.items() if script_of(code) == part.script}
    found = _decide(softmax(ours), part.text, statistics, settings)
    return found if found.code in candidates else NOTHING


def _evidence(part: _Part, scores: Mapping[str, float], settings: DetectorSettings) -> dict[str, float]:
    """Log-odds of every language: n-grams, common words, letters that it does not write."""
    total = dict(scores)
    for code, hits in part.common.items():
        if code in total:
            total[code] += settings.word_weight * hits
    for code, aliens in alien_letters(frozenset(part.small) - {" "}, part.script).items():
        if code in total:
            total[code] -= settings.letter_weight * aliens
    return total


def _is_foreign(scores: Mapping[str, float], ours: Collection[str], settings: DetectorSettings) -> bool:
    if max(scores, key=scores.__getitem__) in ours:
        return False
    everywhere = softmax(scores)
    return sum(everywhere[code] for code in ours) <= 1 - settings.foreign_probability


def _decide(first: Mapping[str, float], text: str, statistics: Statistics, settings: DetectorSettings) -> Language:
    """The best language by the arbiter, and where the best two are near each other by the second opinion as well."""
    ranked = sorted(first, key=lambda code: (-first[code], code))
    best, confidence = ranked[0], first[ranked[0]]
    if len(ranked) > 1 and confidence - first[ranked[1]] < settings.second_weight:  # else it would change nothing
        second = statistics.second_opinion(text, first.keys())
        weight = settings.second_weight if second else 0.0
        combined = {code: (p + weight * second.get(code, 0.0)) / (1 + weight) for code, p in first.items()}
        best = max(ranked, key=lambda code: combined[code])
        confidence = combined[best]
    return Language(best, round(confidence, 3), "statistics") if confidence >= settings.threshold else NOTHING


def softmax(scores: Mapping[str, float]) -> dict[str, float]:
    """Probabilities of log-odds."""
    top = max(scores.values())
    weights = {code: math.exp(score - top) for code, score in scores.items()}
    total = sum(weights.values())
    return {code: weight / total for code, weight in weights.items()}
