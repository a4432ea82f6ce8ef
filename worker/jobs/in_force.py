"""In force: whether a worker tags by the topic models that the service was told last, and a word where it does not."""

from collections.abc import Mapping
from datetime import datetime

from ceasewire.conflict.model import Conflict, hashes_of, name_models
from ceasewire.store import in_force
from ceasewire.store.session import Store


def works_by_what_was_told(store: Store, part: str, conflicts: Mapping[str, Conflict], now: datetime) -> bool:
    """Whether `part` does; where it was left behind, that is noted for people."""
    models = hashes_of(conflicts.values())
    with store.read() as session:
        if in_force.is_in_force(session, models):
            return True
    with store.write() as session:
        in_force.note_outdated(session, part, models, name_models(conflicts.values()), now)
    return False
