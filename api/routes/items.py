"""Items: recent ones by any filter, and one with everything behind it."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CatalogueDep, NowDep, StoreDep
from api.errors import Problem, documented
from api.params import ItemId, ItemParams, pairs_of
from api.reading import find_items, read_item
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


def _links(params: ItemParams, next_: str | None) -> str:
    """RFC 8288, relative to the request: the proxy in front may know us by another name."""
    pairs = pairs_of(params, without={"cursor"})
    links = [f'<{with_query("/items", pairs)}>; rel="first"']
    if next_ is not None:
        links.append(f'<{with_query("/items", [*pairs, ("cursor", next_)])}>; rel="next"')
    return ", ".join(links)
