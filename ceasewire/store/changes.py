"""What became of items, in the order in which it did: tagged, or translated. Live streams are read from here.

Two transactions need not be committed in the order of their times. Whoever reads on from a time looks back LOOK_BACK
and leaves out what it has seen; no job takes longer from its time to its commit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, union_all
from sqlalchemy.orm import Session

from ceasewire.store.tables import ITEM

LOOK_BACK = timedelta(seconds=30)  # a writer waits 15 s for another one at most


@dataclass(frozen=True, slots=True)
class Change:
    """An item was tagged or translated at `at`."""

    at: datetime
    item_id: int


def list_changes(s: Session, after: datetime, until: datetime | None, limit: int) -> Sequence[Change]:
    """Changes later than `after`, up to and with `until`, oldest first."""
    tagged = select(ITEM.c.enriched_at.label("at"), ITEM.c.id).where(*_between(ITEM.c.enriched_at, after, until))
    translated = select(ITEM.c.translated_at.label("at"), ITEM.c.id).where(
        *_between(ITEM.c.translated_at, after, until), ITEM.c.translation_state == "translated"
    )
    both = union_all(tagged, translated).subquery()
    rows = s.execute(select(both.c.at, both.c.id).order_by(both.c.at, both.c.id).limit(limit))
    return [Change(row.at, row.id) for row in rows]


def last_change(s: Session) -> datetime | None:
    """When the newest change was; None where there never was one."""
    # Said as the partial indexes are: without it, SQLite reads all items.
    columns = (ITEM.c.enriched_at, ITEM.c.translated_at)
    newest = (s.scalar(select(func.max(at)).where(at.is_not(None))) for at in columns)
    return max((at for at in newest if at is not None), default=None)


def _between(at: ColumnElement[datetime], after: datetime, until: datetime | None) -> list[ColumnElement[bool]]:
    return [at > after] if until is None else [at > after, at <= until]
