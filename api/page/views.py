"""The page's addresses: each renders a template over the same answers that the API gives."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

from api.deps import CatalogueDep, NowDep, StoreDep
from api.errors import Problem
from api.page import wording
from api.page.cards import by_day, make_card
from api.page.filters import active_filters, choices_of, fields_of
from api.page.status import empty_list, sources_in_words, waiting_in_words
from api.params import ItemId, ItemParams, pairs_of
from api.reading import find_items, list_source_refs, read_item
from api.routes.alerts import list_history
from api.routes.events import list_recent as list_recent_events
from api.routes.sources import list_all as list_all_sources
from api.routes.subscriptions import list_all as list_all_subscriptions
from api.urls import safe_link, with_query
from ceasewire import __version__
from ceasewire.items import Verdict
from ceasewire.store.queries import count_states

HERE = Path(__file__).parent
PER_PAGE = 30
CHOSEN = ("topic", "actor", "place", "language", "source")  # what a subscription may name

router = APIRouter(include_in_schema=False)
templates = Jinja2Templates(HERE / "templates")
templates.env.trim_blocks = templates.env.lstrip_blocks = True
templates.env.filters.update(
    language_name=wording.language_name,
    country_name=wording.country_name,
    publisher_name=lambda publisher: wording.PUBLISHERS.get(publisher, publisher),
    platform_name=lambda platform: wording.PLATFORMS.get(platform, platform),
    field_name=lambda field: wording.FIELDS.get(field, field),
    date_kind_name=lambda kind: wording.DATE_KINDS.get(kind, kind),
    absence_name=lambda outcome: wording.ABSENCES.get(outcome, outcome),
    lookup_name=lambda outcome: wording.LOOKUPS.get(outcome, outcome),
    health_name=lambda health: wording.HEALTH.get(health, health),
    outcome_name=lambda outcome: wording.OUTCOMES.get(outcome, outcome.replace("_", " ")),
    clock=wording.clock,
    stamp=wording.stamp,
    ago=wording.ago,
    due=wording.due,
    lag=wording.lag,
    safe_link=safe_link,
)


def mount_page(app: FastAPI) -> None:
    """Add the page, its static files and its way of showing errors to the application."""
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.state.render_error = _render_error


@router.get("/")
def now_page(
    params: Annotated[ItemParams, Query()], request: Request, store: StoreDep, catalogue: CatalogueDep, now: NowDep
) -> Response:
    """Recent items. What is about the conflict is shown unless the address says otherwise."""
    if "verdict" not in request.query_params:
        params = params.model_copy(update={"verdict": [Verdict.RELEVANT]})
    params = params.model_copy(update={"limit": PER_PAGE})
    page = find_items(store, catalogue, params, now)
    with store.read() as s:
        states = count_states(s)
    sources = list_source_refs(store)
    pairs = pairs_of(params, without={"limit", "cursor"})
    shown = pairs if params.verdict else [*pairs, ("verdict", "")]
    active = active_filters(params, catalogue, sources)
    everywhere = with_query("/", [*(pair for pair in pairs if pair[0] != "verdict"), ("verdict", "")])
    return render(
        request,
        "now.html",
        params=params,
        days=by_day(make_card(item) for item in page.items),
        fields=fields_of(params, catalogue, sources),
        active=active,
        waiting=waiting_in_words(states),
        empty=empty_list(states, filtered=bool(active), everywhere=everywhere),
        first_page=params.cursor is None,
        here_url=with_query("/", shown),
        query_string=with_query("", [*pairs, ("limit", str(PER_PAGE))]).removeprefix("?"),
        older=with_query("/", [*shown, ("cursor", page.next)]) if page.next else None,
    )


@router.get("/view/items/{item_id:int}")
def item_page(item_id: ItemId, request: Request, store: StoreDep, catalogue: CatalogueDep) -> Response:
    """One item with everything behind it."""
    item = read_item(store, catalogue, item_id)
    if item is None:
        raise Problem(404, f"There is no item {item_id}.")
    names = {one.id: one.label("en") for one in catalogue.conflicts.values()}
    return render(request, "item.html", card=make_card(item, whole=True), conflict_names=names)


@router.get("/view/sources")
def sources_page(request: Request, store: StoreDep, now: NowDep) -> Response:
    """Health of all sources, those with trouble first."""
    sources = sorted(
        list_all_sources(store, now).sources, key=lambda one: (wording.HEALTH_ORDER.index(one.health), one.name)
    )
    events = list_recent_events(store, 20).events
    return render(request, "sources.html", sources=sources, summary=sources_in_words(sources), events=events, now=now)


@router.get("/view/subscriptions")
def subscriptions_page(request: Request, store: StoreDep, catalogue: CatalogueDep) -> Response:
    """Subscriptions, a form for a new one, and the latest alerts."""
    sources = list_source_refs(store)
    options = choices_of(None, catalogue, sources)
    return render(
        request,
        "subscriptions.html",
        subscriptions=list_all_subscriptions(store).subscriptions,
        alerts=list_history(store, limit=20).alerts,
        conflicts=options["conflict"][1:],
        choices=[(f"{name}s", f"{name.capitalize()}s", options[name][1:]) for name in CHOSEN],
    )


@router.get("/view/sign-in")
def sign_in_page(request: Request) -> Response:
    """Where a browser gives the key."""
    return render(request, "sign_in.html")


def render(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """A page from its template."""
    shared = {"here": request.url.path, "version": __version__}
    return templates.TemplateResponse(request, template, shared | context, status_code=status)


def _render_error(request: Request, status: int, detail: str) -> Response:
    title = wording.ERRORS.get(status, "Something went wrong")
    return render(request, "error.html", status, title=title, detail=detail)
