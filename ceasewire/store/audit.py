"""Audit: what the store holds and the rules that it must keep, each with the rows that break it and what to do.

Everything is read in one snapshot and nothing is written, so that it runs on a live store. A rule is a query for the
rows that break it; those of items stand in `audit_items`, those of alerts in `audit_alerts`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session

from ceasewire.store.statements import is_postgres
from ceasewire.store.tables import ALERT, ITEM, SUBSCRIPTION

COUNTED = 1_000  # rows that break one rule; more are not looked for
NAMED = 5  # of them in a message


@dataclass(frozen=True, slots=True)
class Now:
    """What the rules compare the store with. `models` is {conflict: sha256}, `languages` can be translated now,
    `platforms` may be asked for posts known only by their id."""

    at: datetime
    models: Mapping[str, str] = field(default_factory=dict)
    languages: Collection[str] = ()
    platforms: Collection[str] = ()

    def before(self, **ago: float) -> datetime:
        """A moment so long ago, in the words of timedelta."""
        return self.at - timedelta(**ago)


@dataclass(frozen=True, slots=True)
class Rule:
    """`broken_by` selects ids of rows; `what` is said after their number, in the plural."""

    name: str
    broken_by: Select[Any]
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that is broken: by how many rows (`COUNTED` + 1: by more) and by which, as far as named."""

    rule: str
    count: int
    rows: Sequence[str]
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Accounts:
    """What there is, by state. `oldest_due_at` is of the pending alerts that may go."""

    items: int
    set_aside: int
    untagged: int
    translations: Mapping[str, int]
    alerts: Mapping[str, int]
    oldest_due_at: datetime | None


def begin_snapshot(s: Session) -> None:
    """Let the whole session see one moment and refuse to write. To be called before anything else is asked."""
    if is_postgres(s):
        s.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
    else:
        s.execute(text("SELECT 1 FROM source LIMIT 1"))  # SQLite's snapshot begins with the first read


def count_all(s: Session) -> Accounts:
    """The accounts of the store; each sum is one query, so that it adds up."""
    states = select(ITEM.c.translation_state, func.count()).group_by(ITEM.c.translation_state)
    translations = {row[0]: row[1] for row in s.execute(states)}
    of_alerts = select(ALERT.c.state, func.count()).group_by(ALERT.c.state)
    set_aside = select(func.count()).select_from(ITEM).where(ITEM.c.failed_reason.is_not(None))
    untagged = select(func.count()).select_from(ITEM).where(ITEM.c.enriched_at.is_(None))
    may_go = ALERT.c.subscription_id.in_(select(SUBSCRIPTION.c.id).where(SUBSCRIPTION.c.paused_at.is_(None)))
    return Accounts(
        items=sum(translations.values()),
        set_aside=s.scalar(set_aside) or 0,
        untagged=s.scalar(untagged.where(ITEM.c.failed_reason.is_(None))) or 0,
        translations=translations,
        alerts={row[0]: row[1] for row in s.execute(of_alerts)},
        oldest_due_at=s.scalar(select(func.min(ALERT.c.due_at)).where(ALERT.c.state == "pending", may_go)),
    )


def find_violations(s: Session, rules: Sequence[Rule]) -> list[Violation]:
    """Every rule that is broken."""
    found = ((rule, s.scalars(rule.broken_by.limit(COUNTED + 1)).all()) for rule in rules)
    return [violation(rule.name, rows, rule.what, rule.remedy) for rule, rows in found if rows]


def violation(rule: str, rows: Sequence[Any], what: str, remedy: str) -> Violation:
    """A broken rule and the rows that break it."""
    return Violation(rule, len(rows), [str(row) for row in rows[:NAMED]], what, remedy)
