"""Read: fetched bodies to items, each with the schedule of its source's next poll, in one transaction.

Small bodies that came in together are read together: they share most of what a transaction writes.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from ceasewire.errors import CeasewireError, NotAFeed
from ceasewire.items import FailureKind, FetchFailed, ItemDraft, ParsedFeed
from ceasewire.pipeline.decode import decode
from ceasewire.pipeline.identity import drafts_of, judge
from ceasewire.pipeline.memo import NOTHING as NOT_KEPT
from ceasewire.pipeline.memo import Memo
from ceasewire.pipeline.parse import parse_source
from ceasewire.store import fetches, items, polls
from ceasewire.store.session import Session, Store
from worker.jobs.leased import SECONDS, leased
from worker.jobs.older import next_older, record_older
from worker.jobs.schedule import Read, record_failure, record_read
from worker.jobs.together import store_each
from worker.jobs.vanish import compare_listing

BYTES_TOGETHER = 1_000_000  # of bodies read together; it bounds their memory, and how long one waits for the others
FETCHES_TOGETHER = 10


@dataclass(frozen=True, slots=True)
class Reading:
    """What the job needs."""

    store: Store
    clock: Callable[[], datetime]
    jitter: Callable[[], float]
    memo: Memo = NOT_KEPT  # of what former bodies held


@dataclass(frozen=True, slots=True)
class ReadResult:
    """`item_ids` are new or changed and want enriching; `said` is one line for a person."""

    item_ids: Sequence[int]
    said: str
    ok: bool = True


NOTHING = ReadResult((), "read already, or being read")


@dataclass(frozen=True, slots=True)
class _Body:
    """A claimed body and what is in it, or why it cannot be read."""

    fetch: fetches.FetchToRead
    parsed: ParsedFeed | FetchFailed
    found: Sequence[ItemDraft] = ()


def together(sizes: Iterable[tuple[int, int]]) -> Iterator[list[int]]:
    """Parts fetches, given as id and bytes of the body, into those to be read together, in their order."""
    batch: list[int] = []
    total = 0
    for fetch_id, size in sizes:
        if batch and (total + size > BYTES_TOGETHER or len(batch) == FETCHES_TOGETHER):
            yield batch
            batch, total = [], 0
        batch.append(fetch_id)
        total += size
    if batch:
        yield batch


def read_fetch(parts: Reading, fetch_id: int) -> ReadResult:
    """Store what a body holds. A body that cannot be read becomes a failed poll with the reason."""
    return next(iter(read_fetches(parts, [fetch_id])), NOTHING)


def read_fetches(parts: Reading, fetch_ids: Collection[int]) -> list[ReadResult]:
    """As `read_fetch`, in one transaction; those read already or being read are left out.

    Raises what reading one raised that is no outcome, after the others are stored.
    """
    with parts.store.write() as session:
        claimed = fetches.claim_fetches(session, fetch_ids, parts.clock(), SECONDS)
    failures: list[Exception] = []
    with leased(parts.store, [fetch.id for fetch in claimed], parts.clock, "fetch"):
        results = store_each(partial(_store, parts), list(_bodies(parts, claimed, failures)), failures.append)
        if failures:
            raise failures[0]
    return results


def _bodies(parts: Reading, claimed: Iterable[fetches.FetchToRead], failures: list[Exception]) -> Iterator[_Body]:
    for fetch in claimed:
        try:
            yield _body(parts, fetch)
        except Exception as error:
            failures.append(error)


def _body(parts: Reading, fetch: fetches.FetchToRead) -> _Body:
    try:
        decoded = decode(fetch.body, fetch.content_type)
        parsed = parse_source(decoded, fetch.source, url=fetch.url, first_seen_at=fetch.fetched_at, memo=parts.memo)
        found = drafts_of(parsed, fetch.source.id, parts.memo)
    except CeasewireError as error:
        kind = FailureKind.NOT_A_FEED if isinstance(error, NotAFeed) else FailureKind.MALFORMED
        return _Body(fetch, FetchFailed(kind, error.message, None, None, parts.clock(), fetch.seconds))
    return _Body(fetch, parsed, found)


def _store(parts: Reading, bodies: Sequence[_Body]) -> list[ReadResult]:
    now = parts.clock()
    with parts.store.write() as session:
        results = [_store_one(session, body, now, parts.jitter()) for body in bodies]
        fetches.finish_fetches(session, [body.fetch.id for body in bodies], now)
    return results


def _store_one(session: Session, body: _Body, now: datetime, jitter: float) -> ReadResult:
    fetch, parsed, found = body.fetch, body.parsed, body.found
    if isinstance(parsed, FetchFailed):
        return ReadResult((), record_failure(session, fetch.source, parsed, now, jitter), ok=False)
    known = items.get_known(session, [key for draft in found for key in draft.keys])
    facts = polls.get_poll_state(session, fetch.source.id)
    known_ids = {item.id for item in known.values()}
    older = next_older(fetch.source, parsed, facts, lambda: items.count_seen(session, fetch.source.id, known_ids))
    saved = items.save_items(session, fetch.source, judge(found, known), now, known)
    if facts.older_url is None:
        compare_listing(session, fetch.source, found, now)
    said = _record(session, fetch, parsed, saved, facts, older, now, jitter)
    return ReadResult((*saved.new_ids, *saved.changed_ids), said)


def _record(
    session: Session,
    fetch: fetches.FetchToRead,
    parsed: ParsedFeed,
    saved: items.Saved,
    facts: polls.PollFacts,
    older: str | None,
    now: datetime,
    jitter: float,
) -> str:
    entries, new, changed = len(parsed.entries), len(saved.new_ids), len(saved.changed_ids)
    if facts.older_url is not None:
        return record_older(session, fetch, facts, entries, new, older, now)
    read = Read(entries, new, changed, parsed.feed.ttl_seconds, parsed.warnings, older)
    return record_read(session, fetch, facts, read, hashlib.sha256(fetch.body).hexdigest(), now, jitter)
