"""Now: the live list of items. The address holds all of its filters."""

from datetime import UTC, datetime
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.deps import CatalogueDep, NowDep, StoreDep
from api.page.cards import by_day, make_card
from api.page.filters import active_filters, fields_of, hidden_pairs
from api.page.progress import long_work
from api.page.render import render
from api.page.status import empty_list, waiting_in_words
from api.page.stories import fold
from api.params import ItemFilter, ItemParams, pairs_of
from api.reading import find_items, list_source_refs
from api.urls import with_query
from ceasewire.items import Verdict
from ceasewire.store.changes import last_change
from ceasewire.store.cursors import write_cursor
from ceasewire.store.queries import count_states

PER_PAGE = 30
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
EXPORTS = (("Atom", "atom"), ("RSS", "rss"), ("JSON Feed", "feed.json"), ("CSV", "csv"), ("NDJSON", "ndjson"))

router = APIRouter()


Filter = TypeVar("Filter", bound=ItemFilter)


def with_verdict(params: Filter, request: Request) -> Filter:
    """What is about the conflict, unless the address says otherwise."""
    if "verdict" in request.query_params:
        return params
    return params.model_copy(update={"verdict": [Verdict.RELEVANT]})


@router.get("/")
def now_page(
    params: Annotated[ItemParams, Query()], request: Request, store: StoreDep, catalogue: CatalogueDep, now: NowDep
) -> Response:
    """Recent items, the copies of a report folded into the newest one."""
    params = with_verdict(params, request).model_copy(update={"limit": PER_PAGE})
    with store.read() as s:
        live_from = last_change(s) or NEVER  # before the list is read: what comes between is told twice, not never
    page = find_items(store, catalogue, params, now)
    with store.read() as s:
        states = count_states(s)
        progress = long_work(s)
    sources = list_source_refs(store)
    fields = fields_of(params, catalogue, sources)
    pairs = pairs_of(params, without={"limit", "cursor"})
    shown = pairs if params.verdict else [*pairs, ("verdict", "")]
    active = active_filters(params, catalogue, sources)
    everywhere = with_query("/", [*(pair for pair in pairs if pair[0] != "verdict"), ("verdict", "")])
    return render(
        request,
        "now.html",
        params=params,
        days=by_day(fold(store, [make_card(item) for item in page.items])),
        fields=fields,
        hidden=hidden_pairs(params, fields),
        active=active,
        waiting=waiting_in_words(states),
        progress=progress,
        empty=empty_list(states, filtered=bool(active), everywhere=everywhere),
        first_page=params.cursor is None,
        live_from=None if params.cursor else write_cursor(live_from, 0),
        oldest=page.items[-1].published_at if page.next else None,
        here_url=with_query("/", shown),
        query_string=with_query("", pairs).removeprefix("?"),
        older=with_query("/", [*shown, ("cursor", page.next)]) if page.next else None,
        exports=[(name, with_query(f"/items.{ending}", pairs)) for name, ending in EXPORTS],
    )


@router.get("/view/progress")
def progress_part(request: Request, store: StoreDep) -> Response:
    """How far long work is, as the part of a page that scripts renew."""
    with store.read() as s:
        works = long_work(s)
    return render(request, "progress.html", works=works)
