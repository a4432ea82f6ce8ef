"""A news desk inside a compose network, of the standard library alone: serves feeds and files, keeps its webhooks.

Told what to serve from outside: PUT any path (`?wait=SECONDS`: answers to it hang so long), then GET it. What is POSTed
to /hook is at /received as a JSON list. Runs as `python desk.py` in the image under test.
"""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

PORT = 9000


class Desk(BaseHTTPRequestHandler):
    """One request."""

    served: ClassVar[dict[str, tuple[bytes, float]]] = {}
    received: ClassVar[list[dict[str, object]]] = []
    asked: ClassVar[list[str]] = []
    lock = threading.Lock()

    def do_PUT(self) -> None:
        """Serve this body under this path from now on."""
        address = urlsplit(self.path)
        wait = float(parse_qs(address.query).get("wait", ["0"])[0])
        self.served[address.path] = self._body(), wait
        self._answer(204, b"")

    def do_POST(self) -> None:
        """A webhook."""
        with self.lock:
            self.received.append({"id": self.headers["webhook-id"], "data": json.loads(self._body())})
        self._answer(204, b"")

    def do_GET(self) -> None:
        """What was put there, what was received, which paths were asked for."""
        own = {"/received": self.received, "/asked": self.asked}
        if self.path in own:
            with self.lock:
                return self._answer(200, json.dumps(own[self.path]).encode())
        self.asked.append(self.path)
        body, wait = self.served.get(self.path, (None, 0.0))
        time.sleep(wait)
        return self._answer(404 if body is None else 200, body or b"")

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("content-length", 0)))

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/rss+xml; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", PORT), Desk).serve_forever()
