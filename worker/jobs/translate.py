"""Translate: a batch of waiting items, newest first, tagged again on their translation."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from ceasewire.conflict.model import Conflict
from ceasewire.items import Tagging, TextForTranslation, Translation, TranslationOutcome
from ceasewire.pipeline.tag import tag_item
from ceasewire.store import heartbeats, outbox, stories, work
from ceasewire.store.session import Store
from worker.jobs.counted import CountedMemory
from worker.jobs.leased import SECONDS, leased
from worker.jobs.matching import TaggedItem, insert_matching_alerts
from worker.jobs.together import store_each
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
    """Translate up to a batch. Items that came back after a crash are taken one at a time, to find the culprit.

    Raises what one of them raised, after the others are stored.
    """
    now = parts.clock()
    languages = parts.translator.available()
    with parts.store.write() as session:
        batch = work.claim_for_translation(session, now, BATCH, languages, SECONDS)
    texts = [TextForTranslation(item.id, item.title, item.text, item.language) for item in batch]
    memory = CountedMemory(parts.memory)
    failures: list[Exception] = []
    with leased(parts.store, [item.id for item in batch], parts.clock):
        outcomes = parts.translator.translate(texts, memory) if texts else []
        done = parts.clock()
        tagged = list(_tag_each(parts.conflicts, zip(batch, outcomes, strict=True), failures))
        alerts = store_each(partial(_save, parts.store, done), tagged, failures.append)
    with parts.store.write() as session:
        counts = {**memory.counts, "milliseconds": round((done - now).total_seconds() * 1000) if texts else 0}
        heartbeats.add_to_heartbeat(session, "translate", counts, done)
    if failures:
        raise failures[0]
    return Translated(more=bool(batch), alerts=alerts)


def _tag_each(
    conflicts: Mapping[str, Conflict],
    outcomes: Iterable[tuple[work.ItemForTranslation, TranslationOutcome]],
    failures: list[Exception],
) -> Iterator[work.TranslatedItem]:
    for item, outcome in outcomes:
        try:
            taggings = _tag_again(conflicts, item, outcome) if isinstance(outcome, Translation) else []
        except Exception as error:
            failures.append(error)
        else:
            yield work.TranslatedItem(item.id, outcome, taggings, item.content_hash)


def _save(store: Store, now: datetime, translated: Sequence[work.TranslatedItem]) -> list[int]:
    """A text that was changed meanwhile is left out; the sweep finds the new one. Returns the alerts that may go."""
    with store.write() as session:
        stories.lock_stories(session)  # of two texts of one report, the second sees the alert on the first
        stored = work.save_translations(session, translated, now)
        tagged = [TaggedItem(one.id, one.taggings, waits=False) for one in translated if one.id in stored]
        fresh = insert_matching_alerts(session, tagged, now)
        return [*outbox.hasten_alerts(session, stored, now), *fresh]


def _tag_again(
    conflicts: Mapping[str, Conflict], item: work.ItemForTranslation, translation: Translation
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
