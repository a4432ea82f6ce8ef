"""The rhythm of sources: how much they publish."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, func, literal, select, union_all
from sqlalchemy.orm import Session

from ceasewire.store.columns import UTCDateTime
from ceasewire.store.tables import ITEM

RATE_DAYS = 7  # items a day are counted over these
COMPOUND = 200  # selects in one union; SQLite takes 500


def items_per_day(s: Session, rows: Sequence[Row[Any]]) -> dict[str, float]:
    """By publication, in the 7 days before each source last brought something new: silence does not change a rhythm.

    A feed that reaches back less is measured over what it shows, but over a day at least.
    """
    speaking = [row for row in rows if row.last_new_item_at is not None]
    rates: dict[str, float] = {}
    for start in range(0, len(speaking), COMPOUND):
        counts = [_published(row.id, row.last_new_item_at) for row in speaking[start : start + COMPOUND]]
        for source_id, until, count, oldest in s.execute(union_all(*counts)):
            days = (until - oldest) / timedelta(days=1) if count else 1.0
            rates[source_id] = count / max(1.0, days)
    return rates


def _published(source_id: str, until: datetime) -> Select[*tuple[Any, ...]]:
    at = ITEM.c.published_at
    return select(literal(source_id), literal(until, UTCDateTime), func.count(), func.min(at)).where(
        ITEM.c.source_id == source_id, at > until - timedelta(days=RATE_DAYS), at <= until
    )
