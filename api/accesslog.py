"""The access log: method, path, status and time of each request, without what people search for and without secrets."""

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access import PROBES, TOKENED

log = logging.getLogger("api.access")


class AccessLog:
    """ASGI middleware, outermost. The query string is left out, and so is what follows a path that holds a token."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note how it was answered."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        began, status = time.perf_counter(), 500

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, note_status)
        finally:
            _tell(scope, status, time.perf_counter() - began)


def _tell(scope: Scope, status: int, seconds: float) -> None:
    path = _without_token(scope["path"])
    if path in PROBES and status == 200:  # asked every few seconds
        return
    address = scope["client"][0] if scope.get("client") else "unknown"
    ids = {"method": scope["method"], "path": path, "status": status, "client": address}
    text = "%s %s %d in %.0f ms"
    log.info(text, scope["method"], path, status, seconds * 1000, extra={"ids": ids})


def _without_token(path: str) -> str:
    return next((f"{prefix}…" for prefix in TOKENED if path.startswith(prefix)), path)
