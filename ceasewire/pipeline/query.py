"""Query: what a subscription asks for, read from its JSON form with errors that name the field."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ceasewire.errors import InvalidQuery
from ceasewire.items import Publisher, Salience, SourceKind, Verdict
from ceasewire.words import SearchQuery
from ceasewire.words import parse_query as parse_words

TAG_LISTS = ("topics", "actors", "places")
SOURCE_LISTS = ("sources", "source_kinds", "publishers", "countries", "sides")
LISTS = (*TAG_LISTS, "languages", *SOURCE_LISTS, "verdicts")
FIELDS = ("conflict", *LISTS, "min_score", "salience", "words", "words_in")

ANY_SALIENCE = "any"
SALIENCES = (str(Salience.REPORTED), ANY_SALIENCE)
WORDS_IN = ("any", "original", "translation", "both")

CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "source_kinds": tuple(map(str, SourceKind)),
        "publishers": tuple(map(str, Publisher)),
        "verdicts": (str(Verdict.RELEVANT), str(Verdict.POSSIBLE)),
    }
)
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AlertQuery:
    """A saved query. Within a field any value matches, between fields all must; an empty field asks nothing.

    Topics match with their children: an item with a topic has its parents too. `verdicts` empty: `relevant`, asked
    only where the query names a conflict, topic, actor or place. `words_in` any: in original and translation taken
    together; both: in each.
    """

    conflict: str | None = None
    topics: frozenset[str] = NOBODY
    actors: frozenset[str] = NOBODY
    places: frozenset[str] = NOBODY
    languages: frozenset[str] = NOBODY
    sources: frozenset[str] = NOBODY
    source_kinds: frozenset[str] = NOBODY
    publishers: frozenset[str] = NOBODY
    countries: frozenset[str] = NOBODY
    sides: frozenset[str] = NOBODY
    verdicts: frozenset[str] = NOBODY
    min_score: float | None = None
    salience: str = str(Salience.REPORTED)
    words: SearchQuery | None = None
    words_as_written: str = ""
    words_in: str = "any"

    @property
    def asks_tags(self) -> bool:
        """A topic, actor or place must be there."""
        return bool(self.topics or self.actors or self.places)

    @property
    def asks_verdict(self) -> bool:
        """Some conflict must have judged the item."""
        return self.conflict is not None or bool(self.verdicts) or self.min_score is not None


def parse_query(fields: Mapping[str, Any], *, may_be_empty: bool = False) -> AlertQuery:
    """A query from its JSON form.

    Raises ValueError naming the field: unknown, of a wrong type or value, or no field that asks anything.
    """
    for name in fields:
        if name not in FIELDS:
            raise ValueError(f"{name}: no such field; there are {', '.join(FIELDS)}")
    lists = {name: _strings(name, fields.get(name)) for name in LISTS}
    words = _text("words", fields.get("words"), str.strip) or ""
    query = AlertQuery(
        conflict=_text("conflict", fields.get("conflict"), str.strip) or None,
        min_score=_score(fields.get("min_score")),
        salience=_choice("salience", fields.get("salience"), SALIENCES),
        words=_words(words),
        words_as_written=words,
        words_in=_choice("words_in", fields.get("words_in"), WORDS_IN),
        **lists,
    )
    asks = query.words is not None or any(lists.values()) or query.min_score is not None
    if not asks and not may_be_empty:
        raise ValueError("topics: name at least one topic, actor, place, language, source, verdict or words")
    return query


def _strings(name: str, value: Any) -> frozenset[str]:
    value = [] if value is None else value
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise ValueError(f"{name}: not a list of strings")
    for entry in value:
        if name in CHOICES and entry not in CHOICES[name]:
            raise ValueError(f"{name}: {entry!r} is none of {', '.join(CHOICES[name])}")
    return frozenset(value)


def _text(name: str, value: Any, clean: Callable[[str], str]) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{name}: not a string")
    return None if value is None else clean(value)


def _choice(name: str, value: Any, choices: tuple[str, ...]) -> str:
    if value is None:
        return choices[0]
    if value not in choices:
        raise ValueError(f"{name}: {value!r} is none of {', '.join(choices)}")
    return str(value)


def _score(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise ValueError(f"min_score: {value!r} is no number from 0 on")
    return float(value)


def _words(words: str) -> SearchQuery | None:
    try:
        return parse_words(words) if words else None
    except InvalidQuery as error:
        raise ValueError(f"words: {error.message}") from error
