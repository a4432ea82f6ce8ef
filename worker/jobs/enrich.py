"""Enrich: language and tags on the original text, its story, and the alerts they make, in one transaction.

Items that came together are enriched together: a batch is a score of statements, as a lone item is.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from ceasewire.conflict.model import Conflict
from ceasewire.items import Language, Tagging
from ceasewire.pipeline.story import sentence_set
from ceasewire.pipeline.tag import tag_item
from ceasewire.store import stories, work
from ceasewire.store.session import Session, Store
from worker.jobs.group import Text, join_stories, prepare
from worker.jobs.leased import SECONDS, leased
from worker.jobs.matching import TaggedItem, insert_matching_alerts
from worker.jobs.together import store_each
from worker.ports import LanguageDetector

TOGETHER = 20  # items a message: more share little more, and the first of them waits for the last
COMPARED = 10  # texts of a source that show what stands under them all

Neighbours = Mapping[str, Mapping[int, frozenset[str]]]  # sentences of texts by source and item


@dataclass(frozen=True, slots=True)
class Enriching:
    """What the job needs."""

    store: Store
    detector: LanguageDetector
    conflicts: Mapping[str, Conflict]
    translate_to: str
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Enriched:
    """What to ring for next. `alone`: items that are to be enriched each by itself, lest they end others' worker."""

    needs_translation: bool
    alerts: Sequence[int]
    alone: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class _Read:
    """What was found out about one item."""

    text: Text
    language: Language
    taggings: Sequence[Tagging]
    needs_translation: bool


def enrich_items(parts: Enriching, item_ids: Collection[int]) -> Enriched:
    """Detect and tag some items; those that are done or that somebody else has are left out.

    Raises what one of them raised, after the others are stored.
    """
    with parts.store.write() as session:
        claimed = work.claim_for_enrich(session, item_ids, parts.clock(), SECONDS)
        neighbours = _neighbours(session, {item.source_id for item in claimed.items})
    failures: list[Exception] = []
    with leased(parts.store, [item.id for item in claimed.items], parts.clock):
        read = list(_read_each(parts, claimed.items, neighbours, failures))
        stored = store_each(partial(_store, parts), read, failures.append)
        if failures:
            raise failures[0]
    alerts = [alert for each in stored for alert in each.alerts]
    return Enriched(any(each.needs_translation for each in stored), alerts, claimed.alone)


def _neighbours(session: Session, source_ids: Iterable[str]) -> Neighbours:
    recent = {source_id: stories.list_recent_texts(session, source_id, COMPARED + 1) for source_id in source_ids}
    return {name: {item_id: sentence_set(text) for item_id, text in texts.items()} for name, texts in recent.items()}


def _read_each(
    parts: Enriching, claimed: Iterable[work.ItemForEnrich], neighbours: Neighbours, failures: list[Exception]
) -> Iterator[_Read]:
    for item in claimed:
        others = [said for item_id, said in neighbours[item.source_id].items() if item_id != item.id]
        try:
            yield _read(parts, item, others[:COMPARED])
        except Exception as error:
            failures.append(error)


def _read(parts: Enriching, item: work.ItemForEnrich, others: Sequence[frozenset[str]]) -> _Read:
    language = parts.detector.detect(f"{item.title}\n\n{item.text}".strip(), item.declared_language)
    taggings = _tag(parts.conflicts, item, language)
    text = prepare(item, language.code, others)
    return _Read(text, language, taggings, needs_translation=language.code != parts.translate_to)


def _tag(conflicts: Mapping[str, Conflict], item: work.ItemForEnrich, language: Language) -> list[Tagging]:
    return [
        tag_item(conflict, title=item.title, text=item.text, language=language.code, published_at=item.published_at)
        for conflict in conflicts.values()
    ]


def _store(parts: Enriching, read: Sequence[_Read]) -> list[Enriched]:
    """A text that was changed meanwhile is left out; the sweep finds the new one."""
    now = parts.clock()
    with parts.store.write() as session:
        stories.lock_stories(session)
        stored = work.save_enriched(session, [_enriched(one) for one in read], now)
        read = [one for one in read if one.text.item.id in stored]
        join_stories(session, [one.text for one in read], now)
        tagged = [TaggedItem(one.text.item.id, one.taggings, one.needs_translation) for one in read]
        alerts = insert_matching_alerts(session, tagged, now)
    return [Enriched(any(one.needs_translation for one in read), alerts)]


def _enriched(read: _Read) -> work.EnrichedItem:
    item = read.text.item
    return work.EnrichedItem(item.id, read.language, read.taggings, read.needs_translation, item.content_hash)
