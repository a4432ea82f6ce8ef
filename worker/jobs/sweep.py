"""Sweep: what is due by the database's word, whatever became of the messages."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from ceasewire.store import alerts, fetches, fulltext, heartbeats, items, sources
from ceasewire.store.session import Store


@dataclass(frozen=True, slots=True)
class Due:
    """Ids to ring for, by stage."""

    sources: Sequence[str]
    fetches: Sequence[int]
    items: Sequence[int]
    pages: Sequence[int]
    translations: bool
    alerts: Sequence[int]


def sweep(store: Store, clock: Callable[[], datetime], languages: Collection[str]) -> Due:
    """Mark what is due as rung and return it; what was rung in the last seconds is left alone."""
    now = clock()
    with store.write() as session:
        due = Due(
            sources=sources.ring_due_sources(session, now),
            fetches=fetches.ring_unread_fetches(session, now),
            items=items.ring_due_items(session, "enrich", now),
            pages=fulltext.ring_due_pages(session, now),
            translations=bool(items.ring_due_items(session, "translate", now, languages)),
            alerts=alerts.ring_due_alerts(session, now),
        )
        heartbeats.save_heartbeat(session, "sweep", {}, now)
    return due
