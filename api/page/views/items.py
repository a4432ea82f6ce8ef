"""One item with everything behind it."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.deps import CatalogueDep, StoreDep
from api.errors import Problem
from api.page.cards import make_card
from api.page.render import render
from api.params import ItemId
from api.reading import read_item

router = APIRouter()


@router.get("/view/items/{item_id:int}")
def item_page(item_id: ItemId, request: Request, store: StoreDep, catalogue: CatalogueDep) -> Response:
    """Texts in full, tags with evidence, provenance, articles and posts, copies, earlier versions."""
    item = read_item(store, catalogue, item_id)
    if item is None:
        raise Problem(404, f"There is no item {item_id}.")
    names = {one.id: one.label("en") for one in catalogue.conflicts.values()}
    return render(request, "item.html", card=make_card(item, whole=True), conflict_names=names)
