"""Alert: does an item match a saved query, why, and which other items would be the same news to a subscriber."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ceasewire.errors import InvalidQuery
from ceasewire.items import AlertIntent, Salience, Tag, Tagging, TagKind, Verdict
from ceasewire.words import SearchQuery
from ceasewire.words import parse_query as parse_words

LISTS = ("topics", "actors", "places", "languages", "sources")
FIELDS = frozenset({"conflict", "words", *LISTS})


@dataclass(frozen=True, slots=True)
class AlertQuery:
    """A saved query. Within a field any value matches, between fields all must; an empty field asks nothing."""

    conflict: str | None = None
    topics: frozenset[str] = frozenset()
    actors: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    words: SearchQuery | None = None
    words_as_written: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """An item as an alert sees it. `folded` is title, text and translation, folded for the comparison of words.

    `first_copy` is the item that stands for its story, None or itself where there is no other; `embedded_posts` are
    the posts in that one.
    """

    item_id: int
    source_id: str
    language: str
    folded: str
    first_copy: int | None
    embedded_posts: Sequence[int]


def parse_query(fields: Mapping[str, Any]) -> AlertQuery:
    """A query from its JSON form.

    Raises ValueError naming the field: unknown, of a wrong type, or no field that asks anything.
    """
    unknown = sorted(set(fields) - FIELDS)
    if unknown:
        raise ValueError(f"{unknown[0]}: no such field; there are {', '.join(sorted(FIELDS))}")
    lists = {name: _strings(name, fields.get(name, [])) for name in LISTS}
    words = fields.get("words") or ""
    if not isinstance(words, str):
        raise ValueError("words: not a string")
    if not words and not any(lists.values()):
        raise ValueError("topics: name at least one topic, actor, place, language, source or words")
    return AlertQuery(conflict=fields.get("conflict"), words=_words(words), words_as_written=words, **lists)


def _words(words: str) -> SearchQuery | None:
    try:
        return parse_words(words) if words else None
    except InvalidQuery as error:
        raise ValueError(f"words: {error.message}") from error


def _strings(name: str, value: Any) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise ValueError(f"{name}: not a list of strings")
    return frozenset(value)


def match(query: AlertQuery, subject: Subject, taggings: Sequence[Tagging]) -> tuple[str, ...]:
    """Why the item matches, one sentence a field; empty when it does not.

    Only a relevant verdict and what the text reports count: `possible` and background never alert.
    """
    if (query.languages and subject.language not in query.languages) or (
        query.sources and subject.source_id not in query.sources
    ):
        return ()
    reasons: list[str] = []
    if query.topics or query.actors or query.places:
        found = _tag_reasons(query, taggings)
        if found is None:
            return ()
        reasons += found
    elif query.conflict and not any(t.conflict == query.conflict and t.verdict is Verdict.RELEVANT for t in taggings):
        return ()
    if query.words is not None:
        if not query.words.matches(subject.folded):
            return ()
        reasons.append(f"words: {query.words_as_written}")
    return tuple(reasons) or tuple(_plain_reasons(query, subject))


def _plain_reasons(query: AlertQuery, subject: Subject) -> list[str]:
    named = []
    if query.languages:
        named.append(f"language: {subject.language}")
    if query.sources:
        named.append(f"source: {subject.source_id}")
    return named


def _tag_reasons(query: AlertQuery, taggings: Sequence[Tagging]) -> list[str] | None:
    wanted = {TagKind.TOPIC: query.topics, TagKind.ACTOR: query.actors, TagKind.PLACE: query.places}
    for tagging in taggings:
        if tagging.verdict is not Verdict.RELEVANT or query.conflict not in (None, tagging.conflict):
            continue
        tags = [tag for tag in tagging.tags if tag.salience is Salience.REPORTED]
        found = {kind: [tag for tag in tags if tag.kind is kind and tag.id in ids] for kind, ids in wanted.items()}
        if all(found[kind] for kind, ids in wanted.items() if ids):
            return [_reason(tag) for kind in wanted for tag in found[kind]]
    return None


def _reason(tag: Tag) -> str:
    terms = dict.fromkeys(evidence.text for evidence in tag.evidence)
    because = ", ".join(f"“{text}”" for text in terms)
    return f"{tag.kind}: {tag.id}" + (f" because of {because}" if because else "")


def dedupe_key(subject: Subject) -> str:
    """Items with the same key are one alert: copies of one report, and articles with the post that they embed.

    It names an item, not a story: the first copy was alerted before it was known to be one.
    """
    if subject.embedded_posts:
        return f"item:{min(subject.embedded_posts)}"
    return f"item:{subject.first_copy or subject.item_id}"


def intents(queries: Mapping[str, AlertQuery], subject: Subject, taggings: Sequence[Tagging]) -> list[AlertIntent]:
    """One intent per subscription that matches."""
    key = dedupe_key(subject)
    matched = ((name, match(query, subject, taggings)) for name, query in queries.items())
    return [AlertIntent(name, subject.item_id, key, reasons) for name, reasons in matched if reasons]
