"""Errors as problem documents (RFC 9457): what is wrong, with which field, and what to do about it."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.routing import Match

from ceasewire.errors import CeasewireError, InvalidQuery, Transient

PROBLEM_JSON = "application/problem+json"
RETRY_SECONDS = 5
METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


class FieldError(BaseModel):
    """One field that is wrong. `field` is a path such as `query.topics.0`."""

    field: str
    message: str


class ProblemDocument(BaseModel):
    """RFC 9457 with the extension member `errors`. `type` is always about:blank: `title` is the status phrase."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str | None = None
    errors: list[FieldError] = []


class Problem(HTTPException):
    """Raised anywhere below a route to answer with a problem document."""

    def __init__(
        self, status: int, detail: str, errors: Sequence[FieldError] = (), headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(status, detail, headers)
        self.errors = list(errors)


def documented(**problems: str) -> dict[int | str, dict[str, Any]]:
    """Problem documents for the schema: `documented(_404="There is no such item")`."""
    schema = {"$ref": f"#/components/schemas/{ProblemDocument.__name__}"}
    content = {PROBLEM_JSON: {"schema": schema}}
    return {
        int(name.removeprefix("_")): {"description": text, "model": ProblemDocument, "content": content}
        for name, text in problems.items()
    }


def wrong_field(field: str, message: str) -> Problem:
    """422 about one field of a query or body."""
    return Problem(422, f"{field}: {message}", [FieldError(field=field, message=message)])


def problem_of(status: int, detail: str, *, path: str, errors: Sequence[FieldError] = ()) -> ProblemDocument:
    """The document of a problem; `path` becomes `instance`."""
    title = HTTPStatus(status).phrase
    return ProblemDocument(title=title, status=status, detail=detail, instance=quote(path), errors=list(errors))


def problem_response(
    status: int, detail: str, *, path: str, errors: Sequence[FieldError] = (), headers: dict[str, str] | None = None
) -> JSONResponse:
    """The answer itself."""
    document = problem_of(status, detail, path=path, errors=errors)
    headers = {"Cache-Control": "no-store", **(headers or {})}
    return JSONResponse(document.model_dump(), status, headers, media_type=PROBLEM_JSON)


def install_error_handlers(app: FastAPI) -> None:
    """Every error leaves as a problem document, or as a page where a browser asked for one."""
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(CeasewireError, _on_ceasewire)
    app.add_exception_handler(Exception, _on_crash)


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [FieldError(field=_field(one["loc"]), message=_message(one)) for one in error.errors()]
    detail = "; ".join(f"{one.field}: {one.message}" for one in errors)
    return _answer(request, 422, detail, errors)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    errors = error.errors if isinstance(error, Problem) else []
    detail, headers = error.detail, dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(_methods(request))
    if error.status_code == 404 and detail == HTTPStatus(404).phrase:
        detail = f"nothing is at {request.url.path}"
    return _answer(request, error.status_code, detail, errors, headers)


def _methods(request: Request) -> list[str]:
    """All methods of an address (RFC 9110 §10.2.1); the router names those of the first route that has it."""
    allowed = set()
    for method in METHODS:
        scope = {**request.scope, "method": method}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes):
            allowed.add(method)
    return sorted(allowed | ({"HEAD"} if "GET" in allowed else set()))


async def _on_ceasewire(request: Request, error: Exception) -> Response:
    assert isinstance(error, CeasewireError)
    if isinstance(error, InvalidQuery):
        return _answer(request, 422, str(error), [FieldError(field=error.about, message=error.message)])
    if isinstance(error, Transient):
        return _answer(request, 503, str(error), headers={"Retry-After": str(RETRY_SECONDS)})
    return _answer(request, 500, str(error))


async def _on_crash(request: Request, _error: Exception) -> Response:
    """What went wrong stands in the log, not in the answer."""
    return _answer(request, 500, "the request could not be answered; the log of the API says why")


def _answer(
    request: Request,
    status: int,
    detail: str,
    errors: Sequence[FieldError] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    render_page = getattr(request.app.state, "render_error", None)
    if render_page is not None and _wants_page(request):
        page: Response = render_page(request, status, detail)
        page.headers.update(headers or {})
        return page
    return problem_response(status, detail, path=request.url.path, errors=errors, headers=headers)


def _wants_page(request: Request) -> bool:
    return request.method == "GET" and "text/html" in request.headers.get("accept", "")


def _field(location: Sequence[Any]) -> str:
    """Drop where FastAPI found it (query, body, path): a caller knows the field by its own name."""
    parts = [str(part) for part in location]
    if len(parts) > 1 and parts[0] in {"query", "body", "path", "header"}:
        parts = parts[1:]
    return ".".join(parts)


def _message(error: dict[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        return "no such field"
    return str(error["msg"]).removeprefix("Value error, ")
