"""Maintain: house-keeping of the store that nobody waits for, and who has fallen silent."""

from collections.abc import Callable
from datetime import datetime, timedelta

from ceasewire.pipeline.schedule import SourceEvent, silent_since
from ceasewire.store import events, fetches, memory, polls, sources, stories
from ceasewire.store.session import Session, Store
from ceasewire.store.sources import SourceStatus

KEEP_POLLS = timedelta(days=30)
KEEP_FETCHES, FETCHES = timedelta(days=2), 5_000  # their bodies have gone before; so many are looked at
KEEP_MEMORY = timedelta(days=180)
KEEP_BANDS = timedelta(days=7)  # after publication: more than the window of copies, since some come late


def maintain(store: Store, clock: Callable[[], datetime]) -> None:
    """Tell each silence once; drop the log of polls, what is left of bodies that were read, what finds copies, and
    sentences that nobody asked for, each at its age; write SQLite's log back into its file."""
    now = clock()
    with store.write() as session:
        for status in sources.list_sources(session):
            if status.config.enabled:
                _tell_silence(session, status, now)
        polls.prune_polls(session, now - KEEP_POLLS)
        fetches.prune_fetches(session, now - KEEP_FETCHES, FETCHES)
        memory.prune_memory(session, now - KEEP_MEMORY)
        stories.prune_bands(session, now - KEEP_BANDS)
    store.checkpoint()


def _tell_silence(session: Session, status: SourceStatus, now: datetime) -> None:
    """An event when a source falls silent and one when it is heard again; one that fails is told of elsewhere."""
    since = silent_since(status.last_new_item_at, status.items_per_day, now)
    name, told_at = status.config.name, status.silence_told_at
    if since is not None and told_at is None and status.failing_since_at is None:
        usual = f"usually {status.items_per_day:.1f} items a day"
        _tell(
            session,
            SourceEvent.SILENT,
            status,
            f"{name} answers, with nothing new since {since:%F %R} UTC ({usual})",
            now,
        )
        polls.save_silence(session, status.config.id, now)
    elif since is None and told_at is not None:
        _tell(session, SourceEvent.HEARD, status, f"{name} has something new again", now)
        polls.save_silence(session, status.config.id, None)


def _tell(session: Session, event: SourceEvent, status: SourceStatus, message: str, now: datetime) -> None:
    events.insert_event(session, f"source_{event}", status.config.id, message, now)
