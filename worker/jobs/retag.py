"""Retag: items that other conflict models have tagged, tagged again behind fresh ones. Never makes an alert.

A conflict that was added assesses what is stored; what one that was removed has said goes to the history, and comes
back by being tagged again if the conflict does. The model of every verdict in force is one that is loaded.

A worker that holds other models than the service was told last leaves that alone: two would undo each other's tags.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ceasewire.conflict.model import Conflict, hashes_of
from ceasewire.items import Tagging
from ceasewire.pipeline.tag import tag_item
from ceasewire.store import heartbeats, retag, work
from ceasewire.store.session import Store
from worker.jobs.in_force import works_by_what_was_told

PART = "worker-enrich"
BATCH = 50  # a fresh item waits no longer than one batch takes, a fraction of a second
SHIFT = timedelta(seconds=4)  # the clock rings again after 5


@dataclass(frozen=True, slots=True)
class Retagging:
    """What the job needs."""

    store: Store
    conflicts: Mapping[str, Conflict]
    clock: Callable[[], datetime]


def retag_due(parts: Retagging) -> int:
    """Tag again until nothing is due, something fresh waits, or the shift is over; returns how many items.

    What is due is found by comparing hashes, so that an interruption at any point loses nothing.
    """
    if not works_by_what_was_told(parts.store, PART, parts.conflicts, parts.clock()):
        return 0
    models = hashes_of(parts.conflicts.values())
    ends_at, done = parts.clock() + SHIFT, 0
    while parts.clock() < ends_at:
        batch = _claim(parts, models)
        if not batch:
            break
        done += _retag(parts, models, batch)
    with parts.store.write() as session:
        due = retag.count_due(session, models)
        heartbeats.save_heartbeat(session, "retag", {"due": due, "done": done}, parts.clock())
    return done


def _claim(parts: Retagging, models: Mapping[str, str]) -> list[retag.ItemForTagging]:
    now = parts.clock()
    with parts.store.write() as session:
        if work.is_waiting(session, "enrich", now):
            return []
        return retag.claim_for_retag(session, models, now, BATCH)


def _retag(parts: Retagging, models: Mapping[str, str], batch: list[retag.ItemForTagging]) -> int:
    tagged = [(item, _outdated_taggings(parts.conflicts, item)) for item in batch]
    now = parts.clock()
    with parts.store.write() as session:
        return sum(retag.save_retagged(session, item, taggings, models, now) for item, taggings in tagged)


def _outdated_taggings(conflicts: Mapping[str, Conflict], item: retag.ItemForTagging) -> list[Tagging]:
    changed = [conflict for conflict in conflicts.values() if item.models.get(conflict.id) != conflict.sha256]
    return [tag_stored(conflict, item) for conflict in changed]


def tag_stored(conflict: Conflict, item: retag.ItemForTagging) -> Tagging:
    """Tag a stored item on its original and, where there is one, its translation."""
    return tag_item(
        conflict,
        title=item.title,
        text=item.text,
        language=item.language,
        published_at=item.published_at,
        translation=item.translation,
    )
