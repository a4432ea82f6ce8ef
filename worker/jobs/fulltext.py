"""Full text: the page of an entry whose feed gives only a title or lead, under the manners of every other request."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ceasewire.errors import CeasewireError
from ceasewire.items import Article, Fetched, FetchFailed, SourceForPoll, SourceKind
from ceasewire.pipeline.article import page_entry
from ceasewire.pipeline.decode import decode
from ceasewire.pipeline.embeds import extract_posts
from ceasewire.pipeline.entries import Reading as PageReading
from ceasewire.pipeline.html import sanitise
from ceasewire.pipeline.identity import content_hash, drafts, judge
from ceasewire.pipeline.schedule import FAILURE_WEIGHTS
from ceasewire.store import fulltext, items
from ceasewire.store.fulltext import PageToFetch
from ceasewire.store.session import Session
from worker.jobs.poll import Polling
from worker.ports import HostBusy

PAUSES = (timedelta(minutes=5), timedelta(hours=1))  # before the second and the third attempt
LONGEST_WAIT = timedelta(days=1)


def fetch_page(parts: Polling, page_id: int) -> Sequence[int]:
    """Fetch and read one page; returns the ids of the items to enrich. Does nothing when it is not due or taken."""
    now = parts.clock()
    with parts.store.write() as session:
        page = fulltext.claim_page(session, page_id, now)
    if page is None:
        return ()
    target = _target(page)
    lease = parts.gate.try_acquire(target)
    if isinstance(lease, HostBusy):
        with parts.store.write() as session:
            wait = lease.wait_seconds * (1.5 + 5 * parts.jitter())
            fulltext.defer_page(session, page.id, now + timedelta(seconds=wait))
        return ()
    try:
        outcome = parts.fetcher.fetch(target, full=True)
    finally:
        parts.gate.release(lease)
    if isinstance(outcome, Fetched):
        return _read(parts, page, outcome)
    if isinstance(outcome, FetchFailed):
        _fail(parts, page, outcome)
    return ()


def _target(page: PageToFetch) -> SourceForPoll:
    """The page as the fetcher sees it: with the source's quirks and without its validators."""
    return replace(page.source, url=page.url, kind=SourceKind.PAGE, etag=None, last_modified=None, body_sha256=None)


def _fail(parts: Polling, page: PageToFetch, failed: FetchFailed) -> None:
    """What may pass is tried again; a page that is missing or refused stays so."""
    again_at: datetime | None = None
    if FAILURE_WEIGHTS[failed.kind] < 1 and page.attempts <= len(PAUSES):
        asked = timedelta(seconds=failed.retry_after_seconds or 0)
        again_at = parts.clock() + min(max(PAUSES[page.attempts - 1], asked), LONGEST_WAIT)
    with parts.store.write() as session:
        fulltext.fail_page(session, page.id, failed.reason, again_at)


def _read(parts: Polling, page: PageToFetch, fetched: Fetched) -> Sequence[int]:
    try:
        decoded = decode(fetched.body, fetched.content_type)
        reading = PageReading(fetched.url, fetched.fetched_at, page.source.language, page.source.timezone)
        entry = page_entry(decoded.text, reading)
        posts = extract_posts(decoded.text, fetched.url)
    except CeasewireError as error:
        with parts.store.write() as session:
            fulltext.fail_page(session, page.id, error.message, None)
        return ()
    # Posts without a date of their own are as old as the entry, which the feed dates better than its page.
    article = Article(replace(entry, published_at=page.published_at), posts)
    now = parts.clock()
    with parts.store.write() as session:
        changed = _save_text(session, page, entry.text, entry.html, fetched.url, now)
        return (*changed, *_save_posts(session, page, article, now))


def _save_text(session: Session, page: PageToFetch, text: str, html: str, url: str, now: datetime) -> Sequence[int]:
    if len(text) <= len(page.feed_text):
        fulltext.finish_page(session, page.id, "its page says no more than the feed", now)
        return ()
    new_hash = content_hash(page.title, text)
    saved = fulltext.save_page(session, page, text, sanitise(html, url), new_hash, now)
    return (page.item_id,) if saved else ()


def _save_posts(session: Session, page: PageToFetch, article: Article, now: datetime) -> Sequence[int]:
    found = [replace(draft, parent=page.key) for draft in drafts(article, page.source.id)[1:]]
    if not found:
        return ()
    known = items.get_known(session, [key for draft in found for key in draft.keys])
    saved = items.save_items(session, page.source, judge(found, known), now)
    return (*saved.new_ids, *saved.changed_ids)
