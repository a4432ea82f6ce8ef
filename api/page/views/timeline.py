"""Timeline: volume by side over hours, days or weeks, and of every topic; spikes marked, bars lead to their items."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.catalogue import Catalogue
from api.deps import CatalogueDep, NowDep, StoreDep
from api.page import wording
from api.page.chart import Chart, make_chart, spark
from api.page.filters import active_filters, fields_of, hidden_pairs
from api.page.render import render
from api.page.sides import colours_of
from api.page.spikes import LENGTHS, Peak, find_peaks
from api.page.views.now import with_verdict
from api.params import ItemFilter, ItemParams, pairs_of
from api.reading import find_items, list_source_refs, to_query
from api.routes.stats import StatsParams, count
from api.schemas import SourceRef
from api.schemas_stats import Series, Stats
from api.urls import with_query
from ceasewire.store.session import Store
from ceasewire.store.statistics import Bucket, Grouping

PATH = "/view/timeline"
FIELDS = ("topic", "actor", "place", "language", "country", "publisher", "side")
TOPICS = 24  # small charts, the busiest topics
LABELS = 10  # under the bars

router = APIRouter()


class TimelineParams(ItemFilter):
    """A filter, and how long each bar is over."""

    bucket: Bucket = Bucket.DAY


@router.get(PATH)
def timeline_page(
    params: Annotated[TimelineParams, Query()], request: Request, store: StoreDep, catalogue: CatalogueDep, now: NowDep
) -> Response:
    """How much each side published, hour by hour, day by day or week by week."""
    params = with_verdict(params, request)
    sources = list_source_refs(store)
    by_side = _count(params, Grouping.SIDE, store, catalogue, now)
    by_topic = _count(params, Grouping.TOPIC, store, catalogue, now)
    fields = [one for one in fields_of(params, catalogue, sources) if one.name in FIELDS]
    return render(
        request,
        "timeline.html",
        params=params,
        chart=_chart(params, by_side, sources, store, catalogue, now),
        stats=by_side,
        topics=[_topic(one, params) for one in by_topic.series[:TOPICS]],
        every=-(-len(by_side.starts) // LABELS),
        fields=fields,
        hidden=hidden_pairs(params, fields),
        active=active_filters(params, catalogue, sources, PATH),
        newest=None if by_side.series else _newest(params, store, catalogue, now),
        buckets=[(name, words, _with(params, bucket=name)) for name, words in wording.BUCKETS.items()],
        now_url=with_query("/", pairs_of(params, without={"bucket"})),
    )


def _count(params: TimelineParams, by: Grouping, store: Store, catalogue: Catalogue, now: datetime) -> Stats:
    asked = StatsParams(**params.model_dump(exclude_defaults=True), by=by)
    return count(asked, store, catalogue, now)


def _chart(
    params: TimelineParams,
    stats: Stats,
    sources: Sequence[SourceRef],
    store: Store,
    catalogue: Catalogue,
    now: datetime,
) -> Chart:
    series = sorted((_named(one) for one in stats.series), key=lambda one: one.label)
    peaks: Mapping[datetime, Peak] = {}
    if stats.starts and series:
        with store.read() as s:
            peaks = find_peaks(s, to_query(store, catalogue, params, now), stats.starts, params.bucket)

    def items_of(start: datetime) -> str:
        stretch = {"since": start.isoformat(), "until": (start + LENGTHS[params.bucket]).isoformat()}
        return with_query("/", [*pairs_of(params, without={"bucket", *stretch}), *stretch.items()])

    return make_chart(stats.starts, series, peaks, items_of, colours_of(sources))


def _named(series: Series) -> Series:
    return series.model_copy(update={"label": wording.side_name(series.key)})


def _newest(params: TimelineParams, store: Store, catalogue: Catalogue, now: datetime) -> dict[str, object] | None:
    """Where the newest item stands that fits but for its time, and the address that shows its surroundings."""
    asked = ItemParams(**dict(params.model_dump(exclude_defaults=True, exclude={"bucket", "since", "until"}), limit=1))
    found = find_items(store, catalogue, asked, now).items
    if not found:
        return None
    at = found[0].published_at
    return {"at": at, "href": _with(params, since="", until=(at + LENGTHS[params.bucket]).isoformat())}


def _topic(series: Series, params: TimelineParams) -> dict[str, object]:
    """A topic's small chart, and the address where it is the large one."""
    return {
        "label": series.label,
        "total": series.total,
        "most": max(series.counts, default=0),
        "bars": spark(series.counts, 240, 36),
        "href": _with(params, topic=series.key),
        "chosen": series.key in params.topic,
    }


def _with(params: TimelineParams, **changed: str) -> str:
    kept = pairs_of(params, without=set(changed))
    return with_query(PATH, [*kept, *changed.items()])
