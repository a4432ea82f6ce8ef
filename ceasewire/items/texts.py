"""Language of a text, and what became of translating it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

UNDETERMINED = "und"


@dataclass(frozen=True, slots=True)
class Language:
    """Language of a text. `method`: script, letters, statistics, declared, none. `others`: in mixed texts."""

    code: str  # `und` rather than a guess
    confidence: float  # calibrated: of answers at 0.9 nine in ten are right
    method: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextForTranslation:
    """Title and body of one item, to be translated together."""

    item_id: int
    title: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Warning:
    """Something a reader of a translation must know. `code`: number_lost, negation_lost, untranslated, loop, …"""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Translation:
    """A translation with its provenance."""

    title: str
    text: str
    source_language: str
    target_language: str
    engine: str  # e.g. ctranslate2
    package: str  # e.g. translate-ru_en, or a chain joined by "+"
    package_version: str
    settings: Mapping[str, Any]
    confidence: str  # good | low | sample
    warnings: tuple[Warning, ...]


@dataclass(frozen=True, slots=True)
class ModelInUse:
    """What would translate a language now; the fields mean the same as those of a Translation."""

    language: str
    package: str
    version: str
    confidence: str


@dataclass(frozen=True, slots=True)
class NotNeeded:
    """The text is in the target language already."""

    language: str


@dataclass(frozen=True, slots=True)
class Unavailable:
    """No model: a loud state. `reason` reads e.g. "no model for hy", `remedy` says which command installs one."""

    language: str
    reason: str
    remedy: str


TranslationOutcome = Translation | NotNeeded | Unavailable
