"""Sources: their health, rhythm and next poll, a form for a new one, and what happened to them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.catalogue import Catalogue
from api.deps import CatalogueDep, NowDep, StoreDep
from api.page import wording
from api.page.chart import spark
from api.page.progress import long_work
from api.page.render import render
from api.page.sides import sides_of
from api.page.status import sources_in_words
from api.routes.events import list_recent
from api.routes.sources import list_all
from api.routes.stats import StatsParams, count
from api.schemas import SourceOut
from ceasewire.items import Publisher
from ceasewire.store.session import Store
from ceasewire.store.statistics import Bucket, Grouping

DAYS = timedelta(days=14)  # of each small chart

router = APIRouter()

Health = Literal["ok", "failing", "silent", "never_polled", "disabled"]


@router.get("/view/sources")
def sources_page(
    request: Request,
    store: StoreDep,
    catalogue: CatalogueDep,
    now: NowDep,
    health: Annotated[Health | None, Query()] = None,
) -> Response:
    """All sources or those of one state, those with trouble first."""
    everything = list_all(store, now).sources
    sources = sorted(everything, key=lambda one: (wording.HEALTH_ORDER.index(one.health), one.name))
    shown = [one for one in sources if health in (None, one.health)]
    with store.read() as s:
        progress = long_work(s)
    return render(
        request,
        "sources.html",
        sources=shown,
        summary=sources_in_words(everything),
        states=_states(everything),
        health=health,
        rhythms=_rhythms(store, catalogue, now),
        progress=progress,
        events=list_recent(store, 20).events,
        kinds=wording.ADDED_KINDS,
        publishers=[(str(one), wording.PUBLISHERS[one]) for one in Publisher],
        sides=sides_of(everything),
        now=now,
    )


def _states(sources: Sequence[SourceOut]) -> list[tuple[str, str, int]]:
    """Each state that occurs: its name, its words and how many sources are in it."""
    found = [one.health for one in sources]
    return [(state, wording.HEALTH[state], found.count(state)) for state in wording.HEALTH_ORDER if state in found]


def _rhythms(store: Store, catalogue: Catalogue, now: datetime) -> dict[str, tuple[list[tuple[float, ...]], str]]:
    """By source: the bars of its last days, and the same in words."""
    asked = StatsParams.model_validate({"since": now - DAYS, "by": Grouping.SOURCE, "bucket": Bucket.DAY})
    series = count(asked, store, catalogue, now).series
    return {one.key: (list(spark(one.counts)), ", ".join(map(str, one.counts))) for one in series}
