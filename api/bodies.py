"""How large a request may be: nothing that the API takes comes near it, and what is larger is not read to its end."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import Problem, problem_response

LARGEST = 1 << 20  # bytes; the longest that is wanted is a text to try on the topic model
SAID = f"A request may hold {LARGEST:,} bytes"


class BodyLimit:
    """ASGI middleware that answers 413, before anything is read where the length is told (RFC 9110, §15.5.14)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a body that ends in a Problem where it grows too long."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdecimal() or int(length) > LARGEST:
            headers = {"Connection": "close"}
            return await problem_response(413, SAID, path=scope["path"], headers=headers)(scope, receive, send)
        return await self.app(scope, _bounded(receive), send)


def _bounded(receive: Receive) -> Receive:
    had = 0

    async def bounded() -> Message:
        nonlocal had
        message = await receive()
        had += len(message.get("body", b""))
        if had > LARGEST:
            raise Problem(413, SAID, headers={"Connection": "close"})
        return message

    return bounded
