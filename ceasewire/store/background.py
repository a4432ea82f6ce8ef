"""Claims for work that nobody waits for: tagging again, translating again. Found by query, newest first, no message.

It shares lease and attempts with an item's other stages, so that no two work on one item at a time.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, select, text, update
from sqlalchemy.orm import Session

from ceasewire.store.events import insert_event
from ceasewire.store.statements import MAX_ATTEMPTS, is_free
from ceasewire.store.tables import ITEM
from ceasewire.store.tables.items import IN_SERVICE
from ceasewire.store.work import DONE, set_aside

LEASE_SECONDS = 60  # how long the items of a killed worker wait


def in_service() -> Any:
    """The condition of the partial indexes, word for word."""
    return text(IN_SERVICE)


def claim_newest(
    s: Session, due: Select[Any], stage: str, now: datetime, limit: int, lease_seconds: int = LEASE_SECONDS
) -> Sequence[Row[Any]]:
    """Take up to `limit` items whose ids `due` selects, newest first; returns rows of Item.

    One whose worker did not come back comes alone; after three tries it is set aside with the reason.
    """
    waiting = and_(ITEM.c.id.in_(due), is_free(ITEM, now))
    newest = select(ITEM.c.id, ITEM.c.attempts).where(waiting).order_by(ITEM.c.published_at.desc(), ITEM.c.id.desc())
    rows = s.execute(newest.limit(limit).with_for_update(skip_locked=True)).all()
    for row in rows:
        if row.attempts >= MAX_ATTEMPTS:
            _give_up(s, row.id, stage, now)
    able = [row for row in rows if row.attempts < MAX_ATTEMPTS]
    alone = able[:1] if able and able[0].attempts else [row for row in able if not row.attempts]
    lease = {"lease_until": now + timedelta(seconds=lease_seconds), "attempts": ITEM.c.attempts + 1}
    claimed = s.execute(update(ITEM).where(ITEM.c.id.in_([row.id for row in alone])).values(lease).returning(ITEM))
    return sorted(claimed, key=lambda row: (row.published_at, row.id), reverse=True)


def release(s: Session, item_id: int) -> None:
    """Give an item back as it was."""
    s.execute(update(ITEM).where(ITEM.c.id == item_id).values(DONE))


def _give_up(s: Session, item_id: int, stage: str, now: datetime) -> None:
    reason = f"{MAX_ATTEMPTS} attempts to {stage} it ended without a result"
    set_aside(s, item_id, reason)
    insert_event(s, "item_set_aside", str(item_id), reason, now)
