"""Any query of `/items` for other readers: feeds of its newest items, and the whole result as CSV or NDJSON."""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse

from api.deps import CatalogueDep, NowDep, SettingsDep, StoreDep
from api.params import MAX_LIMIT, ItemFilter, ItemParams
from api.reading import find_items, iterate_items
from api.render_feeds import FEEDS, FeedInfo, csv_header, csv_lines, item_entry, ndjson_lines
from api.schemas import ItemOut
from ceasewire.settings import Settings

Lines = Callable[[list[ItemOut]], str]

router = APIRouter(tags=["items"])


def _add_feed(extension: str) -> None:
    media_type, render = FEEDS[extension]

    @router.get(
        f"/items.{extension}",
        summary=f"The same as {media_type}",
        operation_id=f"items_{extension.replace('.', '_')}",
        response_class=Response,
        responses={200: {"content": {media_type: {}}}},
    )
    def feed(
        params: Annotated[ItemParams, Query()],
        request: Request,
        store: StoreDep,
        catalogue: CatalogueDep,
        settings: SettingsDep,
        now: NowDep,
    ) -> Response:
        """One page of the query as a feed; its address can be given to any feed reader."""
        items = find_items(store, catalogue, params, now).items
        base = base_url(request, settings)
        self_url = f"{base}{request.url.path}" + (f"?{request.url.query}" if request.url.query else "")
        updated_at = max((item.first_seen_at for item in items), default=now)
        info = FeedInfo("Ceasewire", base, self_url, updated_at)
        return Response(render([item_entry(item, info) for item in items], info), media_type=media_type)


def _add_export(extension: str, media_type: str, header: str, lines: Lines) -> None:
    @router.get(
        f"/items.{extension}",
        summary=f"The whole result as {media_type}, streamed",
        operation_id=f"items_{extension}",
        response_class=Response,
        responses={200: {"content": {media_type: {}}}},
    )
    def export(
        params: Annotated[ItemFilter, Query()], store: StoreDep, catalogue: CatalogueDep, now: NowDep
    ) -> StreamingResponse:
        """Every item that fits, newest first, however many."""
        batches = iterate_items(store, catalogue, ItemParams(**params.model_dump(), limit=MAX_LIMIT), now)
        first = next(batches)  # a wrong field is answered before the stream begins
        headers = {"Content-Disposition": f'attachment; filename="items.{extension}"', "Cache-Control": "no-store"}
        body = chain([header], _lines(first, batches, lines))
        return StreamingResponse(body, media_type=media_type, headers=headers)


def _lines(first: list[ItemOut], rest: Iterator[list[ItemOut]], lines: Lines) -> Iterator[str]:
    yield lines(first)
    for batch in rest:
        yield lines(batch)


def base_url(request: Request, settings: Settings) -> str:
    """The address readers know this server by."""
    return settings.public_url.rstrip("/") or f"{request.url.scheme}://{request.url.netloc}"


for name in FEEDS:
    _add_feed(name)
_add_export("csv", "text/csv", csv_header(), csv_lines)
_add_export("ndjson", "application/x-ndjson", "", ndjson_lines)
