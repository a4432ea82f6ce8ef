"""Enrich: language and tags on the original text, its story, and the alerts they make, in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ceasewire.conflict.model import Conflict
from ceasewire.items import Language, NotNeeded, Tagging
from ceasewire.pipeline.tag import tag_item
from ceasewire.store import items, stories
from ceasewire.store.session import Store
from worker.jobs.group import join_story, prepare
from worker.jobs.leased import SECONDS, leased
from worker.jobs.matching import insert_matching_alerts
from worker.ports import LanguageDetector


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
    """What to ring for next."""

    needs_translation: bool
    alerts: Sequence[int]


NOTHING = Enriched(needs_translation=False, alerts=())


def enrich_item(parts: Enriching, item_id: int) -> Enriched:
    """Detect and tag one item. Does nothing when it is done or somebody else has it."""
    now = parts.clock()
    with parts.store.write() as session:
        item = items.claim_for_enrich(session, item_id, now, SECONDS)
        neighbours = stories.list_recent_texts(session, item.source_id, item_id) if item else ()
    if item is None:
        return NOTHING
    with leased(parts.store, [item.id], parts.clock):
        return _enrich(parts, item, neighbours, now)


def _enrich(parts: Enriching, item: items.ItemForEnrich, neighbours: Sequence[str], now: datetime) -> Enriched:
    language = parts.detector.detect(f"{item.title}\n\n{item.text}".strip(), item.declared_language)
    taggings = _tag(parts.conflicts, item, language)
    text = prepare(item, language.code, neighbours)
    needs_translation = language.code != parts.translate_to
    with parts.store.write() as session:
        stories.lock_stories(session)
        if not items.save_enriched(session, item.id, language, taggings, now, item.content_hash):
            return NOTHING  # the text was changed meanwhile; the sweep finds the new one
        if not needs_translation:  # known before its alerts go, lest they say that a translation is missing
            items.save_translation(session, item.id, NotNeeded(language.code), (), now)
        join_story(session, text, now)
        alerts = insert_matching_alerts(session, item.id, taggings, now, waits=needs_translation)
    return Enriched(needs_translation, alerts)


def _tag(conflicts: Mapping[str, Conflict], item: items.ItemForEnrich, language: Language) -> list[Tagging]:
    return [
        tag_item(conflict, title=item.title, text=item.text, language=language.code, published_at=item.published_at)
        for conflict in conflicts.values()
    ]
