"""Items: recent ones by any filter, and one with everything behind it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.deps import CatalogueDep, LiveDep, NowDep, StoreDep
from api.errors import Problem, documented
from api.following import Follower
from api.live import STREAM
from api.params import ItemFilter, ItemId, ItemParams, pairs_of
from api.reading import find_items, read_item, to_query
from api.schemas import ItemDetailOut, ItemPage
from api.urls import with_query

router = APIRouter(tags=["items"])


@router.get("/items", summary="Recent items, newest first")
def list_recent(
    params: Annotated[ItemParams, Query()],
    response: Response,
    store: StoreDep,
    catalogue: CatalogueDep,
    now: NowDep,
) -> ItemPage:
    """Items that fit every parameter. Follow `next`, or the `Link` header, for older ones."""
    page = find_items(store, catalogue, params, now)
    response.headers["Link"] = _links(params, page.next)
    return page


@router.get("/items/{item_id:int}", summary="One item", responses=documented(_404="There is no such item"))
def get_one(item_id: ItemId, store: StoreDep, catalogue: CatalogueDep) -> ItemDetailOut:
    """Text, translation with provenance, tags with evidence, embedding articles and embedded posts, revisions."""
    item = read_item(store, catalogue, item_id)
    if item is None:
        raise Problem(404, f"there is no item {item_id}")
    return item


class StreamParams(ItemFilter):
    """A filter, and where to read on."""

    after: str | None = Field(None, max_length=200, description="As Last-Event-ID, which goes before it")


@router.get("/items/stream", summary="Items as they come (server-sent events)", responses=STREAM)
def stream(
    params: Annotated[StreamParams, Query()],
    request: Request,
    store: StoreDep,
    catalogue: CatalogueDep,
    live: LiveDep,
    now: NowDep,
) -> Response:
    """Events named `item` with the JSON of `/items`: when an item is tagged, and again when it is translated.

    A client that comes back with `Last-Event-ID` gets what it missed, and perhaps the last half minute again.
    """
    follower = Follower(store, catalogue, to_query(store, catalogue, params, now))
    return live.respond(request, follower.read, lambda: follower.start(now))


def _links(params: ItemParams, next_: str | None) -> str:
    """RFC 8288, relative to the request: the proxy in front may know us by another name."""
    pairs = pairs_of(params, without={"cursor"})
    links = [f'<{with_query("/items", pairs)}>; rel="first"']
    if next_ is not None:
        links.append(f'<{with_query("/items", [*pairs, ("cursor", next_)])}>; rel="next"')
    return ", ".join(links)
