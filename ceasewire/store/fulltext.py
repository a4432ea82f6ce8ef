"""Article pages: which items of title-and-lead feeds want their own page read, and what came of it.

A page waits until its item is enriched on the feed's own text, so that nobody waits for a page; the longer text then
takes the place of the feed's, which is kept, and the item is enriched again. That is no edit and makes no revision.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from ceasewire.items import ItemKind, SourceForPoll
from ceasewire.store.polls import source_for_poll
from ceasewire.store.search import index_again
from ceasewire.store.statements import MAX_ATTEMPTS, insert_new, is_free, is_silent, mark_rung, storable
from ceasewire.store.tables import ARTICLE_PAGE, ITEM, ITEM_KEY, SOURCE, TRANSLATION
from ceasewire.store.taggings import delete_taggings
from ceasewire.store.views import FullTextView

WAITING = and_(ARTICLE_PAGE.c.read_at.is_(None), ARTICLE_PAGE.c.failed_reason.is_(None))


@dataclass(frozen=True, slots=True)
class PageToFetch:
    """A claimed page: `key` is its item's own identity. `attempts` counts this one."""

    id: int
    item_id: int
    key: str
    url: str
    title: str
    feed_text: str
    published_at: datetime
    source: SourceForPoll
    attempts: int


def request_pages(s: Session, source: SourceForPoll, item_ids: Collection[int], now: datetime) -> None:
    """Ask for the pages of these items as they are in the feed now, where their source wants full texts."""
    if not source.options.get("full_text") or not item_ids:
        return
    s.execute(delete(ARTICLE_PAGE).where(ARTICLE_PAGE.c.item_id.in_(item_ids)))
    entries = and_(ITEM.c.id.in_(item_ids), ITEM.c.kind == str(ItemKind.ENTRY), ITEM.c.url.is_not(None))
    rows = s.execute(select(ITEM).where(entries, ITEM.c.source_id == source.id)).all()
    insert_new(s, ARTICLE_PAGE, [_fresh(row, now) for row in rows])


def _fresh(row: Any, now: datetime) -> dict[str, Any]:
    feed = {"feed_text": row.text, "feed_html": row.html, "feed_hash": row.content_hash}
    return feed | {"item_id": row.id, "requested_at": now, "due_at": now, "attempts": 0, "last_reason": ""}


def ring_due_pages(s: Session, now: datetime, limit: int = 100) -> list[int]:
    """Ids of the pages that are due, newest item first; each is named once in 8 s."""
    enriched = exists().where(ITEM.c.id == ARTICLE_PAGE.c.item_id, _is_enriched())
    due = and_(WAITING, ARTICLE_PAGE.c.due_at <= now, is_free(ARTICLE_PAGE, now), is_silent(ARTICLE_PAGE, now))
    found = select(ARTICLE_PAGE.c.id).where(due, enriched).order_by(ARTICLE_PAGE.c.item_id.desc()).limit(limit)
    ids = list(s.scalars(found.with_for_update(skip_locked=True)))
    mark_rung(s, ARTICLE_PAGE, ids, now)
    return ids


def _is_enriched() -> Any:
    return or_(ITEM.c.enriched_at.is_not(None), ITEM.c.failed_reason.is_not(None))


def claim_page(s: Session, page_id: int, now: datetime, lease_seconds: int = 180) -> PageToFetch | None:
    """Take a page, or None: read, not due, taken, or set aside (now, if this would be the fourth try)."""
    free = and_(ARTICLE_PAGE.c.id == page_id, WAITING, ARTICLE_PAGE.c.due_at <= now, is_free(ARTICLE_PAGE, now))
    lease = {"lease_until": now + timedelta(seconds=lease_seconds), "attempts": ARTICLE_PAGE.c.attempts + 1}
    claim = update(ARTICLE_PAGE).where(free, ARTICLE_PAGE.c.attempts < MAX_ATTEMPTS).values(lease)
    page = s.execute(claim.returning(ARTICLE_PAGE)).first()
    if page is None:
        tired = update(ARTICLE_PAGE).where(free, ARTICLE_PAGE.c.attempts >= MAX_ATTEMPTS)
        s.execute(tired.values(failed_reason=f"{MAX_ATTEMPTS} attempts to read its page ended without a result"))
        return None
    item = s.execute(select(ITEM).where(ITEM.c.id == page.item_id)).one()
    source = s.execute(select(SOURCE).where(SOURCE.c.id == item.source_id)).one()
    own = select(ITEM_KEY.c.key).where(ITEM_KEY.c.item_id == item.id).order_by(ITEM_KEY.c.strength, ITEM_KEY.c.key)
    return PageToFetch(
        id=page.id,
        item_id=item.id,
        key=s.scalars(own.limit(1)).one(),
        url=item.url,
        title=item.title,
        feed_text=page.feed_text,
        published_at=item.published_at,
        source=source_for_poll(source),
        attempts=page.attempts,
    )


def defer_page(s: Session, page_id: int, until: datetime) -> None:
    """Its host answers somebody else: try again at `until`; this was no attempt."""
    later: dict[str, Any] = {
        "due_at": until,
        "lease_until": None,
        "rung_at": None,
        "attempts": ARTICLE_PAGE.c.attempts - 1,
    }
    s.execute(update(ARTICLE_PAGE).where(ARTICLE_PAGE.c.id == page_id).values(later))


def fail_page(s: Session, page_id: int, reason: str, again_at: datetime | None) -> None:
    """It could not be read: tried again then, or never, and the feed's text stays."""
    state: dict[str, Any] = {"last_reason": storable(reason), "lease_until": None, "rung_at": None}
    state |= {"failed_reason": storable(reason)} if again_at is None else {"due_at": again_at}
    s.execute(update(ARTICLE_PAGE).where(ARTICLE_PAGE.c.id == page_id).values(state))


def save_page(s: Session, page: PageToFetch, text: str, html: str, content_hash: str, now: datetime) -> bool:
    """Put the page's text in place of the feed's and have the item enriched again.

    False, and nothing stored, if the entry was edited meanwhile: its page is asked for again.
    """
    done = update(ARTICLE_PAGE).where(ARTICLE_PAGE.c.id == page.id, WAITING).values(read_at=now, lease_until=None)
    if s.execute(done.returning(ARTICLE_PAGE.c.id)).first() is None:
        return False
    again: dict[str, Any] = {
        "enriched_at": None,
        "translation_state": "pending",
        "translation_reason": "",
        "translated_at": None,
    }
    again |= {"attempts": 0, "failed_reason": None, "lease_until": None, "rung_at": None}
    new: dict[str, Any] = {"text": storable(text), "html": storable(html), "content_hash": content_hash}
    s.execute(update(ITEM).where(ITEM.c.id == page.item_id).values(new | again))
    s.execute(delete(TRANSLATION).where(TRANSLATION.c.item_id == page.item_id))
    delete_taggings(s, page.item_id)
    row = s.execute(select(ITEM).where(ITEM.c.id == page.item_id)).one()
    index_again(s, [(row.id, row.published_at, (row.title, row.text))])
    return True


def finish_page(s: Session, page_id: int, reason: str, now: datetime) -> None:
    """It was read and says no more than the feed does."""
    done = {"read_at": now, "last_reason": storable(reason), "lease_until": None}
    s.execute(update(ARTICLE_PAGE).where(ARTICLE_PAGE.c.id == page_id).values(done))


def get_full_text(s: Session, item_id: int) -> FullTextView | None:
    """How the page of an item fares, or None where none was asked for."""
    row = s.execute(select(ARTICLE_PAGE).where(ARTICLE_PAGE.c.item_id == item_id)).first()
    if row is None:
        return None
    state = "failed" if row.failed_reason is not None else "waiting" if row.read_at is None else "read"
    return FullTextView(state, row.failed_reason or row.last_reason, row.feed_text)
