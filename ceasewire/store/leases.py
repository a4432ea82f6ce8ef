"""Leases that are kept while long work goes on, so that a killed worker's are short and a slow one's hold."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import update
from sqlalchemy.orm import Session

from ceasewire.store.tables import ALERT, FETCH, ITEM, SOURCE

Leased = Literal["source", "fetch", "item", "alert"]
TABLES = {"source": SOURCE, "fetch": FETCH, "item": ITEM, "alert": ALERT}


def extend_leases(s: Session, kind: Leased, ids: Collection[int | str], now: datetime, seconds: float) -> None:
    """Keep rows that are worked on; those that were finished or given back meanwhile stay free."""
    table = TABLES[kind]
    held = (table.c.id.in_(ids), table.c.lease_until.is_not(None))
    s.execute(update(table).where(*held).values(lease_until=now + timedelta(seconds=seconds)))


def give_back(s: Session, kind: Leased, ids: Collection[int | str]) -> None:
    """Free rows whose work was stopped by something that will pass: this was no attempt."""
    table = TABLES[kind]
    values: dict[str, Any] = {"lease_until": None}
    if "attempts" in table.c:
        values["attempts"] = table.c.attempts - 1
    s.execute(update(table).where(table.c.id.in_(ids), table.c.lease_until.is_not(None)).values(values))
