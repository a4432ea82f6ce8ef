"""Events: what a user must see without looking for it."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import StoreDep
from api.schemas import EventList, EventOut
from ceasewire.store.events import list_events

router = APIRouter(tags=["operation"])


@router.get("/events", summary="What happened to the service")
def list_recent(
    store: StoreDep, limit: Annotated[int, Query(ge=1, le=200, description="Events at most")] = 50
) -> EventList:
    """Sources that died, moved or fell silent, channels that fail; newest first."""
    with store.read() as s:
        return EventList(events=[EventOut.model_validate(one) for one in list_events(s, limit)])
