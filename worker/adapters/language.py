"""The detector of `ceasewire.pipeline.detect` with its models: py3langid, and langdetect with profiles of ours."""

import math
import threading
from collections.abc import Collection, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from ceasewire.errors import ConfigError
from ceasewire.items import Language
from ceasewire.pipeline.detect import DetectorSettings, Segment, detect, segments

OWN_PROFILES = ("az", "hy", "ka")
SEED = 0  # langdetect draws n-grams at random: the same seed, the same answer
SHARPNESS = 1.5  # of the arbiter's odds; py3langid's own 1.0 is too modest in short texts
# What py3langid is asked about: the languages of Europe and of the conflict's wider region, to know a foreign text by.
# Fewer columns are a third of its time; a text in another language still resembles none of ours.
ARBITER_LANGUAGES = (
    *("af", "ar", "az", "ba", "be", "bg", "bs", "ca", "cs", "da", "de", "el", "en", "eo", "es", "et", "eu", "fa", "fi"),
    *("fr", "ga", "gl", "he", "hi", "hr", "hu", "hy", "id", "is", "it", "ja", "ka", "kk", "ko", "ku", "ky", "la", "lt"),
    *("lv", "mk", "mn", "ms", "mt", "nl", "no", "pl", "ps", "pt", "ro", "ru", "sk", "sl", "so", "sq", "sr", "sv", "sw"),
    *("tg", "tk", "tr", "tt", "ug", "uk", "ur", "uz", "vi", "zh"),
)
LONGEST = 120  # characters of a sentence that a model reads: nearly twenty words, where six nearly do


class NgramStatistics:
    """The two models, loaded at the first question and then only read: threads may share one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._arbiter: Any = None
        self._factories: dict[frozenset[str], Any] = {}

    def scores(self, text: str) -> Mapping[str, float]:
        """Log-odds by py3langid, over the square root of the bytes, as it takes them for probabilities itself."""
        if self._arbiter is None:
            with self._lock:
                self._arbiter = self._arbiter or _new_arbiter()
        text = text[:LONGEST]
        scale = SHARPNESS / math.sqrt(len(text.encode("utf-8", "surrogatepass")) or 1)
        return {code: score * scale for code, score in self._arbiter.rank(text)}

    def second_opinion(self, text: str, candidates: Collection[str]) -> Mapping[str, float]:
        """Probabilities by langdetect, with a factory per set of candidates; none where it lacks a profile."""
        from langdetect.lang_detect_exception import LangDetectException

        factory = self._factory(frozenset(candidates))
        if factory is None:
            return {}
        detector = factory.create()
        detector.append(text[:LONGEST])
        try:
            return {one.lang: one.prob for one in detector.get_probabilities()}
        except LangDetectException:  # no n-gram of the text is in any profile
            return {}

    def _factory(self, candidates: frozenset[str]) -> Any:
        with self._lock:
            if candidates not in self._factories:
                self._factories[candidates] = _new_factory(sorted(candidates))
            return self._factories[candidates]


class Detector:
    """A `worker.ports.LanguageDetector`; offline, deterministic, safe to share between threads.

    Raises ConfigError for a language in the settings that no model knows.
    """

    def __init__(self, settings: DetectorSettings | None = None) -> None:
        self.settings = settings or DetectorSettings()
        for code in self.settings.languages:
            if code not in ARBITER_LANGUAGES:
                raise ConfigError(
                    f"no model knows the language {code!r}",
                    about="languages",
                    remedy=f"choose among {' '.join(ARBITER_LANGUAGES)}",
                )
        self.statistics = NgramStatistics()

    def detect(self, text: str, declared: str | None = None) -> Language:
        """Language of `text`; `declared` is what the source says, a last resort."""
        return detect(text, self.statistics, self.settings, declared)

    def segments(self, text: str) -> tuple[Segment, ...]:
        """`text` in parts of one language each, with offsets in code points."""
        return segments(text, self.statistics, self.settings)


def _new_arbiter() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    full = LanguageIdentifier.from_model_file(MODEL_FILE)
    keep = [index for index, code in enumerate(full.nb_classes) if code in ARBITER_LANGUAGES]
    return LanguageIdentifier(
        full.nb_ptc[:, keep].copy(),
        full.nb_pc[keep],
        [full.nb_classes[index] for index in keep],
        full.tk_nextmove,
        full.tk_output,
        tk_row=full.tk_row,
    )


def _new_factory(languages: list[str]) -> Any:
    """A factory of our own: the module's is published before its profiles are loaded, a race between threads."""
    from langdetect.detector_factory import DetectorFactory

    files = [_profile(code) for code in languages]
    if len(files) < 2 or not all(file.is_file() for file in files):
        return None
    factory = DetectorFactory()
    factory.set_seed(SEED)
    factory.load_json_profile([file.read_text(encoding="utf-8") for file in files])
    return factory


def _profile(code: str) -> Traversable:
    if code in OWN_PROFILES:
        return resources.files("worker.adapters.langprofiles").joinpath(f"{code}.json")
    return resources.files("langdetect.profiles").joinpath(code)
