"""Connections kept open for the next request to the same origin.

httpcore's own pool walks over all its connections at each request and at each answer, and asks the idle ones whether
they still stand: with a hundred requests in hand that takes longer than the requests themselves.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import httpcore

Origin = tuple[bytes, bytes, int | None]  # scheme, host, port

TIDY_SECONDS = 1.0  # between two looks for connections that nobody needs any more


class Connections(httpcore.ConnectionPool):
    """A pool that opens as many connections as there are requests at once; safe between threads."""

    def __init__(self, *, most_idle: int, **options: Any) -> None:
        """Keeps `most_idle` connections at most; `options` are httpcore's."""
        super().__init__(**options)
        self._most_idle = most_idle
        self._idle: defaultdict[Origin, list[httpcore.ConnectionInterface]] = defaultdict(list)
        self._tidied = time.monotonic()
        self._lock = threading.Lock()

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send the request; its connection is busy until the response is closed. Raises httpcore's errors."""
        url = request.url
        if url.scheme not in (b"http", b"https"):
            raise httpcore.UnsupportedProtocol(f"{url.scheme.decode()} is neither http nor https")
        origin = (url.scheme, url.host, url.port)
        connection = self._take(origin) or self.create_connection(url.origin)
        try:
            response = connection.handle_request(request)
        except BaseException:
            connection.close()
            raise
        body = _Body(response, lambda: self._give_back(origin, connection))
        return httpcore.Response(
            response.status, headers=response.headers, content=body, extensions=response.extensions
        )

    def close(self) -> None:
        """Close what is kept."""
        with self._lock:
            kept = [each for connections in self._idle.values() for each in connections]
            self._idle.clear()
        for connection in kept:
            connection.close()

    def _take(self, origin: Origin) -> httpcore.ConnectionInterface | None:
        """The one used last: an older one may have been given up by the server."""
        while True:
            with self._lock:
                connections = self._idle.get(origin)
                connection = connections.pop() if connections else None
            if connection is None or not connection.has_expired():
                return connection
            connection.close()

    def _give_back(self, origin: Origin, connection: httpcore.ConnectionInterface) -> None:
        with self._lock:
            unneeded = self._unneeded()
            if connection.is_idle() and sum(map(len, self._idle.values())) < self._most_idle:
                self._idle[origin].append(connection)
            else:
                unneeded.append(connection)
        for each in unneeded:
            each.close()

    def _unneeded(self) -> list[httpcore.ConnectionInterface]:
        """Take out those that have waited too long, or that their server has closed; now and then."""
        now = time.monotonic()
        if now - self._tidied < TIDY_SECONDS:
            return []
        self._tidied = now
        expired = []
        for origin in list(self._idle):
            waiting = self._idle.pop(origin)
            expired += [each for each in waiting if each.has_expired()]
            if standing := [each for each in waiting if each not in expired]:
                self._idle[origin] = standing
        return expired


class _Body:
    """A response's body, whose end sets its connection free."""

    def __init__(self, response: httpcore.Response, done: Callable[[], None]) -> None:
        self._response = response
        self._done: Callable[[], None] | None = done

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_stream()

    def close(self) -> None:
        """Once is enough; again does nothing."""
        done, self._done = self._done, None
        if done is not None:
            try:
                self._response.close()
            finally:
                done()
