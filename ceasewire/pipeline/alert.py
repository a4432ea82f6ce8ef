"""Alert: does an item match a saved query, why, and which other items would be the same news to a subscriber."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ceasewire.items import AlertIntent, Tag, Tagging, TagKind, Verdict
from ceasewire.pipeline.query import ANY_SALIENCE, AlertQuery

DEFAULT_VERDICTS = frozenset({str(Verdict.RELEVANT)})


@dataclass(frozen=True, slots=True)
class Subject:
    """An item as an alert sees it. `original` and `translation` are folded for the comparison of words.

    `translation` is None while there is none, and the original itself where none is needed. `first_copy` is the item
    that stands for its story, itself where there is no other; `embedded_posts` are the posts in that one.
    """

    item_id: int
    source_id: str
    source_kind: str
    publisher: str
    country: str | None
    side: str | None
    language: str
    original: str
    translation: str | None
    first_copy: int
    embedded_posts: Sequence[int]


def match(query: AlertQuery, subject: Subject, taggings: Sequence[Tagging]) -> tuple[str, ...]:
    """Why the item matches, one sentence a field; empty when it does not.

    Without a wish for others only a relevant verdict and what the text reports count: `possible` and background
    never alert.
    """
    if not _from_wanted_source(query, subject):
        return ()
    reasons: list[str] = []
    if query.asks_tags or query.asks_verdict:
        found = _judged(query, taggings)
        if found is None:
            return ()
        reasons += found
    if query.words is not None:
        if not _has_words(query, subject):
            return ()
        reasons.append(f"words: {query.words_as_written}")
    return tuple(reasons) or tuple(_plain_reasons(query, subject))


def _from_wanted_source(query: AlertQuery, subject: Subject) -> bool:
    return (
        (not query.languages or subject.language in query.languages)
        and (not query.sources or subject.source_id in query.sources)
        and (not query.sides or subject.side in query.sides)
        and (not query.countries or subject.country in query.countries)
        and (not query.publishers or subject.publisher in query.publishers)
        and (not query.source_kinds or subject.source_kind in query.source_kinds)
    )


def _judged(query: AlertQuery, taggings: Sequence[Tagging]) -> list[str] | None:
    """The reasons of the first conflict that says all that is asked, None where none does."""
    verdicts = query.verdicts or DEFAULT_VERDICTS
    for tagging in taggings:
        if tagging.verdict not in verdicts or query.conflict not in (None, tagging.conflict):
            continue
        if query.min_score is not None and tagging.score < query.min_score:
            continue
        if not query.asks_tags:
            return [_verdict_reason(tagging)] if query.verdicts or query.min_score is not None else []
        found = _tag_reasons(query, tagging)
        if found:
            return found
    return None


def _verdict_reason(tagging: Tagging) -> str:
    return f"verdict: {tagging.verdict} for {tagging.conflict}, score {tagging.score:.1f}"


def _tag_reasons(query: AlertQuery, tagging: Tagging) -> list[str]:
    found: list[str] = []
    for kind, ids in ((TagKind.TOPIC, query.topics), (TagKind.ACTOR, query.actors), (TagKind.PLACE, query.places)):
        if ids:
            named = [tag for tag in tagging.tags if tag.kind is kind and tag.id in ids and _counts(query, tag)]
            if not named:
                return []
            found += [_reason(tag) for tag in named]
    return found


def _counts(query: AlertQuery, tag: Tag) -> bool:
    return query.salience == ANY_SALIENCE or tag.salience == query.salience


def _reason(tag: Tag) -> str:
    terms = dict.fromkeys(evidence.text for evidence in tag.evidence)
    because = ", ".join(f"“{text}”" for text in terms)
    return f"{tag.kind}: {tag.id}" + (f" because of {because}" if because else "")


def _has_words(query: AlertQuery, subject: Subject) -> bool:
    assert query.words is not None
    if query.words_in == "any":
        return query.words.matches(f"{subject.original} {subject.translation or ''}")
    if query.words_in != "original" and (subject.translation is None or not query.words.matches(subject.translation)):
        return False
    return query.words_in == "translation" or query.words.matches(subject.original)


def _plain_reasons(query: AlertQuery, subject: Subject) -> Iterator[str]:
    wanted = {
        "language": (query.languages, subject.language),
        "source": (query.sources, subject.source_id),
        "side": (query.sides, subject.side),
        "country": (query.countries, subject.country),
        "publisher": (query.publishers, subject.publisher),
        "kind of source": (query.source_kinds, subject.source_kind),
        "conflict": (frozenset(filter(None, [query.conflict])), query.conflict),
    }
    yield from (f"{name}: {value}" for name, (values, value) in wanted.items() if values)


def dedupe_key(subject: Subject) -> str:
    """Items with the same key are one alert: copies of one report, and articles with the post that they embed.

    It names an item, not a story: the first copy was alerted before it was known to be one.
    """
    if subject.embedded_posts:
        return f"item:{min(subject.embedded_posts)}"
    return f"item:{subject.first_copy}"


def intents(queries: Mapping[str, AlertQuery], subject: Subject, taggings: Sequence[Tagging]) -> list[AlertIntent]:
    """One intent per subscription that matches."""
    key = dedupe_key(subject)
    matched = ((name, match(query, subject, taggings)) for name, query in queries.items())
    return [AlertIntent(name, subject.item_id, key, reasons) for name, reasons in matched if reasons]
