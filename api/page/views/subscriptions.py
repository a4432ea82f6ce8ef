"""Subscriptions: all of them, a form for a new one, the latest alerts; and the key that all this may need."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.deps import CatalogueDep, StoreDep
from api.page.filters import choices_of
from api.page.render import render
from api.reading import list_source_refs
from api.routes.alerts import list_history
from api.routes.subscriptions import list_all

CHOSEN = ("topic", "actor", "place", "language", "source")  # what a subscription may name

router = APIRouter()


@router.get("/view/subscriptions")
def subscriptions_page(request: Request, store: StoreDep, catalogue: CatalogueDep) -> Response:
    """Subscriptions, a form for a new one, and the latest alerts."""
    sources = list_source_refs(store)
    options = choices_of(None, catalogue, sources)
    return render(
        request,
        "subscriptions.html",
        subscriptions=list_all(store).subscriptions,
        alerts=list_history(store, limit=20).alerts,
        conflicts=options["conflict"][1:],
        choices=[(f"{name}s", f"{name.capitalize()}s", options[name][1:]) for name in CHOSEN],
    )


@router.get("/view/sign-in")
def sign_in_page(request: Request) -> Response:
    """Where a browser gives the key."""
    return render(request, "sign_in.html")
