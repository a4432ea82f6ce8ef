"""Prune: delete what retention rules let go, a small transaction at a time, so that nothing else waits."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from ceasewire.settings import Settings
from ceasewire.store import prune
from ceasewire.store.prune import Retention
from ceasewire.store.session import Store


def prune_store(store: Store, retention: Retention, now: datetime, most: int | None = None) -> Mapping[str, int]:
    """Delete until nothing is old, or `most` rows of each kind are gone; returns how many of each kind went."""
    gone: Counter[str] = Counter()
    for kind in prune.KINDS:
        while most is None or gone[kind] < most:
            with store.write() as session:
                deleted = prune.delete_old(session, kind, retention, now)
            if not deleted:
                break
            gone[kind] += deleted
    return gone


def retention_of(settings: Settings) -> Retention:
    """The rules as they are set."""
    return Retention(
        items=settings.keep_items_days,
        tagged=settings.keep_tagged_days,
        revisions=settings.keep_revisions_days,
        deliveries=settings.keep_deliveries_days,
    )
