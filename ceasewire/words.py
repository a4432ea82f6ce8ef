"""Words as all of Ceasewire knows them: one fold for index, search and alerts, and one query language.

Query language: `word`, `"a phrase"`, `begin*`, `-word` or `NOT word`, `this OR that`; words side by side must all
occur. No database's tokenizer folds what the news of this region needs, so the words are made here.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import regex

from ceasewire.errors import InvalidQuery

MAX_WORD = 200  # characters; longer ones are data, not words, and a tsvector's word holds 2 KB
MAX_TERMS = 64  # in one query

_WORD = re.compile(r"[^\W_]+")
_TOKEN = re.compile(r'(-?)"([^"]*)"?(\*?)|(\S+)')
_MARK = regex.compile(r"(?<![иу])\u0306|(?!\u0306)\p{Mn}")  # й and ў are letters of their own
_ASCII_WORDS = {code: " " for code in range(128) if not chr(code).isalnum()}
_LETTERS = str.maketrans(
    {"ı": "i", "ə": "e", "ø": "o", "đ": "d", "ł": "l", "ی": "ي", "ى": "ي", "ک": "ك", "ة": "ه"}
    | dict.fromkeys("'’‘ʼʻʹʿʾ`´՚", " ")  # Türkiye'nin is found as Türkiye
    | dict.fromkeys("՛՜՞՟\u0640\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")  # stand inside words
    | {chr(zero + n): str(n) for zero in (0x0660, 0x06F0) for n in range(10)}
)


def fold(text: str) -> str:
    """`text` as the index knows it: folded words with one space between them.

    Folds case, ё/е, Latin diacritics and ə, ı/İ/I, Armenian եվ/և/եւ and the marks inside Armenian words, Arabic and
    Persian forms of one letter, digits. Apostrophes and hyphens part words.
    """
    if text.isascii():
        return _joined(text.lower().translate(_ASCII_WORDS).split())
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)
    bare = unicodedata.normalize("NFC", _MARK.sub("", unicodedata.normalize("NFD", plain)))
    return _joined(_WORD.findall(bare.replace("եվ", "եւ")))


def _joined(words: list[str]) -> str:
    if max(map(len, words), default=0) > MAX_WORD:
        words = [word[:MAX_WORD] for word in words]
    return " ".join(words)


# --- the query language ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Term:
    """One word or several in a row, folded; `prefix`: the last one is only the beginning of a word."""

    words: tuple[str, ...]
    prefix: bool = False

    def occurs_in(self, padded: str) -> bool:
        """Whether it stands in a folded text with a space at either end."""
        return f" {' '.join(self.words)}{'' if self.prefix else ' '}" in padded


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """All of the groups must occur, of each group any term; none of `none_of`."""

    all_of: tuple[tuple[Term, ...], ...]
    none_of: tuple[Term, ...]

    def matches(self, folded: str) -> bool:
        """Whether a text that went through `fold` satisfies the query."""
        padded = f" {folded} "
        found = all(any(term.occurs_in(padded) for term in group) for group in self.all_of)
        return found and not any(term.occurs_in(padded) for term in self.none_of)


def parse_query(q: str) -> SearchQuery:
    """Read a user's query; whatever is no operator is taken as words. Raises InvalidQuery where no word is left."""
    groups: list[list[Term]] = []
    none_of: list[Term] = []
    negated = alternative = False
    for token in _tokens(q):
        if token in ("AND", "OR", "NOT"):
            negated = negated or token == "NOT"
            alternative = token == "OR" and bool(groups)
            continue
        minus, term = _term(token)
        if not term.words:
            continue
        if negated or minus:
            none_of.append(term)
        elif alternative:
            groups[-1].append(term)
        else:
            groups.append([term])
        negated = alternative = False
    if not groups and not none_of:
        raise InvalidQuery(f"there is no word to search for in {q!r}", about="q", remedy="write letters or digits")
    if sum(map(len, groups)) + len(none_of) > MAX_TERMS:
        raise InvalidQuery(f"more than {MAX_TERMS} words or phrases", about="q", remedy="search for fewer")
    return SearchQuery(tuple(tuple(group) for group in groups), tuple(none_of))


def _tokens(q: str) -> Iterable[str]:
    return (match.group() for match in _TOKEN.finditer(q))


def _term(token: str) -> tuple[bool, Term]:
    minus = token.startswith("-")
    words = tuple(fold(token).split())
    return minus, Term(words, prefix=bool(words) and token.endswith("*"))
