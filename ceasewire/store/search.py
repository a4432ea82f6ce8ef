"""Full-text search: one fold for index and query, one query language, SQLite FTS5 and PostgreSQL tsvector below.

Query language: `word`, `"a phrase"`, `begin*`, `-word` or `NOT word`, `this OR that`; words side by side must all
occur.

No tokenizer of either database folds what the news of this region needs, so the words are made here and both databases
take them as they are: PostgreSQL's parser, dictionaries and locale never see the text.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import regex
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    TableClause,
    and_,
    cast,
    column,
    delete,
    insert,
    not_,
    select,
)
from sqlalchemy import table as sql_table
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.orm import Session

from ceasewire.errors import InvalidQuery
from ceasewire.store.statements import is_postgres
from ceasewire.store.tables import ITEM

MAX_CHARACTERS = 200_000  # of one item that are indexed: a tsvector holds 1 MB
MAX_POSITION = 16_383  # a tsvector's last position: a word after it is found, but in no phrase
MAX_OCCURRENCES = 255  # of one word in a tsvector
MAX_WORD = 200  # characters; a tsvector's word holds 2 KB
MAX_TERMS = 64  # in one query

_WORD = re.compile(r"[^\W_]+")
_TOKEN = re.compile(r'(-?)"([^"]*)"?(\*?)|(\S+)')
_MARK = regex.compile(r"(?<![иу])\u0306|(?!\u0306)\p{Mn}")  # й and ў are letters of their own
_LETTERS = str.maketrans(
    {"ı": "i", "ə": "e", "ø": "o", "đ": "d", "ł": "l", "ی": "ي", "ى": "ي", "ک": "ك", "ة": "ه"}
    | dict.fromkeys("'’‘ʼʻʹʿʾ`´՚", " ")  # Türkiye'nin is found as Türkiye
    | dict.fromkeys("՛՜՞՟\u0640\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")  # stand inside words
    | {chr(zero + n): str(n) for zero in (0x0660, 0x06F0) for n in range(10)}
)

SQLITE_INDEX = sql_table("item_search", column("rowid", Integer), column("body", String))
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


def matches(s: Session, query: SearchQuery) -> ColumnElement[bool]:
    """The condition on ITEM that a query stands for."""
    return _matches_postgres(query) if is_postgres(s) else _matches_sqlite(query)


def _matches_postgres(query: SearchQuery) -> ColumnElement[bool]:
    expression = " & ".join(
        [f"({' | '.join(map(_tsquery, group))})" for group in query.all_of]
        + [f"!({_tsquery(term)})" for term in query.none_of]
    )
    condition = POSTGRES_INDEX.c.body.op("@@")(cast(expression, TSQUERY))
    return ITEM.c.id.in_(select(POSTGRES_INDEX.c.item_id).where(condition))


def _tsquery(term: Term) -> str:
    words = [f"'{word}'" for word in term.words]
    if term.prefix:
        words[-1] += ":*"
    return " <-> ".join(words) if len(words) == 1 else f"({' <-> '.join(words)})"


def _matches_sqlite(query: SearchQuery) -> ColumnElement[bool]:
    wanted = " AND ".join(f"({' OR '.join(map(_fts5, group))})" for group in query.all_of)
    unwanted = " OR ".join(map(_fts5, query.none_of))
    conditions = [ITEM.c.id.in_(_rows(wanted))] if wanted else []
    if unwanted:
        conditions.append(not_(ITEM.c.id.in_(_rows(unwanted))))
    return and_(*conditions)


def _rows(expression: str) -> Select[int]:
    return select(SQLITE_INDEX.c.rowid).where(column("item_search").op("MATCH")(expression))


def _fts5(term: Term) -> str:
    return f'"{" ".join(term.words)}"' + (" *" if term.prefix else "")


def index_items(s: Session, texts: Mapping[int, Iterable[str]]) -> None:
    """Index items by id under all of their texts, in place of what was indexed before."""
    if not texts:
        return
    folded = {item_id: fold("\n".join(parts)[:MAX_CHARACTERS]) for item_id, parts in texts.items()}
    index: TableClause = POSTGRES_INDEX if is_postgres(s) else SQLITE_INDEX
    id_column = index.c.item_id if is_postgres(s) else index.c.rowid
    s.execute(delete(index).where(id_column.in_(list(folded))))
    if is_postgres(s):
        rows = [{"item_id": item_id, "body": _tsvector(words)} for item_id, words in folded.items()]
        s.execute(insert(POSTGRES_INDEX), rows)
    else:
        s.execute(insert(SQLITE_INDEX), [{"rowid": item_id, "body": words} for item_id, words in folded.items()])


def _tsvector(folded: str) -> str:
    """A tsvector's text form, `'word':1,5 …`."""
    places: dict[str, list[str]] = {}
    for position, word in enumerate(folded.split(), start=1):
        at = places.setdefault(word, [])
        if len(at) < MAX_OCCURRENCES:
            at.append(str(min(position, MAX_POSITION)))
    return " ".join(f"'{word}':{','.join(at)}" for word, at in places.items())
