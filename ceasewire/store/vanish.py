"""Listings of watched sources, items that have left them, and what became of those; see `ceasewire.pipeline.vanish`."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.orm import Session

from ceasewire.items import SourceForPoll
from ceasewire.items.listing import Absent, Listed
from ceasewire.store import inquiries
from ceasewire.store.polls import source_for_poll
from ceasewire.store.statements import insert_new, storable, upsert
from ceasewire.store.tables import ABSENCE, ARTICLE_PAGE, ITEM, ITEM_KEY, LISTING, SIGHTING, SOURCE
from ceasewire.store.views import AbsenceView

WAVE = 5  # absent items of one source that are asked for at once; the next ones follow an hour later
BETWEEN_WAVES = timedelta(hours=1)
BATCH = 500
ASKABLE = (None, "telegram")  # platforms whose own addresses tell whether a post is there; X answers 200 to everything


@dataclass(frozen=True, slots=True)
class Listing:
    """A source's last listing that could be compared."""

    items: Sequence[Listed]
    listed_at: datetime


@dataclass(frozen=True, slots=True)
class Named:
    """An item as an event names it. `name` is its title, or the beginning of its text."""

    item_id: int
    name: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class AbsenceToCheck:
    """A claimed absence. `own_answer`: what its own address answered, where the control is asked now."""

    id: int
    item: Named
    url: str
    platform: str | None
    post_id: str | None
    control_url: str | None
    own_answer: str | None
    asked: int
    source: SourceForPoll


# --- listings --------------------------------------------------------------------------------------------------


def list_listed(s: Session, keys: Sequence[str]) -> list[Listed]:
    """The items behind these keys, in their order, each once."""
    owners: dict[str, int] = {}
    wanted = [storable(key) for key in keys]
    for start in range(0, len(wanted), BATCH):
        found = select(ITEM_KEY.c.key, ITEM_KEY.c.item_id).where(ITEM_KEY.c.key.in_(wanted[start : start + BATCH]))
        owners.update({row.key: row.item_id for row in s.execute(found)})
    return _listed(s, dict.fromkeys(owners[key] for key in wanted if key in owners))


def get_listing(s: Session, source_id: str) -> Listing | None:
    """What a source listed before, in its order; None the first time."""
    row = s.execute(select(LISTING).where(LISTING.c.source_id == source_id)).first()
    return None if row is None else Listing(_listed(s, row.item_ids), row.listed_at)


def save_listing(s: Session, source_id: str, listing: Iterable[Listed], now: datetime) -> None:
    """Keep a listing for the next comparison."""
    ids = [each.item_id for each in listing]
    upsert(s, LISTING, {"source_id": source_id, "item_ids": ids, "listed_at": now})


def _listed(s: Session, ids: Iterable[int]) -> list[Listed]:
    wanted = list(ids)
    by_feed = func.coalesce(ARTICLE_PAGE.c.feed_hash, ITEM.c.content_hash).label("hash")
    columns = select(ITEM.c.id, ITEM.c.published_at, ITEM.c.url, ITEM.c.platform, by_feed)
    rows: dict[int, Row[Any]] = {}
    for start in range(0, len(wanted), BATCH):
        some = columns.outerjoin(ARTICLE_PAGE, ARTICLE_PAGE.c.item_id == ITEM.c.id)
        rows.update({row.id: row for row in s.execute(some.where(ITEM.c.id.in_(wanted[start : start + BATCH])))})
    found = [rows[item_id] for item_id in wanted if item_id in rows]
    return [Listed(row.id, row.published_at, row.hash, row.url if row.platform in ASKABLE else None) for row in found]


# --- items that left, and came back ----------------------------------------------------------------------------


def insert_absences(s: Session, source_id: str, absent: Sequence[Absent], now: datetime) -> int:
    """Have these items asked for, a few at a time; returns how many. What another watched source lists is not."""
    elsewhere = _listed_elsewhere(s, source_id, [each.item_id for each in absent])
    missed = [each for each in absent if each.item_id not in elsewhere]
    rows = [
        {
            "item_id": each.item_id,
            "source_id": source_id,
            "control_url": each.control_url,
            "since_at": now,
            "due_at": now + place // WAVE * BETWEEN_WAVES,
            "asked": 0,
            "attempts": 0,
            "outcome": "",
            "reason": "",
        }
        for place, each in enumerate(missed)
    ]
    insert_new(s, ABSENCE, rows)
    return len(rows)


def _listed_elsewhere(s: Session, source_id: str, item_ids: Collection[int]) -> set[int]:
    carriers = select(SIGHTING.c.source_id).where(SIGHTING.c.item_id.in_(item_ids), SIGHTING.c.source_id != source_id)
    listings = s.scalars(select(LISTING.c.item_ids).where(LISTING.c.source_id.in_(carriers)))
    return {item_id for listing in listings for item_id in listing}.intersection(item_ids)


def return_items(s: Session, listing: Sequence[Listed]) -> list[Named]:
    """Close the questions about items that are listed again; returns those that were said to have vanished."""
    ids = [each.item_id for each in listing]
    back = list(s.scalars(select(ABSENCE.c.item_id).where(ABSENCE.c.item_id.in_(ids))))
    if not back:
        return []
    s.execute(delete(ABSENCE).where(ABSENCE.c.item_id.in_(back)))
    cleared = update(ITEM).where(ITEM.c.id.in_(back), ITEM.c.vanished_at.is_not(None)).values(vanished_at=None)
    return [_named(row) for row in s.execute(cleared.returning(ITEM))]


def claim_absence(s: Session, absence_id: int, now: datetime) -> AbsenceToCheck | None:
    """Take a question about an absent item, or None; see `inquiries.claim`."""
    row = inquiries.claim(s, ABSENCE, absence_id, now)
    if row is None:
        return None
    item = s.execute(select(ITEM).where(ITEM.c.id == row.item_id)).one()
    source = s.execute(select(SOURCE).where(SOURCE.c.id == row.source_id)).one()
    return AbsenceToCheck(
        id=row.id,
        item=_named(item),
        url=item.url,
        platform=item.platform,
        post_id=item.post_id,
        control_url=row.control_url,
        own_answer=row.own_answer,
        asked=row.asked,
        source=source_for_poll(source),
    )


def ring_due_absences(s: Session, now: datetime) -> list[int]:
    """See `inquiries.ring_due`."""
    return inquiries.ring_due(s, ABSENCE, now)


def defer_absence(s: Session, absence_id: int, until: datetime) -> None:
    """See `inquiries.defer`."""
    inquiries.defer(s, ABSENCE, absence_id, until)


def ask_again(s: Session, absence_id: int, reason: str, at: datetime, now: datetime, own_answer: str | None) -> None:
    """See `inquiries.ask_again`; with `own_answer` it is the control that is asked then."""
    inquiries.ask_again(s, ABSENCE, absence_id, reason, at, now, own_answer=own_answer)


def settle_absence(s: Session, absence_id: int, outcome: str, reason: str, now: datetime) -> bool:
    """See `inquiries.settle`; outcomes are those of `ceasewire.pipeline.vanish`."""
    return inquiries.settle(s, ABSENCE, absence_id, outcome, reason, now)


def save_vanished(s: Session, item_id: int, now: datetime) -> None:
    """Say on the item that it has vanished; its text stays."""
    s.execute(update(ITEM).where(ITEM.c.id == item_id, ITEM.c.vanished_at.is_(None)).values(vanished_at=now))


def get_absence(s: Session, item_id: int) -> AbsenceView | None:
    """What is known of an item that its source lists no more; None for one that is listed, or rolled out."""
    columns = (ABSENCE.c.since_at, ABSENCE.c.asked_at, ABSENCE.c.outcome, ABSENCE.c.reason)
    row = s.execute(select(*columns).where(ABSENCE.c.item_id == item_id)).first()
    return None if row is None else AbsenceView(row.since_at, row.asked_at, row.outcome or "waiting", row.reason)


def _named(row: Row[Any]) -> Named:
    name = row.title or row.text
    return Named(row.id, name if len(name) <= 120 else f"{name[:120]}…", row.published_at)
