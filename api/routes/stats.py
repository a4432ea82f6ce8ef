"""Counts of items over time."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from api.catalogue import Catalogue
from api.deps import CatalogueDep, NowDep, StoreDep
from api.errors import FieldError, Problem
from api.params import ItemFilter
from api.reading import list_source_refs, to_query
from api.schemas_stats import Series, Stats
from ceasewire.store.session import Store
from ceasewire.store.statistics import STEPS, TAGGED, Bucket, Count, Grouping, count_items, starts_between

MAX_BUCKETS = 2_000
DEFAULT_SPAN = {Bucket.HOUR: timedelta(days=2), Bucket.DAY: timedelta(days=30), Bucket.WEEK: timedelta(weeks=26)}

router = APIRouter(tags=["items"])


class StatsParams(ItemFilter):
    """A filter, and how to count what fits it."""

    by: Grouping = Field(Grouping.TOPIC, description="What the counts are told apart by")
    bucket: Bucket = Field(Bucket.DAY, description="How long each count is over")


@router.get("/stats", summary="How many items, over time")
def get_stats(params: Annotated[StatsParams, Query()], store: StoreDep, catalogue: CatalogueDep, now: NowDep) -> Stats:
    """Items that fit every parameter, per hour, day or week, by topic, language, source, side, … Times are UTC.

    Without `since`: two days of hours, 30 days, 26 weeks. An item with three topics counts under each of them; a
    parent topic counts what its children count.
    """
    return count(params, store, catalogue, now)


def count(params: StatsParams, store: Store, catalogue: Catalogue, now: datetime) -> Stats:
    """The same for the page. Raises Problem 422 for a stretch of too many buckets."""
    query = to_query(store, catalogue, params, now)
    until = query.until or now
    since = query.since or until - DEFAULT_SPAN[params.bucket]
    buckets = (until - since) // STEPS[params.bucket]
    if buckets > MAX_BUCKETS:
        message = f"{buckets} buckets are asked for, {MAX_BUCKETS} at most; take a later since or a longer bucket"
        raise Problem(422, message, [FieldError(field="since", message=message)])
    starts = starts_between(since, until, params.bucket)
    query = replace(query, since=since, until=until)
    with store.read() as s:
        counts = count_items(s, query, params.by, params.bucket)
    names = {one.id: one.name for one in list_source_refs(store)} if params.by is Grouping.SOURCE else {}
    series = [_series(key, told, starts, params.by, catalogue, names) for key, told in _by_key(counts).items()]
    series.sort(key=lambda one: (-one.total, one.key))
    return Stats(since=since, until=until, bucket=params.bucket, by=params.by, starts=list(starts), series=series)


def _by_key(counts: Sequence[Count]) -> dict[tuple[str, str], dict[datetime, int]]:
    told: dict[tuple[str, str], dict[datetime, int]] = {}
    for one in counts:
        told.setdefault((one.conflict, one.key), {})[one.at] = one.count
    return told


def _series(
    key: tuple[str, str],
    told: Mapping[datetime, int],
    starts: Sequence[datetime],
    by: Grouping,
    catalogue: Catalogue,
    sources: Mapping[str, str],
) -> Series:
    conflict, name = key
    label = catalogue.label(conflict, str(by), name) if by in TAGGED else sources.get(name, name)
    return Series(
        key=name,
        conflict=conflict or None,
        label=label,
        total=sum(told.values()),
        counts=[told.get(at, 0) for at in starts],
    )
