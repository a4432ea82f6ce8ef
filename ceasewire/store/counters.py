"""Counters of changes. A row's lock keeps two changes apart, so that no two of them leave the same number."""

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ceasewire.store.statements import is_postgres
from ceasewire.store.tables import COUNTER

_VALUE = select(COUNTER.c.value).where(COUNTER.c.name == bindparam("name"))  # made once: every item asks


def bump(s: Session, name: str) -> None:
    """Count one change in this transaction."""
    dialect = postgresql if is_postgres(s) else sqlite
    first = dialect.insert(COUNTER).values(name=name, value=1)
    s.execute(first.on_conflict_do_update(index_elements=["name"], set_={"value": COUNTER.c.value + 1}))


def get_count(s: Session, name: str) -> int:
    """How many changes were committed; 0 before the first."""
    return s.scalar(_VALUE, {"name": name}) or 0
