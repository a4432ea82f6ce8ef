"""Tokenizers of Argos packages: SentencePiece, or byte-pair encoding behind a Moses tokenizer.

argostranslate's own decoding turns every `_` of a text into a space, and its BPE needs a package that is not
installed here, so both are done anew; the BPE merges themselves are argostranslate's.
"""

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import regex
import sentencepiece

from worker.adapters.argos_library import argos_module

SPACE = "▁"


class Tokenizer(Protocol):
    """Text to the model's pieces and back."""

    def encode(self, sentence: str) -> list[str]:
        """Pieces of one sentence, without EOS or language prefixes."""
        ...

    def decode(self, pieces: Sequence[str]) -> str:
        """The sentence that pieces spell."""
        ...


class SentencePieceTokenizer:
    """`sentencepiece.model` of a package."""

    def __init__(self, model: Path) -> None:
        self._processor = sentencepiece.SentencePieceProcessor(model_file=str(model))

    def encode(self, sentence: str) -> list[str]:
        """Pieces, unknown ones as they are written."""
        pieces: list[str] = self._processor.encode(sentence, out_type=str)
        return pieces

    def decode(self, pieces: Sequence[str]) -> str:
        """Pieces copied by the model may be unknown to the tokenizer and keep their ▁."""
        text: str = self._processor.decode_pieces(list(pieces))
        return text.replace(SPACE, " ").strip()


class BpeTokenizer:
    """`bpe.model` of a package: Moses tokens, split by subword-nmt merges with `@@` as continuation mark."""

    def __init__(self, model: Path) -> None:
        with model.open(encoding="utf-8") as merges:
            self._bpe = argos_module("apply_bpe").BPE(merges)

    def encode(self, sentence: str) -> list[str]:
        """Pieces, escaped as Moses does."""
        pieces: list[str] = self._bpe.segment_tokens(moses_tokens(sentence))
        return pieces

    def decode(self, pieces: Sequence[str]) -> str:
        """Join the pieces, then the tokens."""
        return moses_text(" ".join(pieces).replace("@@ ", "").removesuffix("@@").split())


# Moses tokenizer.perl, its rules that matter to Cyrillic and Latin news: punctuation stands alone, except a full stop,
# comma or colon between digits, a full stop inside an abbreviation, an apostrophe or hyphen inside a word.
_MOSES = regex.compile(
    r"\d+(?:[.,:]\d+)*|(?:\p{L}\.){2,}|[\p{L}\p{M}\d]+(?:['’\-][\p{L}\p{M}\d]+)*|\.{2,}|[^\s\p{L}\p{M}\d]|\p{M}+"
)
_ESCAPED = {
    "&": "&amp;",
    "|": "&#124;",
    "<": "&lt;",
    ">": "&gt;",
    "'": "&apos;",
    '"': "&quot;",
    "[": "&#91;",
    "]": "&#93;",
}
_NO_SPACE_BEFORE = frozenset(".,;:!?)]}%»”…") | {"...", "'s"}
_NO_SPACE_AFTER = frozenset("([{«“#$£€@")


def moses_tokens(sentence: str) -> list[str]:
    """Tokens with Moses' escapes."""
    return ["".join(_ESCAPED.get(char, char) for char in token) for token in _MOSES.findall(sentence)]


def moses_text(tokens: Sequence[str]) -> str:
    """Tokens as a sentence: no space before closing marks, none after opening ones, straight quotes in pairs."""
    text, glue, quoted = "", True, False
    for token in (html.unescape(token) for token in tokens):
        closing = token in _NO_SPACE_BEFORE or (token == '"' and quoted)
        text += token if glue or closing else " " + token
        glue = token in _NO_SPACE_AFTER or (token == '"' and not quoted)
        quoted ^= token == '"'
    return text
