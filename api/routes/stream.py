"""The live stream of alerts (server-sent events), of all subscriptions or of one."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.deps import LinksDep, LiveDep, StoreDep
from api.live import STREAM, Event, LiveStreams, json_line
from ceasewire.errors import InvalidQuery
from ceasewire.message.links import Links
from ceasewire.message.payload import make_payload
from ceasewire.store.alerts import last_number, list_numbered
from ceasewire.store.session import Store

BATCH = 50
LARGEST = 2**31 - 1  # a number that PostgreSQL can compare

router = APIRouter(tags=["subscriptions"])


@router.get("/alerts/stream", summary="Alerts as they go out (server-sent events)", responses=STREAM)
def stream(
    request: Request,
    store: StoreDep,
    live: LiveDep,
    links: LinksDep,
    subscription: Annotated[str | None, Query(max_length=100, description="Of one subscription")] = None,
    after: Annotated[  # noqa: ARG001  # documented here, read from the request by LiveStreams
        str | None, Query(max_length=20, description="As Last-Event-ID, which goes before it")
    ] = None,
) -> Response:
    """Events named `alert` with the JSON of a webhook; each once, when its delivery is first tried.

    A client that comes back with `Last-Event-ID` gets what it missed.
    """
    return alert_stream(request, store, live, links, subscription)


def alert_stream(
    request: Request, store: Store, live: LiveStreams, links: Links, subscription_id: str | None
) -> Response:
    """The stream of one subscription, or of all."""

    def read(after: str) -> Sequence[Event]:
        with store.read() as s:
            found = list_numbered(s, _number(after), BATCH, subscription_id)
        return [Event(str(number), "alert", json_line(make_payload(alert, links))) for number, alert in found]

    def now() -> str:
        with store.read() as s:
            return str(last_number(s))

    return live.respond(request, read, now)


def _number(after: str) -> int:
    if not (after.isascii() and after.isdecimal() and int(after) <= LARGEST):
        raise InvalidQuery(f"{after!r} is no id of an event here", about="Last-Event-ID", remedy="leave it out")
    return int(after)
