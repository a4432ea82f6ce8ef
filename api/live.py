"""Live streams: Server-Sent Events (WHATWG HTML §9.2) of whatever a route can read after a point.

The point is the id of an event. A client that was away names the last one it has (`Last-Event-ID`, or `?after=` where
it cannot set headers) and gets all that came since; one that names none gets what comes from now on, and is told where
that is before the first event, so that a connection lost early loses nothing either.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import anyio
from anyio.to_thread import run_sync
from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse, SendTimeoutError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.errors import documented, problem_response
from ceasewire.errors import Transient

RECONNECT_MS = 3_000
SLOW_CLIENT_SECONDS = 30.0  # one that takes nothing for so long is let go; it comes back where it was
RETRY_WHEN_FULL = "30"
STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}},
    **documented(_503="Too many clients are listening"),
}  # what a route that streams may answer
LINE_ENDS = {code: f"\\u{code:04x}" for code in (0x85, 0x2028, 0x2029)}


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `id` is the point after which the next one is read; `data` one line of JSON."""

    id: str
    name: str
    data: str


Read = Callable[[str], Sequence[Event]]


def json_line(value: object) -> str:
    """`value` as JSON in one line, whatever a client takes for the end of one."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(LINE_ENDS)


class LiveStreams:
    """The streams of this process: at most `limit` clients at once."""

    def __init__(self, limit: int, *, pause_seconds: float = 1.0, heartbeat_seconds: float = 15.0) -> None:
        self.limit = limit
        self.clients = 0
        self.pause_seconds = pause_seconds
        self.heartbeat_seconds = heartbeat_seconds

    def respond(self, request: Request, read: Read, now: Callable[[], str]) -> Response:
        """The stream as an answer of a plain (not async) route.

        `read` gives the next events after a point, oldest first, and none where there are none yet; it runs in a
        thread, and raises InvalidQuery for a point that it cannot read. `now` is the point that has been reached.
        """
        after = request.headers.get("last-event-id") or request.query_params.get("after") or now()
        return _LiveResponse(self, read, after, read(after))

    @contextmanager
    def place(self) -> Iterator[None]:
        """Count one client."""
        self.clients += 1
        try:
            yield
        finally:
            self.clients -= 1


class _LiveResponse(Response):
    """Takes a place when the answer begins, and gives it back however it ends."""

    def __init__(self, streams: LiveStreams, read: Read, after: str, first: Sequence[Event]) -> None:
        super().__init__(media_type="text/event-stream")
        self._streams = streams
        self._read = read
        self._after = after
        self._first = first

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the client goes or the server stops; sse-starlette watches for both, and sends heartbeats."""
        if self._streams.clients >= self._streams.limit:
            detail = f"{self._streams.limit} clients are listening already; try again, or poll"
            refusal = problem_response(503, detail, path=scope["path"], headers={"Retry-After": RETRY_WHEN_FULL})
            return await refusal(scope, receive, send)
        ping = self._streams.heartbeat_seconds
        stream = EventSourceResponse(self._events(), ping=ping, send_timeout=SLOW_CLIENT_SECONDS)
        with self._streams.place(), suppress(SendTimeoutError):
            await stream(scope, receive, send)
        return None

    async def _events(self) -> AsyncIterator[ServerSentEvent]:
        after, batch = self._after, self._first
        yield ServerSentEvent(id=after, retry=RECONNECT_MS)
        while True:
            for event in batch:
                yield ServerSentEvent(event.data, event=event.name, id=event.id)
                after = event.id
            if not batch:
                await anyio.sleep(self._streams.pause_seconds)
            with suppress(Transient):  # the store is away: ask again
                batch = ()
                batch = await run_sync(self._read, after)
