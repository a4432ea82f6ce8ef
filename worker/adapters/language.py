"""The detector of `ceasewire.pipeline.detect` with its models: py3langid as arbiter, langdetect with profiles of ours."""

import math
import threading
from collections.abc import Collection, Mapping
from functools import cached_property
from importlib import resources
from typing import Any

from ceasewire.items import Language
from ceasewire.pipeline.detect import DetectorSettings, Segment, detect, segments

OWN_PROFILES = ("az", "hy", "ka")
SEED = 0  # langdetect draws n-grams at random: the same seed, the same answer
LONGEST = 600  # characters: what a model needs at most


class NgramStatistics:
    """The two models, loaded at the first question and then only read: threads may share one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._factories: dict[frozenset[str], Any] = {}

    def scores(self, text: str) -> Mapping[str, float]:
        """Log-likelihoods by py3langid, over the square root of the length, which keeps them alike in texts of any."""
        scale = math.sqrt(len(text[:LONGEST].encode("utf-8", "surrogatepass")))
        return {code: score / scale for code, score in self._arbiter.rank(text[:LONGEST])}

    def second_opinion(self, text: str, candidates: Collection[str]) -> Mapping[str, float]:
        """Probabilities by langdetect, with a factory per set of candidates."""
        from langdetect.lang_detect_exception import LangDetectException

        detector = self._factory(frozenset(candidates)).create()
        detector.append(text[:LONGEST])
        try:
            return {one.lang: one.prob for one in detector.get_probabilities()}
        except LangDetectException:  # no n-gram of the text is in any profile
            return {}

    @cached_property
    def _arbiter(self) -> Any:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        return LanguageIdentifier.from_model_file(MODEL_FILE)

    def _factory(self, candidates: frozenset[str]) -> Any:
        with self._lock:
            if candidates not in self._factories:
                self._factories[candidates] = _new_factory(sorted(candidates))
            return self._factories[candidates]


class Detector:
    """A `worker.ports.LanguageDetector`; offline, deterministic, safe to share between threads."""

    def __init__(self, settings: DetectorSettings | None = None) -> None:
        self.settings = settings or DetectorSettings()
        self._statistics = NgramStatistics()

    def detect(self, text: str, declared: str | None = None) -> Language:
        """Language of `text`; `declared` is what the source says, a last resort."""
        return detect(text, self._statistics, self.settings, declared)

    def segments(self, text: str) -> tuple[Segment, ...]:
        """`text` in parts of one language each, with offsets in code points."""
        return segments(text, self._statistics, self.settings)


def _new_factory(languages: list[str]) -> Any:
    from langdetect.detector_factory import DetectorFactory

    factory = DetectorFactory()
    factory.set_seed(SEED)
    factory.load_json_profile([_profile(code) for code in languages])
    return factory


def _profile(code: str) -> str:
    package = "worker.adapters.langprofiles" if code in OWN_PROFILES else "langdetect.profiles"
    suffix = ".json" if code in OWN_PROFILES else ""
    return resources.files(package).joinpath(code + suffix).read_text(encoding="utf-8")
