"""The translation memory: sentences translated before, under keys that the translator makes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, select, update

from ceasewire.store.session import Session, Store
from ceasewire.store.statements import insert_new, storable
from ceasewire.store.tables import MEMORY

BATCH = 500  # keys a statement, below every database's limit of parameters


class StoreMemory:
    """A TranslationMemory in the store, in transactions of its own: what is translated is never lost with an item."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, keys: Sequence[str]) -> Mapping[str, str]:
        """The known ones among `keys` with their translations."""
        found: dict[str, str] = {}
        with self._store.read() as s:
            for start in range(0, len(keys), BATCH):
                known = select(MEMORY.c.key, MEMORY.c.text).where(MEMORY.c.key.in_(keys[start : start + BATCH]))
                found.update({row.key: row.text for row in s.execute(known)})
        return found

    def put(self, pairs: Mapping[str, str]) -> None:
        """Remember translations; a key known already stays as it is and counts as used."""
        now = datetime.now(UTC)
        keys = list(pairs)
        with self._store.write() as s:
            insert_new(s, MEMORY, [{"key": k, "text": storable(pairs[k]), "used_at": now} for k in keys])
            for start in range(0, len(keys), BATCH):
                s.execute(update(MEMORY).where(MEMORY.c.key.in_(keys[start : start + BATCH])).values(used_at=now))


def prune_memory(s: Session, before: datetime) -> None:
    """Forget what was not asked for since a time: most sentences never come again."""
    s.execute(delete(MEMORY).where(MEMORY.c.used_at < before))
