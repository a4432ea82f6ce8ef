"""Maintain: house-keeping of the store that nobody waits for."""

from collections.abc import Callable
from datetime import datetime, timedelta

from ceasewire.store import sources, stories
from ceasewire.store.session import Store

KEEP_POLLS = timedelta(days=30)
KEEP_BANDS = timedelta(days=7)  # after publication: more than the window of copies, since some come late


def maintain(store: Store, clock: Callable[[], datetime]) -> None:
    """Drop the poll log beyond a month and what finds copies beyond a week; write SQLite's log back into its file."""
    with store.write() as session:
        sources.prune_polls(session, clock() - KEEP_POLLS)
        stories.prune_bands(session, clock() - KEEP_BANDS)
    store.checkpoint()
