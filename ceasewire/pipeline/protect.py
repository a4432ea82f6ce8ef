"""Protection of what a translation model must not touch: URLs, e-mails, handles, hashtags, codes, long numbers.

`protect` puts a placeholder for each, `restore` puts them back, exactly, for any text. What stands at the edges of a
sentence is cut off by `trim`, so the model never sees it (a post of 58 tokens has 19 without its URLs).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import regex


class Kind(StrEnum):
    """What was protected."""

    URL = "url"
    EMAIL = "email"
    HANDLE = "handle"
    HASHTAG = "hashtag"  # its words may be translated; the mark may not
    CODE = "code"  # С-300, 5G, QL-2021/7
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Piece:
    """One protected string and the placeholder that stands for it."""

    kind: Kind
    text: str
    placeholder: str


@dataclass(frozen=True, slots=True)
class Protected:
    """A text with placeholders."""

    text: str
    pieces: tuple[Piece, ...]


_PATTERNS = {
    # From its beginning, and no longer than RFC 5321 lets it be: else every letter of a long run is tried as the first.
    Kind.EMAIL: r"(?<![\w.+\-])[\w.+\-]{1,64}@[\w\-]+(?:\.[\w\-]+)+",
    Kind.URL: r"(?:https?://|www\.)[^\s<>«»“”\"]*[^\s<>«»“”\".,;:!?…)\]'’]"
    r"|(?:pic\.twitter\.com|t\.me|t\.co|bit\.ly|youtu\.be)/[^\s<>«»\"]*[^\s<>«»\".,;:!?…)\]]",
    Kind.HANDLE: r"(?<![\p{L}\p{N}_])@[A-Za-z0-9_]{2,}(?:\.[A-Za-z0-9_]+)*",
    Kind.HASHTAG: r"(?<![\p{L}\p{N}_&])[#＃](?=[^\d_]|\d+[\p{L}_])[\p{L}\p{M}\p{N}_]+",
    Kind.CODE: r"(?<![\p{L}\p{N}_])(?:\p{Lu}{1,5}[\-–]?\d{1,5}(?:[\-/]?\p{Lu}?\d*)*|\d+(?:/\d+)+|\d{1,5}\p{Lu}{1,3})"
    r"(?![\p{L}\p{N}_])",
}
_LONG_NUMBER = r"(?<![\p{L}\p{N}])\+?\d(?:[\d \u00a0().\-]*\d){6,}(?![\p{L}\p{N}])"
_ANY_NUMBER = r"(?<![\p{L}\p{N}])\d+(?:[.,:\u00a0 ]\d+)*(?![\p{L}\p{N}])"


def _compile(number: str) -> regex.Pattern[str]:
    groups = [f"(?P<{kind}>{pattern})" for kind, pattern in {**_PATTERNS, Kind.NUMBER: number}.items()]
    return regex.compile("|".join(groups))


_USUAL, _STRICT = _compile(_LONG_NUMBER), _compile(_ANY_NUMBER)


def protect(text: str, *, numbers: bool = False) -> Protected:
    """Put placeholders; with `numbers` for every number too, not only for long ones."""
    marker = _unused_marker(text)
    pieces: list[Piece] = []

    def place(match: regex.Match[str]) -> str:
        placeholder = f"{marker}{len(pieces) + 1}{marker}"
        pieces.append(Piece(Kind(str(match.lastgroup)), match.group(), placeholder))
        return placeholder

    return Protected((_STRICT if numbers else _USUAL).sub(place, text), tuple(pieces))


def _unused_marker(text: str) -> str:
    """Latin capitals that models copy: X, else XQ, XQQ, …, the first that the text does not hold."""
    marker = "X"
    while regex.search(rf"{marker}\d", text):
        marker += "Q"
    return marker


def restore(text: str, pieces: Sequence[Piece], render: Callable[[Piece], str] = lambda piece: piece.text) -> str:
    """Put the pieces back; `render` may write one otherwise, e.g. a hashtag in translation."""
    if not pieces:
        return text
    by_placeholder = {piece.placeholder: piece for piece in pieces}
    return _placeholders(pieces).sub(lambda match: render(by_placeholder[match.group()]), text)


def lost(text: str, pieces: Sequence[Piece]) -> list[Piece]:
    """Pieces whose placeholder does not stand exactly once in a translated text."""
    return [piece for piece in pieces if text.count(piece.placeholder) != 1]


def _placeholders(pieces: Sequence[Piece]) -> regex.Pattern[str]:
    return regex.compile("|".join(regex.escape(piece.placeholder) for piece in pieces))


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A protected text in three parts; joined they are the text. Only `core` needs translating."""

    lead: str
    core: str
    tail: str


_DETACHABLE = frozenset({Kind.URL, Kind.EMAIL, Kind.HANDLE, Kind.HASHTAG})
_AFTER_LEAD = regex.compile(r"\s*[:|—–\-,;]+\s*|\s+(?=[\p{Lu}«“\"„(])|\s*$")
_BEFORE_TAIL = regex.compile(r"(?:^|[.!?…։:»”\"')\]|—–\-])\s*$")
_SPACE = regex.compile(r"\s*")


def trim(protected: Protected) -> Trimmed:
    """Cut white space and placeholders off both ends, but none that is a word of the sentence (`meets with @x`)."""
    text, pieces = protected.text, protected.pieces
    start = _lead_end(text, pieces)
    end = _tail_start(text, pieces, start)
    return Trimmed(text[:start], text[start:end], text[end:])


def _lead_end(text: str, pieces: Sequence[Piece]) -> int:
    """A URL stands apart; a handle or hashtag does before a mark, a capital letter or another of its kind."""
    end = _skip_space(text, 0)
    for number, piece in enumerate(pieces):
        if piece.kind not in _DETACHABLE or not text.startswith(piece.placeholder, end):
            break
        after = end + len(piece.placeholder)
        beyond = _skip_space(text, after)
        follows_piece = any(text.startswith(other.placeholder, beyond) for other in pieces[number + 1 :])
        mark = _AFTER_LEAD.match(text, after)
        if not (mark or follows_piece or piece.kind is Kind.URL):
            break
        end = mark.end() if mark else beyond
    return end


def _tail_start(text: str, pieces: Sequence[Piece], start: int) -> int:
    """A URL stands apart; a run of handles or hashtags does behind the end of a sentence or before a URL."""
    cut = probe = max(start, len(text.rstrip()))
    for piece in reversed(pieces):
        begin = probe - len(piece.placeholder)
        if begin < start or piece.kind not in _DETACHABLE or not text.startswith(piece.placeholder, begin):
            break
        probe = max(start, len(text[:begin].rstrip()))
        if piece.kind is Kind.URL or _BEFORE_TAIL.search(text, start, begin):
            cut = probe
    return cut


def _skip_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def hashtag_words(hashtag: str) -> str:
    """`#НагорныйКарабах_сегодня` as words: parted at `_` and at capitals behind small letters."""
    return regex.sub(r"_+|(?<=\p{Ll})(?=\p{Lu})", " ", hashtag[1:]).strip()


def as_hashtag(words: str) -> str:
    """Words as one hashtag: `South-Caucasus today` becomes `#SouthCaucasusToday`; empty where no word is left."""
    found = regex.findall(r"[\p{L}\p{M}\p{N}]+", words)
    return "#" + "".join(word[0].upper() + word[1:] for word in found) if found else ""


_LATIN = str.maketrans(
    dict(zip("АБВГДЕЗИКЛМНОПРСТУФХЭ", "ABVGDEZIKLMNOPRSTUFHE", strict=True))
    | {"Ж": "ZH", "Ч": "CH", "Ш": "SH", "Ц": "TS"}
)


def render_code(code: str) -> str:
    """A code in Latin letters: `С-300` reads `S-300`."""
    return code.translate(_LATIN)
