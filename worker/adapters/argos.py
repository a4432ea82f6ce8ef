"""The Translator of the pipeline: Argos packages through CTranslate2, batched across items and sentences."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from ceasewire.conflict.model import Conflict
from ceasewire.items import (
    UNDETERMINED,
    ModelInUse,
    NotNeeded,
    TextForTranslation,
    Translation,
    TranslationOutcome,
    Unavailable,
    Warning,
)
from ceasewire.pipeline.glossary import Glossary, glossary_from
from ceasewire.pipeline.names import conflict_entries
from ceasewire.pipeline.sentences import split
from ceasewire.yamlfile import read_yaml
from worker.adapters.argos_engine import Engine
from worker.adapters.argos_package import Chain, InstalledPackage, choose_chain, list_packages
from worker.adapters.argos_sentences import Sentence, SentenceTranslator
from worker.ports import TranslationMemory

ENGINE = "ctranslate2"
Signature = tuple[tuple[str, int], ...]


class ArgosTranslator:
    """Implements worker.ports.Translator on the packages of one folder; cheap to make, loads models when needed."""

    def __init__(
        self,
        packages_dir: Path,
        target: str = "en",
        *,
        glossary: Glossary | None = None,
        beam: int = 2,
        inter_threads: int = 2,
        max_batch_size: int = 1024,
    ) -> None:
        self._dir = packages_dir
        self._target = target
        self._glossary = glossary or Glossary()
        self._settings = {"beam": beam, "glossary": self._glossary.version}
        self._inter_threads = inter_threads
        self._max_batch_size = max_batch_size
        self._lock = Lock()
        self._seen: Signature | None = None
        self._packages: list[InstalledPackage] = []
        self._engines: dict[Path, Engine] = {}

    @property
    def settings(self) -> Mapping[str, Any]:
        """What the output depends on beside the package; noted with every translation."""
        return self._settings

    def available(self) -> frozenset[str]:
        """Source languages that lead to the target, directly or by one language between."""
        packages = self._current()
        sources = {package.from_code for package in packages} - {self._target}
        return frozenset(source for source in sources if choose_chain(packages, source, self._target))

    def models(self) -> tuple[ModelInUse, ...]:
        """What would translate each available language now; older translations by others may be renewed."""
        chains = {language: self.chain(language) for language in sorted(self.available())}
        return tuple(
            ModelInUse(language, _package(chain), _version(chain), _confidence(chain))
            for language, chain in chains.items()
            if chain
        )

    def chain(self, language: str) -> Chain | None:
        """The packages that would translate a language now."""
        return choose_chain(self._current(), language, self._target)

    def translate(
        self, texts: Sequence[TextForTranslation], memory: TranslationMemory | None = None
    ) -> list[TranslationOutcome]:
        """One outcome per text, in order; the texts of one language go to the model together."""
        outcomes: dict[int, TranslationOutcome] = {}
        for language in dict.fromkeys(text.language for text in texts):
            places = [place for place, text in enumerate(texts) if text.language == language]
            batch = [texts[place] for place in places]
            outcomes.update(zip(places, self._of_language(language, batch, memory), strict=True))
        return [outcomes[place] for place in range(len(texts))]

    def _of_language(
        self, language: str, texts: Sequence[TextForTranslation], memory: TranslationMemory | None
    ) -> Sequence[TranslationOutcome]:
        if language == self._target:
            return [NotNeeded(language)] * len(texts)
        chain = self.chain(language)
        if chain is None:
            return [_unavailable(language)] * len(texts)
        engines = [self._engine(package) for package in chain]
        sentences = SentenceTranslator(chain, engines, language, self._glossary, self.settings, memory)
        return self._assemble(chain, language, texts, sentences)

    def _assemble(
        self, chain: Chain, language: str, texts: Sequence[TextForTranslation], translator: SentenceTranslator
    ) -> list[TranslationOutcome]:
        """Split everything, translate every distinct sentence once, join again with the white space between."""
        layouts = [(_layout(text.title, language), _layout(text.text, language)) for text in texts]
        done = translator.translate(
            segment.sentence for layout in layouts for field in layout for segment in field if segment.sentence
        )
        return [self._translation(chain, language, _join(title, done), _join(body, done)) for title, body in layouts]

    def _translation(self, chain: Chain, language: str, title: Sentence, body: Sentence) -> Translation:
        return Translation(
            title=title.text,
            text=body.text,
            source_language=language,
            target_language=self._target,
            engine=ENGINE,
            package=_package(chain),
            package_version=_version(chain),
            settings=self.settings,
            confidence=_confidence(chain),
            warnings=tuple(dict.fromkeys(title.warnings + body.warnings)),
        )

    # --- packages ---

    def _current(self) -> list[InstalledPackage]:
        """The installed packages, read again where the folder changed; engines of those that went are dropped."""
        with self._lock:
            seen = _signature(self._dir)
            if seen != self._seen:
                self._packages, _ = list_packages(self._dir)
                unchanged = {name for name, _ in set(seen) & set(self._seen or ())}
                self._engines = {folder: one for folder, one in self._engines.items() if folder.name in unchanged}
                self._seen = seen
            return self._packages

    def _engine(self, package: InstalledPackage) -> Engine:
        with self._lock:
            if package.folder not in self._engines:
                self._engines[package.folder] = Engine(
                    package, inter_threads=self._inter_threads, max_batch_size=self._max_batch_size
                )
            return self._engines[package.folder]


def read_glossary(config_dir: Path, conflicts: Iterable[Conflict] = ()) -> Glossary:
    """`glossary.yaml` of a configuration folder, if it is there, and behind it the names of the conflict files."""
    file = config_dir / "glossary.yaml"
    written = glossary_from(read_yaml(file)).entries if file.exists() else ()
    return Glossary([*written, *(entry for one in conflicts for entry in conflict_entries(one))])


def _signature(packages_dir: Path) -> Signature:
    """Changes when a package is installed, replaced or removed."""
    if not packages_dir.is_dir():
        return ()
    found = ((folder.name, folder / "metadata.json") for folder in packages_dir.iterdir())
    return tuple(sorted((name, file.stat().st_mtime_ns) for name, file in found if file.is_file()))


def _package(chain: Chain) -> str:
    return "+".join(package.name for package in chain)


def _version(chain: Chain) -> str:
    return "+".join(package.version for package in chain)


def _confidence(chain: Chain) -> str:
    levels = {package.confidence for package in chain}
    return next((level for level in ("sample", "low") if level in levels), "good")


def _unavailable(language: str) -> Unavailable:
    if language == UNDETERMINED:
        return Unavailable(
            language, "language not determined", "declare the source's language in sources.yaml if it has only one"
        )
    return Unavailable(language, f"no model for {language}", f"ceasewire models install {language}")


# --- layout of a text ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Segment:
    before: str  # white space
    sentence: str  # empty where there is only white space
    after: str


def _layout(text: str, language: str) -> list[_Segment]:
    return [_segment(text[span.start : span.end]) for span in split(text, language)]


def _segment(text: str) -> _Segment:
    sentence = text.strip()
    start = text.find(sentence)
    return _Segment(text[:start], sentence, text[start + len(sentence) :])


def _join(segments: Iterable[_Segment], done: Mapping[str, Sentence]) -> Sentence:
    """The field in translation, its paragraphs as they were, with the warnings of its sentences."""
    text: list[str] = []
    warnings: list[Warning] = []
    for segment in segments:
        if segment.sentence:
            translated = done[segment.sentence]
            text += [segment.before, translated.text, segment.after]
            warnings += translated.warnings
        else:
            text.append(segment.before + segment.after)
    return Sentence("".join(text), tuple(warnings))
