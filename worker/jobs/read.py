"""Read: a fetched body to items, in one transaction with the schedule of the next poll."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ceasewire.errors import CeasewireError
from ceasewire.items import FailureKind, FetchFailed, Judgement
from ceasewire.pipeline.decode import decode
from ceasewire.pipeline.identity import articles, drafts, judge
from ceasewire.pipeline.parse import parse_source
from ceasewire.store import fetches, items
from ceasewire.store.session import Store
from worker.jobs.schedule import Read, record_poll

LEASE_SECONDS = 90
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """What the job needs."""

    store: Store
    clock: Callable[[], datetime]
    jitter: Callable[[], float]


def read_fetch(parts: Reading, fetch_id: int) -> Sequence[int]:
    """Store what a body holds; returns the ids of items to enrich.

    A body that cannot be read, or that killed its reader three times, becomes a failed poll with the reason.
    """
    now = parts.clock()
    with parts.store.write() as session:
        fetch = fetches.claim_fetch(session, fetch_id, now, LEASE_SECONDS)
    if fetch is None:
        return ()
    if fetch.attempts > ATTEMPTS:
        return _refuse(parts, fetch, f"its reader did not survive it, {ATTEMPTS} times")
    try:
        parsed = parse_source(
            decode(fetch.body, fetch.content_type), fetch.source, url=fetch.url, first_seen_at=fetch.fetched_at
        )
        found = [draft for article in articles(parsed) for draft in drafts(article, fetch.source)]
    except CeasewireError as error:
        return _refuse(parts, fetch, error.message)
    with parts.store.write() as session:
        known = items.get_known(session, [key for draft in found for key in draft.keys])
        judgements: list[Judgement] = judge(found, known)
        saved = items.save_items(session, fetch.source, judgements, now)
        read = Read(
            entries=len(parsed.entries),
            new=len(saved.new_ids),
            changed=len(saved.changed_ids),
            ttl_seconds=parsed.feed.ttl_seconds,
            bytes=len(fetch.body),
            body_sha256=hashlib.sha256(fetch.body).hexdigest(),
            warnings=parsed.warnings,
        )
        record_poll(session, fetch.source, fetch.outcome, read, parts.clock(), parts.jitter())
        fetches.finish_fetch(session, fetch_id, now)
    return (*saved.new_ids, *saved.changed_ids)


def _refuse(parts: Reading, fetch: fetches.FetchToRead, reason: str) -> Sequence[int]:
    now = parts.clock()
    kind = FailureKind.NOT_A_FEED if "not a feed" in reason else FailureKind.MALFORMED
    failed = FetchFailed(kind, reason, fetch.outcome.status, None, now, fetch.outcome.seconds)
    with parts.store.write() as session:
        record_poll(session, fetch.source, failed, None, now, parts.jitter())
        fetches.finish_fetch(session, fetch.id, now)
    return ()


