"""Sweep: what is due by the database's word, whatever became of the messages."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from ceasewire.store import alerts, fetches, fulltext, heartbeats, lookups, polls, subscriptions, vanish, work
from ceasewire.store.session import Store


@dataclass(frozen=True, slots=True)
class Due:
    """Ids to ring for, by stage."""

    sources: Sequence[str]
    fetches: Sequence[int]
    items: Sequence[int]
    pages: Sequence[int]
    absences: Sequence[int]
    lookups: Sequence[int]
    translations: bool
    alerts: Sequence[int]
    subscriptions: Sequence[str]


def sweep(
    store: Store, clock: Callable[[], datetime], languages: Collection[str], platforms: Collection[str] = ()
) -> Due:
    """Mark what is due as rung and return it; what was rung in the last seconds is left alone.

    `languages` can be translated now; `platforms` may be asked for posts known only by their id.
    """
    now = clock()
    with store.write() as session:
        due = Due(
            sources=polls.ring_due_sources(session, now),
            fetches=fetches.ring_unread_fetches(session, now),
            items=work.ring_due_items(session, "enrich", now),
            pages=fulltext.ring_due_pages(session, now),
            absences=vanish.ring_due_absences(session, now),
            lookups=lookups.ring_due_lookups(session, platforms, now) if platforms else (),
            translations=bool(work.ring_due_items(session, "translate", now, languages)),
            alerts=alerts.ring_due_alerts(session, now),
            subscriptions=subscriptions.ring_due_subscriptions(session, now),
        )
        heartbeats.save_heartbeat(session, "sweep", {}, now)
    return due
