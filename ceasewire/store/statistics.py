"""Statistics: how many items fit a query, by time and by what they are about, what they are in or who carries them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, func, literal, select
from sqlalchemy.orm import Session

from ceasewire.store.filters import select_all
from ceasewire.store.statements import is_postgres
from ceasewire.store.tables import ASSESSMENT, ITEM, SOURCE, TAG
from ceasewire.store.views import ItemQuery

NOBODY = ""  # the key of items that have none: no language yet, a source without a side


class Grouping(StrEnum):
    """What counts are told apart by."""

    ALL = "all"
    TOPIC = "topic"
    ACTOR = "actor"
    PLACE = "place"
    LANGUAGE = "language"
    SOURCE = "source"
    SIDE = "side"
    COUNTRY = "country"
    PUBLISHER = "publisher"
    VERDICT = "verdict"


class Bucket(StrEnum):
    """How long a stretch of time each count is over. Days and weeks are those of UTC; weeks begin on Monday."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


STEPS = {Bucket.HOUR: timedelta(hours=1), Bucket.DAY: timedelta(days=1), Bucket.WEEK: timedelta(weeks=1)}
TAGGED = frozenset({Grouping.TOPIC, Grouping.ACTOR, Grouping.PLACE})
OF_SOURCE = frozenset({Grouping.SIDE, Grouping.COUNTRY, Grouping.PUBLISHER})


@dataclass(frozen=True, slots=True)
class Count:
    """Items published in the bucket that begins at `at`. `conflict` is set where the key is an id of its model."""

    at: datetime
    conflict: str
    key: str
    count: int


def count_items(s: Session, query: ItemQuery, by: Grouping, bucket: Bucket) -> list[Count]:
    """Counts by time and key, oldest first; what is nought is left out.

    An item with three topics counts under each of them; tags count by the query's `salience`. Raises InvalidQuery for
    words that cannot be read.
    """
    columns = (ITEM.c.id, ITEM.c.published_at, ITEM.c.language, ITEM.c.source_id)
    found = select_all(s, query).with_only_columns(*columns).subquery("found")
    conflict, key, source = _grouped(found, query, by)
    hour = _hour(s, found.c.published_at) if bucket is Bucket.HOUR else _day(s, found.c.published_at)
    counted = select(hour, conflict, func.coalesce(key, NOBODY), func.count()).select_from(source)
    sums: Counter[tuple[datetime, str, str]] = Counter()
    for at, of, name, count in s.execute(counted.group_by(hour, conflict, key)):
        sums[start_of(_read(at), bucket), of, name] += count
    return [Count(*told, count) for told, count in sorted(sums.items())]


def start_of(time: datetime, bucket: Bucket) -> datetime:
    """When the bucket began that `time` falls into."""
    hour = time.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    if bucket is Bucket.HOUR:
        return hour
    day = hour.replace(hour=0)
    return day if bucket is Bucket.DAY else day - timedelta(days=day.weekday())


def starts_between(since: datetime, until: datetime, bucket: Bucket) -> Sequence[datetime]:
    """When each bucket begins that lies, wholly or in part, between the two; `until` itself is not in it."""
    first, step = start_of(since, bucket), STEPS[bucket]
    return [first + n * step for n in range(max(0, -((first - until) // step)))]


def _grouped(found: Subquery, query: ItemQuery, by: Grouping) -> tuple[Any, Any, Any]:
    """The columns of conflict and key, and what they are selected from."""
    if by in TAGGED:
        wanted = and_(TAG.c.item_id == found.c.id, TAG.c.kind == str(by), *_of_query(query, TAG))
        if query.salience is not None:
            wanted &= TAG.c.salience == query.salience
        return TAG.c.conflict, TAG.c.tag, found.join(TAG, wanted)
    if by is Grouping.VERDICT:
        wanted = and_(ASSESSMENT.c.item_id == found.c.id, *_of_query(query, ASSESSMENT))
        return ASSESSMENT.c.conflict, ASSESSMENT.c.verdict, found.join(ASSESSMENT, wanted)
    if by in OF_SOURCE:
        return literal(""), SOURCE.c[str(by)], found.join(SOURCE, SOURCE.c.id == found.c.source_id)
    own = {Grouping.LANGUAGE: found.c.language, Grouping.SOURCE: found.c.source_id}
    return literal(""), own.get(by, literal(NOBODY)), found


def _of_query(query: ItemQuery, table: Any) -> list[ColumnElement[bool]]:
    return [] if query.conflict is None else [table.c.conflict == query.conflict]


def _hour(s: Session, time: Any) -> ColumnElement[str]:
    if is_postgres(s):
        return func.to_char(func.timezone("UTC", time), "YYYY-MM-DD HH24")
    return func.substr(time, 1, len("2021-01-11 14"))  # SQLite keeps times as text


def _day(s: Session, time: Any) -> ColumnElement[str]:
    if is_postgres(s):
        return func.to_char(func.timezone("UTC", time), "YYYY-MM-DD")
    return func.substr(time, 1, len("2021-01-11"))


def _read(at: str) -> datetime:
    return datetime.fromisoformat(at if " " not in at else f"{at}:00").replace(tzinfo=UTC)
