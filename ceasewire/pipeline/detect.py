"""The language of a text: script and letters where they prove it, statistics where they do not, `und` rather than a guess.

    clean -> letters by script -> letter rules -> statistics among the script's languages -> declared language

The statistics come from outside (`Statistics`), so that nothing here loads a model. A text of several paragraphs or
sentences is judged part by part (`segments`); its main language is the one that most letters are written in.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ceasewire.items import UNDETERMINED, Language
from ceasewire.pipeline.detect_clean import clean
from ceasewire.pipeline.detect_letters import (
    language_by_letters,
    leading_script,
    letters_by_script,
    only_script,
    script_of,
)
from ceasewire.pipeline.detect_segments import split

# Bulgarian and Macedonian are not among them: as candidates they take 2.6 of 100 short Russian texts for themselves.
LANGUAGES = ("ru", "hy", "az", "tr", "ka", "en", "fr", "fa", "uk", "de", "es", "ar", "el", "he")


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """What can be answered, and how sure an answer must be."""

    languages: tuple[str, ...] = LANGUAGES
    threshold: float = 0.6  # below it: und
    min_letters: int = 3  # with fewer: und
    foreign_letters: int = 12  # from so many on, another language can be told from ours
    foreign_probability: float = 0.9
    second_weight: float = 0.3  # of the second opinion beside the arbiter's 1.0
    declared_confidence: float = 0.5
    share_of_others: float = 0.15  # of the letters: what a language needs to be named beside the main one

    def candidates(self, script: str) -> frozenset[str]:
        """The languages written in `script`."""
        return frozenset(code for code in self.languages if script_of(code) == script)


class Statistics(Protocol):
    """Two models of n-grams."""

    def scores(self, text: str) -> Mapping[str, float]:
        """The arbiter's log-likelihood of every language it knows; empty when it finds no feature."""
        ...

    def second_opinion(self, text: str, candidates: Collection[str]) -> Mapping[str, float]:
        """Probabilities among `candidates`, adding up to 1; empty when it has no opinion."""
        ...


@dataclass(frozen=True, slots=True)
class Segment:
    """`text[start:end]` of the original, in one language."""

    start: int
    end: int
    language: Language


NOTHING = Language(UNDETERMINED, 0.0, "none")


def detect(text: str, statistics: Statistics, settings: DetectorSettings, declared: str | None = None) -> Language:
    """Main language of `text` with the others in it. `declared` is what the source says: used where nothing is found."""
    parts = segments(text, statistics, settings)
    if len(parts) < 2:
        found = parts[0].language if parts else NOTHING
    else:
        found = _main(text, parts, settings)
    if found.code == UNDETERMINED and found.method == "none" and declared in settings.languages:
        return Language(str(declared), settings.declared_confidence, "declared", found.others)
    return found


def segments(text: str, statistics: Statistics, settings: DetectorSettings) -> tuple[Segment, ...]:
    """`text` in parts of one language each; neighbours of the same language are one part."""
    parts = [Segment(start, end, _detect_part(text[start:end], statistics, settings)) for start, end in split(text)]
    return tuple(_merge(parts))


def _merge(parts: Sequence[Segment]) -> list[Segment]:
    merged: list[Segment] = []
    for part in parts:
        last = merged[-1] if merged else None
        if last and last.language.code == part.language.code:
            best = max(last.language, part.language, key=lambda language: language.confidence)
            merged[-1] = Segment(last.start, part.end, best)
        else:
            merged.append(part)
    return merged


def _main(text: str, parts: Sequence[Segment], settings: DetectorSettings) -> Language:
    letters: dict[str, int] = {}
    for part in parts:
        if part.language.code != UNDETERMINED:
            count = sum(map(str.isalpha, text[part.start : part.end]))
            letters[part.language.code] = letters.get(part.language.code, 0) + count
    if not letters:
        return NOTHING
    ranked = sorted(letters, key=lambda code: -letters[code])
    total = sum(letters.values())
    others = tuple(code for code in ranked[1:] if letters[code] >= settings.share_of_others * total)
    best = max((part.language for part in parts if part.language.code == ranked[0]), key=lambda one: one.confidence)
    return Language(ranked[0], best.confidence, best.method, others)


def _detect_part(text: str, statistics: Statistics, settings: DetectorSettings) -> Language:
    words = clean(text)
    counts = letters_by_script(words)
    if sum(counts.values()) < settings.min_letters:
        return NOTHING
    script = leading_script(counts)
    if len(counts) > 1:
        words = only_script(words, script)
    proven = language_by_letters(words, script)
    if proven is not None:
        code = proven if proven in settings.languages else UNDETERMINED
        return Language(code, 0.99 if code == proven else 0.0, "letters")
    return _by_statistics(words, counts[script], script, statistics, settings)


def _by_statistics(
    text: str, letters: int, script: str, statistics: Statistics, settings: DetectorSettings
) -> Language:
    candidates = settings.candidates(script)
    scores = statistics.scores(text)
    ours = {code: scores[code] for code in candidates if code in scores}
    if not ours:
        return NOTHING
    temperature = math.sqrt(len(text.encode("utf-8", "surrogatepass")))
    if letters >= settings.foreign_letters:
        everywhere = softmax(scores, temperature)
        best = max(everywhere, key=lambda code: everywhere[code])
        if best not in candidates and everywhere[best] >= settings.foreign_probability:
            return Language(UNDETERMINED, 0.0, "statistics")
    return _decide(softmax(ours, temperature), text, statistics, settings)


def _decide(first: Mapping[str, float], text: str, statistics: Statistics, settings: DetectorSettings) -> Language:
    second = statistics.second_opinion(text, first.keys())
    weight = settings.second_weight if second else 0.0
    combined = {code: (p + weight * second.get(code, 0.0)) / (1 + weight) for code, p in first.items()}
    best = max(sorted(combined), key=lambda code: combined[code])
    if combined[best] < settings.threshold:
        return NOTHING
    return Language(best, round(combined[best], 3), "statistics")


def softmax(scores: Mapping[str, float], temperature: float) -> dict[str, float]:
    """Probabilities of log-likelihoods; a higher temperature makes them more alike."""
    top = max(scores.values())
    weights = {code: math.exp((score - top) / temperature) for code, score in scores.items()}
    total = sum(weights.values())
    return {code: weight / total for code, weight in weights.items()}
