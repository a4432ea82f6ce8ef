"""Runs one Argos package through CTranslate2: sentences in, sentences out, batched.

The model is loaded at the first sentence, in the process that translates: a CTranslate2 translator that was built
before a fork hangs in the child. Threads share one engine.
"""

import math
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import regex

from ceasewire.errors import Permanent
from worker.adapters.argos_package import InstalledPackage
from worker.adapters.argos_process import prepare_process
from worker.adapters.argos_tokenizers import Tokenizer

LONGEST = 200  # pieces of one sentence; models are trained on less, and the work grows with the square
MAX_DECODED = 400
SMALLEST = 64  # pieces: two batches of fewer are slower than one


@dataclass(frozen=True, slots=True)
class Search:
    """How to search: beam width, and the length of word groups that may not come twice (0: any may)."""

    beam: int = 2
    no_repeat: int = 0


class Engine:
    """One package, loaded when it is first used."""

    def __init__(self, package: InstalledPackage, *, inter_threads: int = 2, max_batch_size: int = 1024) -> None:
        self.package = package
        self._inter_threads = inter_threads
        self._max_batch_size = max_batch_size
        self._lock = threading.Lock()
        self._loaded: tuple[int, Any, Tokenizer] | None = None  # process id, translator, tokenizer

    def translate(self, sentences: Sequence[str], search: Search) -> list[str]:
        """One translation per sentence, in order; longer ones are translated in parts."""
        translator, tokenizer = self._load()
        parts = [_parts(sentence, tokenizer) for sentence in sentences]
        flat = [pieces for sentence in parts for pieces in sentence]
        translated = iter(self._run(translator, tokenizer, flat, search))
        return [" ".join(next(translated) for _ in sentence) for sentence in parts]

    def _run(self, translator: Any, tokenizer: Tokenizer, batch: list[list[str]], search: Search) -> list[str]:
        if not batch:
            return []
        prefix, suffix = self.package.source_prefix.split(), self.package.source_suffix.split()
        target = self.package.target_prefix.split()
        sources = [[*prefix, *pieces, *suffix] for pieces in batch]
        results = translator.translate_batch(
            sources,
            target_prefix=[target] * len(batch) if target else None,
            beam_size=search.beam,
            no_repeat_ngram_size=search.no_repeat,
            length_penalty=0.2,  # as argostranslate sets it
            replace_unknowns=True,
            max_batch_size=self._batch_size(sum(map(len, sources)), search.beam),
            batch_type="tokens",
            max_decoding_length=MAX_DECODED,
        )
        return [tidy(tokenizer.decode(_without(result.hypotheses[0], target))) for result in results]

    def _batch_size(self, pieces: int, beam: int) -> int:
        """Pieces a batch: as many as fit, a wider search fewer, and all threads with the same number of batches."""
        limit = self._max_batch_size * 2 // max(beam, 2)
        rounds = math.ceil(pieces / (limit * self._inter_threads))
        return min(limit, max(SMALLEST, math.ceil(pieces / (rounds * self._inter_threads))))

    def _load(self) -> tuple[Any, Tokenizer]:
        with self._lock:
            if self._loaded is None or self._loaded[0] != os.getpid():
                self._loaded = (os.getpid(), self._new_translator(), self.package.tokenizer())
            return self._loaded[1], self._loaded[2]

    def _new_translator(self) -> Any:
        prepare_process()
        import ctranslate2

        try:
            return ctranslate2.Translator(
                str(self.package.folder / "model"),
                inter_threads=self._inter_threads,
                intra_threads=1,  # two are slower than one
            )
        except (RuntimeError, ValueError, IndexError) as error:  # the last: a variable of the model is missing
            raise Permanent(
                f"the model cannot be loaded: {error}",
                about=str(self.package.folder),
                remedy="ceasewire models remove, then install it again",
            ) from error


def _parts(sentence: str, tokenizer: Tokenizer) -> list[list[str]]:
    """Pieces of a sentence, halved at a clause mark or a space until no part is too long."""
    pieces = tokenizer.encode(sentence)
    if len(pieces) <= LONGEST:
        return [pieces]
    middle = _cut(sentence)
    if not 0 < middle < len(sentence):
        return [pieces[at : at + LONGEST] for at in range(0, len(pieces), LONGEST)]
    return _parts(sentence[:middle], tokenizer) + _parts(sentence[middle:], tokenizer)


def _cut(sentence: str) -> int:
    """The clause mark nearest to the middle, else the space nearest to it."""
    middle = len(sentence) // 2
    for pattern in (r"[,;:—–՝]\s+", r"\s+"):
        ends = [match.end() for match in regex.finditer(pattern, sentence.rstrip())]
        near = [end for end in ends if len(sentence) // 5 < end < len(sentence) * 4 // 5]
        if near:
            return min(near, key=lambda end: abs(end - middle))
    return 0


def _without(pieces: Sequence[str], prefix: Sequence[str]) -> Sequence[str]:
    """The hypothesis without the language token it was made to start with."""
    return pieces[len(prefix) :] if prefix and list(pieces[: len(prefix)]) == list(prefix) else pieces


def tidy(text: str) -> str:
    """No space behind an opening mark, none doubled."""
    return regex.sub(r"(?<=[(\[«“#]) +| +(?= )", "", text).strip()
