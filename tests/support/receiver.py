"""A real HTTP receiver of webhooks on loopback that keeps what it was sent and can be made to refuse."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass(frozen=True, slots=True)
class Received:
    """One POST as it came."""

    headers: dict[str, str]
    body: bytes
    answered: int
    at: float  # when it came, seconds since 1970


class WebhookReceiver:
    """A context manager. `statuses` are answered in turn, then 204; `during` is called before the first answer."""

    def __init__(self, statuses: tuple[int, ...] = (), during: Callable[[], None] | None = None) -> None:
        self.received: list[Received] = []
        self._statuses = list(statuses)
        self._during = during
        self._arrived = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = receiver._keep({name.lower(): value for name, value in self.headers.items()}, body)
                with suppress(OSError):  # who asked may be dead
                    self.send_response(status)
                    self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hook"

    def _keep(self, headers: dict[str, str], body: bytes) -> int:
        self._interrupt()
        with self._arrived:
            status = self._statuses.pop(0) if self._statuses else 204
            self.received.append(Received(headers, body, status, time.time()))
            self._arrived.notify_all()
        return status

    def _interrupt(self) -> None:
        with self._arrived:
            during, self._during = self._during, None
        if during is not None:
            during()

    def recover(self) -> None:
        """Answer 204 from now on."""
        with self._arrived:
            self._statuses.clear()

    def wait_for(self, count: int, seconds: float = 60.0) -> list[Received]:
        """Return when `count` messages have come."""
        with self._arrived:
            came = self._arrived.wait_for(lambda: len(self.received) >= count, seconds)
        assert came, f"{len(self.received)} of {count} messages came in {seconds} s"
        return self.received

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
