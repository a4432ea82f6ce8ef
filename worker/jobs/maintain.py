"""Maintain: house-keeping of the store that nobody waits for."""

from collections.abc import Callable
from datetime import datetime, timedelta

from ceasewire.store import sources
from ceasewire.store.session import Store

KEEP_POLLS = timedelta(days=30)


def maintain(store: Store, clock: Callable[[], datetime]) -> None:
    """Drop the poll log beyond a month and write SQLite's log back into its file."""
    with store.write() as session:
        sources.prune_polls(session, clock() - KEEP_POLLS)
    store.checkpoint()
