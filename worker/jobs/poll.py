"""Poll: claim a source, ask its host's permission, fetch, and keep the bytes for the reader."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ceasewire.items import Fetched, FetchFailed, FetchOutcome, NotModified, SourceForPoll
from ceasewire.pipeline.schedule import wants_full
from ceasewire.store import fetches, sources
from ceasewire.store.session import Store
from worker.jobs.older import target
from worker.jobs.schedule import poll_state, record_failure, record_not_modified, record_same_body
from worker.ports import Fetcher, HostBusy, HostGate

LEASE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Polling:
    """What the job needs."""

    store: Store
    fetcher: Fetcher
    gate: HostGate
    clock: Callable[[], datetime]
    jitter: Callable[[], float]


@dataclass(frozen=True, slots=True)
class PollResult:
    """`fetch_id` is set when there is a body to read; `said` is one line for a person."""

    fetch_id: int | None
    said: str
    ok: bool = True


def poll_source(parts: Polling, source_id: str, *, force: bool = False) -> PollResult:
    """One poll. Does nothing when the source is not due or somebody else has it; `force` polls it all the same."""
    now = parts.clock()
    with parts.store.write() as session:
        source = sources.claim_source(session, source_id, now, LEASE_SECONDS, force=force)
        if source is None:
            return PollResult(None, "not due, or being polled")
        facts = sources.get_poll_state(session, source_id)
    source = target(source, facts)
    lease = parts.gate.try_acquire(source)
    if isinstance(lease, HostBusy):
        return _wait_for_host(parts, source, now, lease.wait_seconds)
    try:
        outcome = parts.fetcher.fetch(source, full=wants_full(poll_state(facts), now))
    finally:
        parts.gate.release(lease)
    return _store_outcome(parts, source, outcome)


def _wait_for_host(parts: Polling, source: SourceForPoll, now: datetime, seconds: float) -> PollResult:
    reason = f"its host answers another request; {seconds:.0f} s later"
    with parts.store.write() as session:
        # Spread out: the sources of one host would all ask again in the same moment.
        until = now + timedelta(seconds=seconds * (1.5 + 5 * parts.jitter()))
        sources.defer_source(session, source.id, until, reason)
    return PollResult(None, reason, ok=False)


def _store_outcome(parts: Polling, source: SourceForPoll, outcome: FetchOutcome) -> PollResult:
    now, jitter = parts.clock(), parts.jitter()
    with parts.store.write() as session:
        match outcome:
            case FetchFailed():
                return PollResult(None, record_failure(session, source, outcome, now, jitter), ok=False)
            case NotModified():
                return PollResult(None, record_not_modified(session, source, outcome, now, jitter))
            case Fetched() if hashlib.sha256(outcome.body).hexdigest() == source.body_sha256:
                return PollResult(None, record_same_body(session, source, outcome, now, jitter))
            case Fetched():
                fetch_id = fetches.insert_fetch(session, source.id, outcome)
                return PollResult(fetch_id, f"{len(outcome.body):,} bytes in {outcome.seconds:.2f} s")
