"""What goes on every answer: security headers, and on reads ETag, Cache-Control and 304."""

import hashlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
SECURITY = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
REVALIDATE = "private, no-cache"  # kept, but asked again each time: news is live, and 304 is cheap


class SecurityHeaders:
    """ASGI middleware: the headers of `SECURITY`, on errors too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add them to the start of the answer."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class ConditionalReads:
    """ASGI middleware: a weak ETag over the body of each complete 200, and 304 where the client has it (RFC 9110 §13).

    HEAD is answered as GET without the body. Streams (answers without Content-Length) pass untouched.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold the answer back until its body is known."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            return await self.app(scope, receive, send)
        held = _Held(send, Headers(scope=scope).get("if-none-match", ""), with_body=scope["method"] == "GET")
        await self.app({**scope, "method": "GET"}, receive, held.send)
        return None


class _Held:
    """One answer held back."""

    def __init__(self, send: Send, if_none_match: str, *, with_body: bool) -> None:
        self._send = send
        self._with_body = with_body
        self._known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = Headers(raw=message["headers"])
            if message["status"] == 200 and "content-length" in headers and "etag" not in headers:
                self._start = message
                return
        if self._start is None or message["type"] != "http.response.body":
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if not message.get("more_body"):
            await self._finish(self._start)

    async def _finish(self, start: Message) -> None:
        headers = MutableHeaders(scope=start)
        tag = f'"{hashlib.sha256(self._body).hexdigest()[:20]}"'
        headers["ETag"] = f"W/{tag}"
        headers.setdefault("Cache-Control", REVALIDATE)
        if tag in self._known:
            del headers["content-length"]
            start, self._body = {**start, "status": 304}, b""
        await self._send(start)
        await self._send({"type": "http.response.body", "body": self._body if self._with_body else b""})
