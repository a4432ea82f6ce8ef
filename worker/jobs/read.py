"""Read: a fetched body to items, in one transaction with the schedule of the next poll."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ceasewire.errors import CeasewireError, NotAFeed
from ceasewire.items import FailureKind, FetchFailed, ItemDraft, ParsedFeed
from ceasewire.pipeline.decode import decode
from ceasewire.pipeline.embeds import articles
from ceasewire.pipeline.identity import drafts, judge
from ceasewire.pipeline.parse import parse_source
from ceasewire.store import fetches, items, sources
from ceasewire.store.session import Session, Store
from worker.jobs.leased import SECONDS, leased
from worker.jobs.older import next_older, record_older
from worker.jobs.schedule import Read, record_failure, record_read
from worker.jobs.vanish import compare_listing


@dataclass(frozen=True, slots=True)
class Reading:
    """What the job needs."""

    store: Store
    clock: Callable[[], datetime]
    jitter: Callable[[], float]


@dataclass(frozen=True, slots=True)
class ReadResult:
    """`item_ids` are new or changed and want enriching; `said` is one line for a person."""

    item_ids: Sequence[int]
    said: str
    ok: bool = True


NOTHING = ReadResult((), "read already, or being read")


def read_fetch(parts: Reading, fetch_id: int) -> ReadResult:
    """Store what a body holds. A body that cannot be read becomes a failed poll with the reason."""
    with parts.store.write() as session:
        fetch = fetches.claim_fetch(session, fetch_id, parts.clock(), SECONDS)
    if fetch is None:
        return NOTHING
    with leased(parts.store, [fetch.id], parts.clock, "fetch"):
        return _read(parts, fetch)


def _read(parts: Reading, fetch: fetches.FetchToRead) -> ReadResult:
    try:
        decoded = decode(fetch.body, fetch.content_type)
        parsed = parse_source(decoded, fetch.source, url=fetch.url, first_seen_at=fetch.fetched_at)
        found = [draft for article in articles(parsed) for draft in drafts(article, fetch.source)]
    except NotAFeed as error:
        return _refuse(parts, fetch, FailureKind.NOT_A_FEED, error.message)
    except CeasewireError as error:
        return _refuse(parts, fetch, FailureKind.MALFORMED, error.message)
    return _store_items(parts, fetch, parsed, found)


def _store_items(
    parts: Reading, fetch: fetches.FetchToRead, parsed: ParsedFeed, found: Sequence[ItemDraft]
) -> ReadResult:
    now = parts.clock()
    with parts.store.write() as session:
        known = items.get_known(session, [key for draft in found for key in draft.keys])
        facts = sources.get_poll_state(session, fetch.source.id)
        seen = items.count_seen(session, fetch.source.id, {item.id for item in known.values()})
        older = next_older(fetch.source, parsed, facts, seen)
        saved = items.save_items(session, fetch.source, judge(found, known), now, known)
        if facts.older_url is None:
            compare_listing(session, fetch.source, found, now)
        said = _record(session, fetch, parsed, saved, facts, older, now, parts.jitter())
        fetches.finish_fetch(session, fetch.id, now)
    return ReadResult((*saved.new_ids, *saved.changed_ids), said)


def _record(
    session: Session,
    fetch: fetches.FetchToRead,
    parsed: ParsedFeed,
    saved: items.Saved,
    facts: sources.PollFacts,
    older: str | None,
    now: datetime,
    jitter: float,
) -> str:
    entries, new, changed = len(parsed.entries), len(saved.new_ids), len(saved.changed_ids)
    if facts.older_url is not None:
        return record_older(session, fetch, facts, entries, new, older, now)
    read = Read(entries, new, changed, parsed.feed.ttl_seconds, parsed.warnings, older)
    return record_read(session, fetch, facts, read, hashlib.sha256(fetch.body).hexdigest(), now, jitter)


def _refuse(parts: Reading, fetch: fetches.FetchToRead, kind: FailureKind, reason: str) -> ReadResult:
    now = parts.clock()
    failed = FetchFailed(kind, reason, None, None, now, fetch.seconds)
    with parts.store.write() as session:
        said = record_failure(session, fetch.source, failed, now, parts.jitter())
        fetches.finish_fetch(session, fetch.id, now)
    return ReadResult((), said, ok=False)
