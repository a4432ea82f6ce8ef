"""Look up: the text of a post known only by its id, asked of its platform, under the manners of every other request."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ceasewire.items import Article, Changed, Entry, FetchFailed, FetchOutcome, SourceForPoll, SourceKind
from ceasewire.pipeline.identity import drafts
from ceasewire.pipeline.oembed import PAUSES, BarePost, Endpoints, Filled, NotFilled, lookup_url, read_answer
from ceasewire.store import items, lookups
from ceasewire.store.lookups import PostToLookUp
from ceasewire.store.session import Session
from worker.jobs.poll import Polling
from worker.ports import HostBusy

LONGEST_WAIT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LookingUp:
    """What the job needs."""

    polling: Polling
    endpoints: Endpoints


def look_up_post(parts: LookingUp, lookup_id: int) -> Sequence[int]:
    """Ask for one post; returns the ids of the items to enrich. Does nothing when it is not due or taken."""
    store, gate, now = parts.polling.store, parts.polling.gate, parts.polling.clock()
    with store.write() as session:
        found = lookups.claim_lookup(session, lookup_id, now)
    if found is None:
        return ()
    post = BarePost(found.platform, found.post_id, found.handle, found.published_at)
    url = lookup_url(post, parts.endpoints)
    if url is None:
        with store.write() as session:
            lookups.settle_lookup(session, found.id, "refused", "it cannot be asked for: its channel is unknown", now)
        return ()
    target = _target(found, url)
    lease = gate.try_acquire(target)
    if isinstance(lease, HostBusy):
        with store.write() as session:
            wait = lease.wait_seconds * (1.5 + 5 * parts.polling.jitter())
            lookups.defer_lookup(session, found.id, now + timedelta(seconds=wait))
        return ()
    try:
        outcome = parts.polling.fetcher.fetch(target, full=True)
    finally:
        gate.release(lease)
    return _record(parts.polling, found, post, outcome)


def _target(found: PostToLookUp, url: str) -> SourceForPoll:
    """The platform as the fetcher sees it: none of the quirks of the source that embeds the post."""
    plain = replace(found.source, url=url, kind=SourceKind.PAGE, options={})
    return replace(plain, etag=None, last_modified=None, body_sha256=None)


def _record(parts: Polling, found: PostToLookUp, post: BarePost, outcome: FetchOutcome) -> Sequence[int]:
    now, answer = parts.clock(), read_answer(post, outcome)
    with parts.store.write() as session:
        if isinstance(answer, Filled):
            return _fill(session, found, answer.entry, now)
        _note(session, found, answer, outcome, now)
    return ()


def _fill(session: Session, found: PostToLookUp, entry: Entry, now: datetime) -> Sequence[int]:
    if not lookups.settle_lookup(session, found.id, "filled", "its platform gave the text", now):
        return ()
    (draft,) = drafts(Article(entry, ()), found.source.id)
    saved = items.save_items(session, found.source, [Changed(draft, found.item_id)], now)
    return (*saved.new_ids, *saved.changed_ids)


def _note(session: Session, found: PostToLookUp, answer: NotFilled, outcome: FetchOutcome, now: datetime) -> None:
    """What may pass is asked again, with growing pauses or as late as the platform wants; the rest is settled."""
    if answer.outcome != "unclear" or found.asked >= len(PAUSES):
        lookups.settle_lookup(session, found.id, answer.outcome, answer.reason, now)
        return
    seconds = outcome.retry_after_seconds if isinstance(outcome, FetchFailed) else None
    pause = max(PAUSES[found.asked], min(timedelta(seconds=seconds or 0), LONGEST_WAIT))
    lookups.ask_again(session, found.id, answer.reason, now + pause, now)
