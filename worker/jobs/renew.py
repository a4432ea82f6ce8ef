"""Renew: translations that an installed model would do otherwise now, done again behind fresh ones. Makes no alert."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ceasewire.conflict.model import Conflict
from ceasewire.items import TextForTranslation, Translation, TranslationOutcome
from ceasewire.store import heartbeats, renewal, work
from ceasewire.store.background import release
from ceasewire.store.retag import ItemForTagging
from ceasewire.store.session import Store
from worker.jobs.in_force import works_by_what_was_told
from worker.jobs.leased import SECONDS, leased
from worker.jobs.retag import tag_stored
from worker.ports import TranslationMemory, Translator

PART = "worker-translate"
BATCH = 4  # small: a fresh item waits until it is through
SHIFT = timedelta(seconds=4)


@dataclass(frozen=True, slots=True)
class Renewing:
    """What the job needs."""

    store: Store
    translator: Translator
    memory: TranslationMemory
    conflicts: Mapping[str, Conflict]
    clock: Callable[[], datetime]


def renew_due(parts: Renewing) -> int:
    """Renew until nothing is due, something fresh waits, or the shift is over; returns how many items.

    An old translation is replaced by a new one only: where the model fails or is gone meanwhile, it stays.
    A worker that holds other topic models than the service was told last waits: what it tags would be tagged again.
    """
    if not works_by_what_was_told(parts.store, PART, parts.conflicts, parts.clock()):
        return 0
    ends_at, done = parts.clock() + SHIFT, 0
    while parts.clock() < ends_at:
        batch = _claim(parts)
        if not batch:
            break
        texts = [TextForTranslation(item.id, item.title, item.text, item.language) for item in batch]
        with leased(parts.store, [item.id for item in batch], parts.clock):
            outcomes = parts.translator.translate(texts, parts.memory)
        saved = sum(_save(parts, item, outcome) for item, outcome in zip(batch, outcomes, strict=True))
        done += saved
        if not saved:
            break  # the model went away meanwhile: later, perhaps
    with parts.store.write() as session:
        due = renewal.count_for_renewal(session, parts.translator.models())
        heartbeats.save_heartbeat(session, "renew", {"due": due, "done": done}, parts.clock())
    return done


def _claim(parts: Renewing) -> list[ItemForTagging]:
    now = parts.clock()
    with parts.store.write() as session:
        fresh = work.is_waiting(session, "translate", now, parts.translator.available())
        return [] if fresh else renewal.claim_for_renewal(session, parts.translator.models(), now, BATCH, SECONDS)


def _save(parts: Renewing, item: ItemForTagging, outcome: TranslationOutcome) -> bool:
    if not isinstance(outcome, Translation):
        with parts.store.write() as session:
            release(session, item.id)
        return False
    translated = replace(item, translation=outcome)
    taggings = [tag_stored(conflict, translated) for conflict in parts.conflicts.values()]
    with parts.store.write() as session:
        return renewal.save_renewal(session, item, outcome, taggings, parts.clock())
