"""Posts known only by their id: which are to be asked for, and what their platforms said."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select, text
from sqlalchemy.orm import Session

from ceasewire.items import SourceForPoll
from ceasewire.store import inquiries
from ceasewire.store.polls import source_for_poll
from ceasewire.store.statements import insert_new
from ceasewire.store.tables import EMBEDDING, ITEM, POST_LOOKUP, SOURCE
from ceasewire.store.tables.items import BARE
from ceasewire.store.views import LookupView

FRESH = {"asked": 0, "attempts": 0, "outcome": "", "reason": ""}


@dataclass(frozen=True, slots=True)
class PostToLookUp:
    """A claimed post. `source` is the one that it was first seen in."""

    id: int
    item_id: int
    platform: str
    post_id: str
    handle: str | None
    published_at: datetime
    asked: int
    source: SourceForPoll


def ring_due_lookups(s: Session, platforms: Collection[str], now: datetime) -> list[int]:
    """Ids of the posts that are due to be asked for; those found bare since the last time are among them."""
    _request(s, platforms, now)
    return inquiries.ring_due(s, POST_LOOKUP, now)


def _request(s: Session, platforms: Collection[str], now: datetime, limit: int = 100) -> None:
    known = exists().where(POST_LOOKUP.c.item_id == ITEM.c.id)
    embedded = exists().where(EMBEDDING.c.post_id == ITEM.c.id)
    bare = select(ITEM.c.id).where(text(BARE), ITEM.c.platform.in_(platforms), ITEM.c.post_id.is_not(None))
    found = s.scalars(bare.where(embedded, ~known).order_by(ITEM.c.published_at.desc()).limit(limit))
    insert_new(s, POST_LOOKUP, [FRESH | {"item_id": item_id, "since_at": now, "due_at": now} for item_id in found])


def claim_lookup(s: Session, lookup_id: int, now: datetime) -> PostToLookUp | None:
    """Take a post to ask for, or None; see `inquiries.claim`. One that has its text by now is settled."""
    row = inquiries.claim(s, POST_LOOKUP, lookup_id, now)
    if row is None:
        return None
    item = s.execute(select(ITEM).where(ITEM.c.id == row.item_id)).one()
    if item.title or item.text:
        inquiries.settle(s, POST_LOOKUP, row.id, "filled", "an article that embeds it has its text", now)
        return None
    source = s.execute(select(SOURCE).where(SOURCE.c.id == item.source_id)).one()
    return PostToLookUp(
        id=row.id,
        item_id=item.id,
        platform=item.platform,
        post_id=item.post_id,
        handle=item.handle,
        published_at=item.published_at,
        asked=row.asked,
        source=source_for_poll(source),
    )


def defer_lookup(s: Session, lookup_id: int, until: datetime) -> None:
    """See `inquiries.defer`."""
    inquiries.defer(s, POST_LOOKUP, lookup_id, until)


def ask_again(s: Session, lookup_id: int, reason: str, at: datetime, now: datetime) -> None:
    """See `inquiries.ask_again`."""
    inquiries.ask_again(s, POST_LOOKUP, lookup_id, reason, at, now)


def settle_lookup(s: Session, lookup_id: int, outcome: str, reason: str, now: datetime) -> bool:
    """See `inquiries.settle`; outcomes are those of `ceasewire.pipeline.oembed`."""
    return inquiries.settle(s, POST_LOOKUP, lookup_id, outcome, reason, now)


def get_lookup(s: Session, item_id: int) -> LookupView | None:
    """How asking for a post fares; None where nobody asked."""
    columns = (POST_LOOKUP.c.asked_at, POST_LOOKUP.c.outcome, POST_LOOKUP.c.reason)
    row = s.execute(select(*columns).where(POST_LOOKUP.c.item_id == item_id)).first()
    return None if row is None else LookupView(row.asked_at, row.outcome or "waiting", row.reason)
