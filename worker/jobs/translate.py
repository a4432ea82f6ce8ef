"""Translate: a batch of waiting items, newest first, tagged again on their translation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ceasewire.conflict.model import Conflict
from ceasewire.items import Tagging, TextForTranslation, Translation, TranslationOutcome
from ceasewire.pipeline.tag import tag_item
from ceasewire.store import heartbeats, items, outbox, stories
from ceasewire.store.session import Store
from worker.jobs.counted import CountedMemory
from worker.jobs.leased import SECONDS, leased
from worker.jobs.matching import TaggedItem, insert_matching_alerts
from worker.ports import TranslationMemory, Translator

BATCH = 16


@dataclass(frozen=True, slots=True)
class Translating:
    """What the job needs."""

    store: Store
    translator: Translator
    memory: TranslationMemory
    conflicts: Mapping[str, Conflict]
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Translated:
    """`more`: the batch was full, so ring again. `alerts` may go now, with their translation."""

    more: bool
    alerts: Sequence[int]


def translate_due(parts: Translating) -> Translated:
    """Translate up to a batch. Items that came back after a crash are taken one at a time, to find the culprit."""
    now = parts.clock()
    languages = parts.translator.available()
    with parts.store.write() as session:
        batch = items.claim_for_translation(session, now, BATCH, languages, SECONDS)
    texts = [TextForTranslation(item.id, item.title, item.text, item.language) for item in batch]
    memory = CountedMemory(parts.memory)
    with leased(parts.store, [item.id for item in batch], parts.clock):
        outcomes = parts.translator.translate(texts, memory) if texts else []
    done = parts.clock()
    alerts = [
        alert for item, outcome in zip(batch, outcomes, strict=True) for alert in _save(parts, item, outcome, done)
    ]
    with parts.store.write() as session:
        counts = {**memory.counts, "milliseconds": round((done - now).total_seconds() * 1000) if texts else 0}
        heartbeats.add_to_heartbeat(session, "translate", counts, done)
    return Translated(more=bool(batch), alerts=alerts)


def _save(
    parts: Translating, item: items.ItemForTranslation, outcome: TranslationOutcome, now: datetime
) -> Sequence[int]:
    taggings = _tag_again(parts.conflicts, item, outcome) if isinstance(outcome, Translation) else []
    with parts.store.write() as session:
        stories.lock_stories(session)  # of two texts of one report, the second sees the alert on the first
        if not items.save_translation(session, item.id, outcome, taggings, now, item.content_hash):
            return ()  # the text was changed meanwhile; the sweep finds the new one
        fresh = insert_matching_alerts(session, [TaggedItem(item.id, taggings, waits=False)], now)
        return [*outbox.hasten_alerts(session, item.id, now), *fresh]


def _tag_again(
    conflicts: Mapping[str, Conflict], item: items.ItemForTranslation, translation: Translation
) -> list[Tagging]:
    return [
        tag_item(
            conflict,
            title=item.title,
            text=item.text,
            language=item.language,
            published_at=item.published_at,
            translation=translation,
        )
        for conflict in conflicts.values()
    ]
