"""Query index: of many saved queries those that an item may match, found by what each of them cannot do without.

Every query stands under the values of one of its fields; an item is looked up by its own values. The rest, as a rule
a few in a hundred, is for `ceasewire.pipeline.alert.match` to decide.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ceasewire.items import Tagging
from ceasewire.pipeline.alert import Subject
from ceasewire.pipeline.query import AlertQuery
from ceasewire.words import Term

Key = tuple[str, str | None]


class QueryIndex:
    """Saved queries by the names of their subscriptions; `candidates` leaves out only what cannot match."""

    def __init__(self, queries: Mapping[str, AlertQuery]) -> None:
        self._queries = queries
        self._under: dict[Key, list[str]] = defaultdict(list)
        self._always: list[str] = []  # ask nothing that could be looked up
        for name, query in queries.items():
            keys = _keys(query)
            if not keys:
                self._always.append(name)
            for key in keys:
                self._under[key].append(name)
        self._prefixes = sorted({len(str(value)) for field, value in self._under if field == "prefix"})
        self._asks_words = any(field in {"word", "prefix"} for field, _ in self._under)

    def __len__(self) -> int:
        return len(self._queries)

    def candidates(self, subject: Subject, taggings: Sequence[Tagging]) -> dict[str, AlertQuery]:
        """The queries that the item may match."""
        names = dict.fromkeys(self._always)
        for key in self._of(subject, taggings):
            if key in self._under:
                names.update(dict.fromkeys(self._under[key]))
        return {name: self._queries[name] for name in names}

    def _of(self, subject: Subject, taggings: Sequence[Tagging]) -> Iterator[Key]:
        yield "source", subject.source_id
        yield "side", subject.side
        yield "country", subject.country
        yield "publisher", subject.publisher
        yield "source_kind", subject.source_kind
        yield "language", subject.language
        for tagging in taggings:
            yield "verdict", str(tagging.verdict)
            yield from ((str(tag.kind), tag.id) for tag in tagging.tags)
        if self._asks_words:
            for word in set(f"{subject.original} {subject.translation or ''}".split()):
                yield "word", word
                yield from (("prefix", word[:length]) for length in self._prefixes if length <= len(word))


def _keys(query: AlertQuery) -> list[Key]:
    """The values of the field that few items have: words, else tags, else where it comes from."""
    if query.words is not None and query.words.all_of:
        return list(dict.fromkeys(_word_key(term) for term in query.words.all_of[0]))
    fields: Sequence[tuple[str, Iterable[str]]] = (
        ("place", query.places),
        ("topic", query.topics),
        ("actor", query.actors),
        ("source", query.sources),
        ("language", query.languages),
        ("country", query.countries),
        ("side", query.sides),
        ("publisher", query.publishers),
        ("source_kind", query.source_kinds),
        ("verdict", query.verdicts),
    )
    return next(([(name, value) for value in sorted(values)] for name, values in fields if values), [])


def _word_key(term: Term) -> Key:
    """Its first word; of a lone beginning of a word that beginning."""
    alone = len(term.words) == 1
    return ("prefix" if term.prefix and alone else "word", term.words[0])
