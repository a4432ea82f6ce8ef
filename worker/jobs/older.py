"""Older: page back through a channel's preview until a message that is known, a page at each poll of the source.

What is to be read next stands on the source's row, so a restart loses nothing; the host's gap lies between two pages.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from ceasewire.items import FetchFailed, ParsedFeed, SourceForPoll, SourceKind
from ceasewire.pipeline.schedule import FAILURE_WEIGHTS
from ceasewire.pipeline.telegram import older_page
from ceasewire.store import polls
from ceasewire.store.fetches import FetchToRead
from ceasewire.store.polls import PollFacts, PollUpdate
from ceasewire.store.session import Session

MAX_PAGES = 5  # of about 20 messages, the first page included


def target(source: SourceForPoll, facts: PollFacts) -> SourceForPoll:
    """The source as it is fetched now: at its older page where one is due, which no validator belongs to."""
    if facts.older_url is None:
        return source
    return replace(source, url=facts.older_url, etag=None, last_modified=None, body_sha256=None)


def next_older(source: SourceForPoll, parsed: ParsedFeed, facts: PollFacts, seen: Callable[[], int]) -> str | None:
    """The page to read next: where this one holds nothing that the source has shown before, as `seen` counts.

    A channel read for the first time is not paged back; None after MAX_PAGES, too.
    """
    first_time = facts.last_full_at is None
    if source.kind is not SourceKind.TELEGRAM or first_time or facts.older_pages + 1 >= MAX_PAGES or seen():
        return None
    return older_page(parsed, source.url)


def after_failure(facts: PollFacts, failed: FetchFailed) -> tuple[str | None, int]:
    """`older_url` and `older_pages` after an older page could not be fetched: tried again, if that may help."""
    passing = FAILURE_WEIGHTS[failed.kind] < 1
    if facts.older_url is None or not passing or facts.older_pages + 1 >= MAX_PAGES:
        return None, 0
    return facts.older_url, facts.older_pages + 1


def record_older(
    session: Session, fetch: FetchToRead, facts: PollFacts, entries: int, new: int, older: str | None, now: datetime
) -> str:
    """An older page was read: nothing is learnt from it, and the source's validators stay."""
    page = facts.older_pages + 1
    said = f"paged back: {entries} messages, {new} new"
    if older is None and page >= MAX_PAGES:
        said += f"; given up after {MAX_PAGES} pages, older messages may be missing"
    update = PollUpdate(
        outcome="new" if new else "unchanged",
        next_poll_at=now if older else now + timedelta(seconds=facts.interval_seconds),
        next_poll_reason="paging back to what is known" if older else "paged back; now at its own pace",
        interval_seconds=facts.interval_seconds,
        failure_weight=0.0,
        reason=said,
        entries=entries,
        new_items=new,
        bytes=len(fetch.body),
        seconds=fetch.seconds,
        moved_to=facts.moved_to,
        moved_count=facts.moved_count,
        ttl_seconds=facts.ttl_seconds,
        entries_of_last_body=facts.entries,
        older_url=older,
        older_pages=page if older else 0,
    )
    polls.save_poll(session, fetch.source.id, update, now)
    return said
