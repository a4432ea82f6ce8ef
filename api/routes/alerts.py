"""Alerts: what was delivered, what waits, what was given up and why."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import StoreDep
from api.schemas_alerts import AlertOut, AlertPage
from ceasewire.store.alerts import list_alerts

router = APIRouter(tags=["subscriptions"])


@router.get("/alerts", summary="History of deliveries, newest first")
def list_history(
    store: StoreDep,
    subscription: Annotated[str | None, Query(max_length=100, description="Of one subscription")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Alerts per page")] = 50,
    cursor: Annotated[str | None, Query(max_length=200, description="Where the page before ended: its `next`")] = None,
) -> AlertPage:
    """One row per alert, with its attempts and the last error."""
    with store.read() as s:
        page = list_alerts(s, subscription, limit=limit, cursor=cursor)
    return AlertPage(alerts=[AlertOut.model_validate(one) for one in page.items], next=page.next)
