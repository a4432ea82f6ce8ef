"""Sources: their health, rhythm and next poll, and what happened to them."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.deps import NowDep, StoreDep
from api.page import wording
from api.page.render import render
from api.page.status import sources_in_words
from api.routes.events import list_recent
from api.routes.sources import list_all

router = APIRouter()


@router.get("/view/sources")
def sources_page(request: Request, store: StoreDep, now: NowDep) -> Response:
    """All sources, those with trouble first."""
    sources = sorted(list_all(store, now).sources, key=lambda one: (wording.HEALTH_ORDER.index(one.health), one.name))
    events = list_recent(store, 20).events
    return render(request, "sources.html", sources=sources, summary=sources_in_words(sources), events=events, now=now)
