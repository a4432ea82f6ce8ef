"""Poll: claim sources, ask their hosts' permission, fetch, and keep the bytes for the reader.

Several sources are claimed in one transaction and fetched at the same time. What has come in is stored together, and
soon: no source waits for a slower one, and a claim is given back in the transaction that stores what it brought.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from ceasewire.items import Fetched, FetchFailed, FetchOutcome, NotModified, SourceForPoll
from ceasewire.pipeline.schedule import wants_full
from ceasewire.store import fetches, polls
from ceasewire.store.session import Session, Store
from worker.jobs.leased import SECONDS, leased
from worker.jobs.older import target
from worker.jobs.schedule import Planned, plan_failure, plan_not_modified, plan_same_body, poll_state, record
from worker.jobs.together import store_each
from worker.ports import Fetcher, HostBusy, HostGate

GATHER_SECONDS = 0.05  # how long an answer may wait for others, to be stored together with them


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
    """`fetch_id` is set when there is a body to read, of so many bytes; `said` is one line for a person."""

    fetch_id: int | None
    said: str
    ok: bool = True
    size: int = 0


@dataclass(frozen=True, slots=True)
class _Polled:
    """One source and what came of asking it."""

    source: SourceForPoll
    outcome: FetchOutcome | HostBusy


def poll_source(parts: Polling, source_id: str, *, force: bool = False) -> PollResult:
    """One poll. Does nothing when the source is not due or somebody else has it; `force` polls it all the same."""
    for source, facts in _claim(parts, [source_id], force):
        with leased(parts.store, [source.id], parts.clock, "source"):
            return _store(parts, [_fetch(parts, source, facts)])[0]
    return PollResult(None, "not due, or being polled")


def poll_sources(
    parts: Polling, source_ids: Collection[str], threads: Executor, *, force: bool = False
) -> Iterator[list[PollResult]]:
    """Poll those of the sources that are due and free; yields what came of some as soon as it is stored.

    Raises what a poll raised that is no outcome, such as BrokerUnavailable, after the others are stored.
    """
    claimed = _claim(parts, source_ids, force)
    with leased(parts.store, [source.id for source, _ in claimed], parts.clock, "source"):
        yield from _poll_claimed(parts, claimed, threads)


def _poll_claimed(
    parts: Polling, claimed: Sequence[tuple[SourceForPoll, polls.PollFacts]], threads: Executor
) -> Iterator[list[PollResult]]:
    waiting = {threads.submit(_fetch, parts, source, facts) for source, facts in claimed}
    failures: list[BaseException] = []
    while waiting:
        wait(waiting, return_when=FIRST_COMPLETED)
        done, waiting = wait(waiting, GATHER_SECONDS)
        failures += [error for each in done if (error := each.exception()) is not None]
        yield store_each(partial(_store, parts), _results(done), failures.append)
    if failures:
        raise failures[0]


def _claim(parts: Polling, source_ids: Collection[str], force: bool) -> list[tuple[SourceForPoll, polls.PollFacts]]:
    with parts.store.write() as session:
        return polls.claim_sources(session, source_ids, parts.clock(), SECONDS, force=force)


def _fetch(parts: Polling, source: SourceForPoll, facts: polls.PollFacts) -> _Polled:
    source = target(source, facts)
    lease = parts.gate.try_acquire(source)
    if isinstance(lease, HostBusy):
        return _Polled(source, lease)
    try:
        return _Polled(source, parts.fetcher.fetch(source, full=wants_full(poll_state(facts), parts.clock())))
    finally:
        parts.gate.release(lease)


def _results(done: Collection[Future[_Polled]]) -> list[_Polled]:
    return [each.result() for each in done if each.exception() is None]


def _store(parts: Polling, polled: Sequence[_Polled]) -> list[PollResult]:
    now = parts.clock()
    with parts.store.write() as session:
        facts = polls.get_poll_states(session, [each.source.id for each in polled])
        plans: list[Planned] = []
        results = [_note(parts, session, each, facts[each.source.id], plans, now) for each in polled]
        if plans:
            record(session, plans, now)
    return results


def _note(
    parts: Polling, session: Session, poll: _Polled, facts: polls.PollFacts, plans: list[Planned], now: datetime
) -> PollResult:
    """What one poll came to: put off or fetched, which is stored here, or a plan, which is added to `plans`."""
    source, jitter = poll.source, parts.jitter()
    match poll.outcome:
        case HostBusy(wait_seconds=seconds):
            return _wait_for_host(session, source, now, seconds, jitter)
        case FetchFailed() as failed:
            plans.append(plan_failure(source, facts, failed, now, jitter))
        case NotModified() as answer:
            plans.append(plan_not_modified(source, facts, answer, now, jitter))
        case Fetched() as fetched if hashlib.sha256(fetched.body).hexdigest() == source.body_sha256:
            plans.append(plan_same_body(source, facts, fetched, now, jitter))
        case Fetched() as fetched:
            fetch_id = fetches.insert_fetch(session, source.id, fetched)
            size = len(fetched.body)
            return PollResult(fetch_id, f"{size:,} bytes in {fetched.seconds:.2f} s", size=size)
    return PollResult(None, plans[-1].update.reason, ok=not isinstance(poll.outcome, FetchFailed))


def _wait_for_host(session: Session, source: SourceForPoll, now: datetime, seconds: float, jitter: float) -> PollResult:
    reason = f"its host answers another request; {seconds:.0f} s later"
    # Spread out: the sources of one host would all ask again in the same moment.
    polls.defer_source(session, source.id, now + timedelta(seconds=seconds * (1.5 + 5 * jitter)), reason)
    return PollResult(None, reason, ok=False)
