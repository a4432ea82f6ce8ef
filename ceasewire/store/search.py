"""Full-text search: one fold for index and query, one query language, SQLite FTS5 and PostgreSQL tsvector below.

Query language: `word`, `"a phrase"`, `begin*`, `-word` or `NOT word`, `this OR that`; words side by side must all
occur.

No tokenizer of either database folds what the news of this region needs, so the words are made here and both databases
take them as they are: PostgreSQL's parser, dictionaries and locale never see the text.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import regex
from sqlalchemy import BigInteger, ColumnElement, Integer, String, cast, column, delete, insert, update
from sqlalchemy import table as sql_table
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.orm import Session

from ceasewire.errors import InvalidQuery
from ceasewire.store.statements import is_postgres

MAX_CHARACTERS = 200_000  # of one item that are indexed: a tsvector holds 1 MB
MAX_POSITION = 16_383  # a tsvector's last position: a word after it is found, but in no phrase
MAX_OCCURRENCES = 255  # of one word in a tsvector
MAX_WORD = 200  # characters; a tsvector's word holds 2 KB
MAX_TERMS = 64  # in one query
ID_BITS = 31  # of a row of SQLITE_INDEX; the seconds of publication stand above them

_WORD = re.compile(r"[^\W_]+")
_TOKEN = re.compile(r'(-?)"([^"]*)"?(\*?)|(\S+)')
_MARK = regex.compile(r"(?<![иу])\u0306|(?!\u0306)\p{Mn}")  # й and ў are letters of their own
_LETTERS = str.maketrans(
    {"ı": "i", "ə": "e", "ø": "o", "đ": "d", "ł": "l", "ی": "ي", "ى": "ي", "ک": "ك", "ة": "ه"}
    | dict.fromkeys("'’‘ʼʻʹʿʾ`´՚", " ")  # Türkiye'nin is found as Türkiye
    | dict.fromkeys("՛՜՞՟\u0640\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")  # stand inside words
    | {chr(zero + n): str(n) for zero in (0x0660, 0x06F0) for n in range(10)}
)

SQLITE_INDEX = sql_table("item_search", column("rowid", BigInteger), column("body", String))
POSTGRES_INDEX = sql_table("item_search", column("item_id", Integer), column("body", TSVECTOR))


def fold(text: str) -> str:
    """`text` as the index knows it: folded words with one space between them.

    Folds case, ё/е, Latin diacritics and ə, ı/İ/I, Armenian եվ/և/եւ and the marks inside Armenian words, Arabic and
    Persian forms of one letter, digits. Apostrophes and hyphens part words.
    """
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)
    bare = unicodedata.normalize("NFC", _MARK.sub("", unicodedata.normalize("NFD", plain)))
    return " ".join(word[:MAX_WORD] for word in _WORD.findall(bare.replace("եվ", "եւ")))


# --- the query language ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Term:
    """One word or several in a row, folded; `prefix`: the last one is only the beginning of a word."""

    words: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """All of the groups must occur, of each group any term; none of `none_of`."""

    all_of: tuple[tuple[Term, ...], ...]
    none_of: tuple[Term, ...]


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


# --- the two databases -----------------------------------------------------------------------------------------


def postgres_condition(query: SearchQuery) -> ColumnElement[bool]:
    """The condition on POSTGRES_INDEX that a query stands for."""
    expression = " & ".join(
        [f"({' | '.join(map(_tsquery, group))})" for group in query.all_of]
        + [f"!({_tsquery(term)})" for term in query.none_of]
    )
    return POSTGRES_INDEX.c.body.op("@@", is_comparison=True)(cast(expression, TSQUERY))


def _tsquery(term: Term) -> str:
    words = [f"'{word}'" for word in term.words]
    if term.prefix:
        words[-1] += ":*"
    return f"({' <-> '.join(words)})"


def sqlite_condition(query: SearchQuery) -> ColumnElement[bool]:
    """The condition on SQLITE_INDEX that a query with `all_of` stands for; FTS5 cannot look for absence alone."""
    wanted = " AND ".join(f"({' OR '.join(map(_fts5, group))})" for group in query.all_of)
    unwanted = " OR ".join(map(_fts5, query.none_of))
    return _match(f"({wanted}) NOT ({unwanted})" if unwanted else wanted)


def sqlite_unwanted(query: SearchQuery) -> ColumnElement[bool]:
    """The condition on SQLITE_INDEX for any of `none_of`."""
    return _match(" OR ".join(map(_fts5, query.none_of)))


def _match(expression: str) -> ColumnElement[bool]:
    return column("item_search").op("MATCH", is_comparison=True)(expression)


def _fts5(term: Term) -> str:
    return f'"{" ".join(term.words)}"' + (" *" if term.prefix else "")


def sqlite_rowid(published_at: datetime, item_id: int) -> int:
    """The row of an item in SQLITE_INDEX: rows stand in the order of publication, so the newest matches come first."""
    seconds = min(max(int(published_at.timestamp()), 0), 2**32 - 1)
    return seconds << ID_BITS | item_id


def index_item(s: Session, item_id: int, published_at: datetime, texts: Iterable[str]) -> None:
    """Index an item under all of its texts, in place of what was indexed before."""
    words = fold("\n".join(texts)[:MAX_CHARACTERS])
    unindex_item(s, item_id, published_at)
    if is_postgres(s):
        s.execute(insert(POSTGRES_INDEX).values(item_id=item_id, body=cast(_tsvector(words), TSVECTOR)))
    else:
        s.execute(insert(SQLITE_INDEX).values(rowid=sqlite_rowid(published_at, item_id), body=words))


def unindex_item(s: Session, item_id: int, published_at: datetime) -> None:
    """Take an item out of the index."""
    if is_postgres(s):
        s.execute(delete(POSTGRES_INDEX).where(POSTGRES_INDEX.c.item_id == item_id))
    else:
        s.execute(delete(SQLITE_INDEX).where(SQLITE_INDEX.c.rowid == sqlite_rowid(published_at, item_id)))


def move_in_index(s: Session, item_id: int, old: datetime, new: datetime) -> None:
    """An item's time of publication became better known."""
    if not is_postgres(s):
        row = update(SQLITE_INDEX).where(SQLITE_INDEX.c.rowid == sqlite_rowid(old, item_id))
        s.execute(row.values(rowid=sqlite_rowid(new, item_id)))


def _tsvector(folded: str) -> str:
    """A tsvector's text form, `'word':1,5 …`."""
    places: dict[str, list[str]] = {}
    for position, word in enumerate(folded.split(), start=1):
        at = places.setdefault(word, [])
        if len(at) < MAX_OCCURRENCES:
            at.append(str(min(position, MAX_POSITION)))
    return " ".join(f"'{word}':{','.join(at)}" for word, at in places.items())
