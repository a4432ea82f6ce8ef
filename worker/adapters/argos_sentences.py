"""Translates sentences through a chain of engines: protected, remembered, checked, and tried again another way.

The ways, each for what failed before it: as usual; with every number protected and a wider search that repeats
nothing; cut at the protected strings, so that none can be lost; bare, for a model that placeholders confuse.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import regex

from ceasewire.items import Warning
from ceasewire.pipeline.faithful import check
from ceasewire.pipeline.glossary import Glossary
from ceasewire.pipeline.protect import (
    Kind,
    Piece,
    Protected,
    as_hashtag,
    hashtag_words,
    protect,
    render_code,
    restore,
    trim,
)
from worker.adapters.argos_engine import Engine, Search
from worker.adapters.argos_package import Chain
from worker.ports import TranslationMemory


@dataclass(frozen=True, slots=True)
class Sentence:
    """A translated sentence with what is wrong with it."""

    text: str
    warnings: tuple[Warning, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to translate a sentence."""

    protected: bool = True
    numbers: bool = False
    fragments: bool = False
    wider: int = 0  # added to the beam
    no_repeat: int = 0


WAYS = (
    Way(),
    Way(numbers=True, wider=2, no_repeat=4),
    Way(numbers=True, fragments=True),
    Way(protected=False, wider=2),
)


class SentenceTranslator:
    """Sentences of one language through one chain of packages."""

    def __init__(
        self,
        chain: Chain,
        engines: Sequence[Engine],
        language: str,
        glossary: Glossary,
        settings: Mapping[str, Any],
        memory: TranslationMemory | None,
    ) -> None:
        self._chain = chain
        self._engines = engines
        self._language = language
        self._glossary = glossary
        self._settings = settings
        self._memory = memory
        self._hashtags: dict[str, str] = {}

    def translate(self, sentences: Iterable[str]) -> dict[str, Sentence]:
        """Each distinct sentence with its translation; sentences are stripped of white space at both ends."""
        wanted = list(dict.fromkeys(sentences))
        self._translate_hashtags(wanted)
        drafts = self._remembered(wanted)
        fresh = self._attempts([sentence for sentence in wanted if sentence not in drafts])
        self._remember(fresh)
        return {sentence: self._judge(sentence, text) for sentence, text in {**drafts, **fresh}.items()}

    # --- memory ---

    def _remembered(self, sentences: Sequence[str]) -> dict[str, str]:
        if self._memory is None:
            return {}
        keys = {self._key(sentence): sentence for sentence in sentences}
        return {keys[key]: text for key, text in self._memory.get(list(keys)).items()}

    def _remember(self, drafts: Mapping[str, str]) -> None:
        if self._memory is not None and drafts:
            self._memory.put({self._key(sentence): text for sentence, text in drafts.items()})

    def _key(self, sentence: str) -> str:
        """Sentence, models and settings, the glossary's version among them: it decides which attempt was the best."""
        models = [(package.name, package.version) for package in self._chain]
        parts = [models, self._language, dict(self._settings), sentence]
        return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    # --- attempts ---

    def _attempts(self, sentences: Sequence[str]) -> dict[str, str]:
        """The best draft of each sentence: the first without a warning, else the one with the fewest."""
        best: dict[str, tuple[int, str]] = {}
        pending = list(sentences)
        for way in self._ways():
            if not pending:
                break
            for sentence, draft in zip(pending, self._run(pending, way), strict=True):
                faults = len(self._judge(sentence, draft).warnings)
                if sentence not in best or faults < best[sentence][0]:
                    best[sentence] = (faults, draft)
            pending = [sentence for sentence in pending if best[sentence][0]]
        return {sentence: draft for sentence, (_, draft) in best.items()}

    def _ways(self) -> Sequence[Way]:
        """Word by word, another way gives the same words."""
        return WAYS[:1] if any(package.sample for package in self._chain) else WAYS

    def _run(self, sentences: Sequence[str], way: Way) -> list[str]:
        """All sentences in one batch."""
        prepared = [protect(s, numbers=way.numbers) if way.protected else Protected(s, ()) for s in sentences]
        templates = [_template(protected, way.fragments) for protected in prepared]
        texts = list(dict.fromkeys(part.text for template in templates for part in template if part.translate))
        search = Search(int(self._settings["beam"]) + way.wider, way.no_repeat)
        translations = dict(zip(texts, self._through_chain(texts, search), strict=True))
        return [
            restore("".join(_written(part, translations) for part in template), protected.pieces, self._render)
            for template, protected in zip(templates, prepared, strict=True)
        ]

    def _through_chain(self, texts: Sequence[str], search: Search) -> list[str]:
        for engine in self._engines:
            texts = engine.translate(texts, search)
        return list(texts)

    # --- what is put back ---

    def _translate_hashtags(self, sentences: Sequence[str]) -> None:
        """Words of hashtags are translated apart, in a batch before the sentences that hold them."""
        tags = {p.text for s in sentences if "#" in s for p in protect(s).pieces if p.kind is Kind.HASHTAG}
        words = {tag: hashtag_words(tag) for tag in sorted(tags - set(self._hashtags))}
        if not words:
            return
        drafts = dict(zip(words.values(), self._through_chain(list(words.values()), self._search()), strict=True))
        for tag, source in words.items():
            self._hashtags[tag] = self._hashtag(source, drafts[source]) or tag

    def _search(self) -> Search:
        return Search(int(self._settings["beam"]))

    def _hashtag(self, source: str, draft: str) -> str:
        """One name or so; a model that makes a sentence of it is not believed."""
        text = self._glossary.apply(source, draft, self._language)
        text = regex.sub(r"^(?:The|A|An)\s+", "", text)
        if check(source, text, self._language) or len(text.split()) > 2 * len(source.split()) + 1:
            return ""
        return as_hashtag(text)

    def _render(self, piece: Piece) -> str:
        if piece.kind is Kind.HASHTAG:
            return self._hashtags.get(piece.text, piece.text)
        return render_code(piece.text) if piece.kind is Kind.CODE else piece.text

    # --- judgement ---

    def _judge(self, sentence: str, draft: str) -> Sentence:
        """The draft with the glossary's names, and all warnings about it."""
        text = self._glossary.apply(sentence, draft, self._language)
        warnings = check(sentence, text, self._language)
        lost = [self._render(piece) for piece in protect(sentence).pieces if self._render(piece) not in text]
        if lost:
            warnings += (Warning("token_lost", f"not in the translation: {', '.join(lost)}"),)
        return Sentence(text, warnings)


@dataclass(frozen=True, slots=True)
class _Part:
    text: str
    translate: bool


def _template(protected: Protected, fragments: bool) -> list[_Part]:
    """What is to be translated of a sentence, and what stands around it."""
    trimmed = trim(protected)
    core = [_Part(trimmed.core, _has_words(trimmed.core, protected.pieces))]
    if fragments and protected.pieces:
        core = _fragments(trimmed.core, protected.pieces)
    return [_Part(trimmed.lead, False), *core, _Part(trimmed.tail, False)]


def _fragments(core: str, pieces: Sequence[Piece]) -> list[_Part]:
    """The core cut at its placeholders, white space kept outside of what is translated."""
    pattern = "|".join(regex.escape(piece.placeholder) for piece in pieces)
    parts = regex.split(rf"(\s*(?:{pattern})\s*)", core)
    return [_Part(part, at % 2 == 0 and _has_words(part, ())) for at, part in enumerate(parts)]


def _has_words(text: str, pieces: Sequence[Piece]) -> bool:
    """Numbers and marks alone need no model."""
    for piece in pieces:
        text = text.replace(piece.placeholder, "")
    return regex.search(r"\p{L}", text) is not None


def _written(part: _Part, translations: Mapping[str, str]) -> str:
    return translations[part.text] if part.translate else part.text
