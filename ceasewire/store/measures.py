"""Measures: how the service does, for whoever watches it by machine. None of them reads all that is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from ceasewire.items import DateKind
from ceasewire.store.tables import ALERT, ASSESSMENT, FETCH, ITEM, POLL, SOURCE

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TIMED = frozenset({DateKind.EXACT, DateKind.ASSUMED})
MANY = 100_000
LAST = 20  # assessments
SAMPLE = 2_000  # of the newest items, for the lags


@dataclass(frozen=True, slots=True)
class Lags:
    """Seconds that the items first seen in the last hour took, each list in ascending order."""

    published_to_seen: Sequence[float]
    seen_to_tagged: Sequence[float]
    published_to_tagged: Sequence[float]
    seen_to_translated: Sequence[float]


def count_first_polls(s: Session) -> tuple[int, int]:
    """Sources that are on and were polled at least once, and all that are on: how far the first load is."""
    polled = func.count(SOURCE.c.last_polled_at)
    done, total = s.execute(select(polled, func.count()).where(SOURCE.c.enabled)).one()
    return done, total


def count_polls(s: Session, now: datetime) -> Mapping[str, int]:
    """Polls of the last hour by outcome."""
    counted = select(POLL.c.outcome, func.count()).where(POLL.c.at > now - HOUR)
    return {row[0]: row[1] for row in s.execute(counted.group_by(POLL.c.outcome))}


def count_items_by_state(s: Session, now: datetime) -> Mapping[tuple[str, str], int]:
    """Items first seen in the last day by language and translation state; the language is empty until it is read."""
    language = func.coalesce(ITEM.c.language, "")
    counted = select(language, ITEM.c.translation_state, func.count()).where(ITEM.c.first_seen_at > now - DAY)
    return {(row[0], row[1]): row[2] for row in s.execute(counted.group_by(language, ITEM.c.translation_state))}


def count_alerts(s: Session, now: datetime) -> Mapping[str, int]:
    """Alerts by state: all that are pending or collected, of the others those due in the last hour."""
    open_ = ALERT.c.state.in_(("pending", "collected"))
    recent = and_(ALERT.c.state.in_(("delivered", "carried", "dead")), ALERT.c.due_at > now - HOUR)
    counted = select(ALERT.c.state, func.count()).where(or_(open_, recent))
    return {row[0]: row[1] for row in s.execute(counted.group_by(ALERT.c.state))}


def models_in_use(s: Session) -> Mapping[str, Sequence[str]]:
    """Versions of each conflict's topic model by which items were tagged last; two while a changed one takes over."""
    last = select(ASSESSMENT.c.conflict, ASSESSMENT.c.model_version).order_by(ASSESSMENT.c.id.desc()).limit(LAST)
    found: dict[str, list[str]] = {}
    for row in s.execute(last):
        versions = found.setdefault(row.conflict, [])
        if row.model_version not in versions:
            versions.append(row.model_version)
    return found


def oldest_waiting(s: Session, now: datetime) -> Mapping[str, float]:
    """Seconds for which the longest waiting piece of each stage has been due; 0 where none is."""
    in_work = ITEM.c.failed_reason.is_(None)
    untranslated = and_(ITEM.c.enriched_at.is_not(None), ITEM.c.translation_state == "pending", in_work)
    unread = and_(FETCH.c.read_at.is_(None), FETCH.c.failed_reason.is_(None))
    pending = and_(ALERT.c.state == "pending", ALERT.c.due_at <= now)
    firsts: dict[str, Select[Any]] = {
        "poll": select(func.min(SOURCE.c.next_poll_at)).where(SOURCE.c.enabled, SOURCE.c.next_poll_at <= now),
        "read": select(func.min(FETCH.c.fetched_at)).where(unread),
        "enrich": _first_seen(and_(ITEM.c.enriched_at.is_(None), in_work)),
        "translate": _first_seen(untranslated),
        "alert": select(func.min(ALERT.c.due_at)).where(pending),
    }
    waiting = {stage: s.scalar(first) for stage, first in firsts.items()}
    return {stage: (now - at).total_seconds() if at else 0.0 for stage, at in waiting.items()}


def _first_seen(condition: ColumnElement[bool]) -> Select[Any]:
    """Of the items that wait, of very many of those published first: a bare minimum makes SQLite try all items."""
    waiting = select(ITEM.c.first_seen_at).where(condition).limit(MANY).subquery()
    return select(func.min(waiting.c.first_seen_at))


def measure_lags(s: Session, now: datetime) -> Lags:
    """How long the way was for what came in the last hour.

    From publication only for what has a time of its own within the last day: a source's first body brings old items.
    """
    names = ("published_at", "first_seen_at", "enriched_at", "translated_at", "date_kind")
    newest = select(*(ITEM.c[name] for name in names)).where(ITEM.c.first_seen_at > now - HOUR)
    rows = s.execute(newest.order_by(ITEM.c.first_seen_at.desc()).limit(SAMPLE)).all()
    dated = [row for row in rows if row.date_kind in TIMED and row.published_at > now - DAY]
    return Lags(
        published_to_seen=_seconds((row.published_at, row.first_seen_at) for row in dated),
        seen_to_tagged=_seconds((row.first_seen_at, row.enriched_at) for row in rows),
        published_to_tagged=_seconds((row.published_at, row.enriched_at) for row in dated),
        seen_to_translated=_seconds((row.first_seen_at, row.translated_at) for row in rows),
    )


def _seconds(pairs: Any) -> list[float]:
    return sorted((end - start).total_seconds() for start, end in pairs if end is not None)
