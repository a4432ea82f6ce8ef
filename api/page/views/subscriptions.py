"""Subscriptions: all of them, a form for a new one, the history of each; and the key that all this may need."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.catalogue import Catalogue
from api.deps import CatalogueDep, StoreDep
from api.page import wording
from api.page.filters import Options, choices_of
from api.page.render import render
from api.reading import list_source_refs
from api.routes.alerts import list_history
from api.routes.subscriptions import get_one, list_all
from api.schemas import SourceRef
from api.urls import with_query
from ceasewire.pipeline.options import TROUBLES

PATH = "/view/subscriptions"
CHOSEN = ("topic", "actor", "place", "language", "source", "side", "country")  # what a subscription may name
FIELDS = {name: {"country": "countries"}.get(name, f"{name}s") for name in CHOSEN}  # as its query calls them
LATEST = 20  # alerts under all subscriptions
PER_PAGE = 50  # alerts of one

router = APIRouter()


@router.get(PATH)
def subscriptions_page(request: Request, store: StoreDep, catalogue: CatalogueDep) -> Response:
    """Subscriptions, a form for a new one, and the latest alerts."""
    sources = list_source_refs(store)
    subscriptions = list_all(store).subscriptions
    return render(
        request,
        "subscriptions.html",
        subscriptions=subscriptions,
        names={one.id: one.name for one in subscriptions},
        alerts=list_history(store, limit=LATEST).alerts,
        conflicts=choices_of(None, catalogue, sources)["conflict"][1:],
        choices=_choices(catalogue, sources),
        owners={field: _owners(catalogue, name) for name, field in FIELDS.items()},
        sources=[(one.id, one.name) for one in sources],
        sides=_choices(catalogue, sources)[CHOSEN.index("side")][2],
        words=_words(catalogue, sources),
        modes=wording.MODES,
        channels=wording.CHANNELS,
        troubles=[(one, one.replace("_", " ")) for one in TROUBLES],
    )


@router.get(PATH + "/{subscription_id}")
def subscription_page(
    subscription_id: str,
    request: Request,
    store: StoreDep,
    catalogue: CatalogueDep,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """One subscription with the history of its alerts."""
    view = get_one(subscription_id, store)
    page = list_history(store, subscription=subscription_id, limit=PER_PAGE, cursor=cursor)
    here = f"{PATH}/{subscription_id}"
    return render(
        request,
        "subscription.html",
        one=view,
        words=_words(catalogue, list_source_refs(store)),
        alerts=page.alerts,
        newest=here if cursor else None,
        older=with_query(here, [("cursor", page.next)]) if page.next else None,
    )


@router.get("/view/sign-in")
def sign_in_page(request: Request) -> Response:
    """Where a browser gives the key."""
    return render(request, "sign_in.html")


def _owners(catalogue: Catalogue, kind: str) -> dict[str, list[str]]:
    """Ids of a topic model, with the conflicts that have them; empty for what no model names."""
    found: dict[str, list[str]] = {}
    for conflict in catalogue.conflicts:
        for id_, _ in catalogue.entries(conflict, kind):
            found.setdefault(id_, []).append(conflict)
    return found


def _choices(catalogue: Catalogue, sources: Sequence[SourceRef]) -> list[tuple[str, str, Options]]:
    """Name in the query, label, and what can be chosen, for each list of the form."""
    options = choices_of(None, catalogue, sources)
    return [(field, wording.QUERY_FIELDS[field], options[name][1:]) for name, field in FIELDS.items()]


def _words(catalogue: Catalogue, sources: Sequence[SourceRef]) -> dict[str, dict[str, str]]:
    """What readers call each value of a query, by its field."""
    options = choices_of(None, catalogue, sources)
    return {field: dict(options[name]) for name, field in {"conflict": "conflict", **FIELDS}.items()}
