"""A real HTTP server on loopback that plays feeds, friendly and hostile, and records every request.

    with FeedServer() as server:
        server.on("/feed", Reply(body=RSS, etag='"1"'))           # the same answer each time, 304 where it is known
        server.on("/feed", Reply(status=503), Reply(body=RSS))    # answers in turn; the last one stays
        server.on("/feed", lambda request: Reply(body=…))         # an answer made for each request
        fetch(server.url("/feed"))
        assert server.requests[0].headers["if-none-match"] == '"1"'

Nothing in it sleeps: what hangs or drips waits for the server to stop, so a test ends as soon as it is done.
"""

import gzip
import ssl
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import brotli

MIB = 1 << 20
RSS_TYPE = "application/rss+xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """What the server was sent. Header names are lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    raw_headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `compress` is gzip, br, deflate (zlib) or raw-deflate; `chunks` replaces `body` and may never end.

    With `etag` or `last_modified` a request that carries it back gets a 304. `hang_before` is headers or body.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str | None = RSS_TYPE
    etag: str | None = None
    last_modified: str | None = None
    compress: str | None = None
    chunks: Callable[[], Iterable[bytes]] | None = None
    drip_seconds: float = 0.0  # between two pieces
    hang_before: str | None = None


Answer = Reply | Callable[[Request], Reply]


def redirect(location: str, status: int = 301) -> Reply:
    """An answer that points elsewhere."""
    return Reply(status=status, headers={"Location": location}, content_type=None)


def compressed(body: bytes, how: str) -> bytes:
    """The body as `compress` names it."""
    if how == "gzip":
        return gzip.compress(body)
    if how == "br":
        return bytes(brotli.compress(body, quality=4))
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS if how == "raw-deflate" else zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


def gzip_bomb(mebibytes: int) -> Iterator[bytes]:
    """A gzip stream of so many MiB of zeros: a thousandth of that on the wire, and cheap to make.

    A block flushed in full is independent of what stands before it, so one block serves for all.
    """
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    block = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    yield b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    for _ in range(mebibytes):
        yield block
    yield packer.flush()


def brotli_bomb(mebibytes: int) -> bytes:
    """A Brotli stream of so many MiB of zeros: a few bytes for each."""
    packer = brotli.Compressor(quality=4)
    return b"".join([*(packer.process(bytes(MIB)) for _ in range(mebibytes)), packer.finish()])


class FeedServer:
    """Serves on a free port of 127.0.0.1 from `__enter__` to `__exit__`; HTTPS with an `ssl_context`."""

    def __init__(self, ssl_context: ssl.SSLContext | None = None) -> None:
        self._answers: dict[str, list[Answer]] = {}
        self._seen: list[Request] = []
        self.connections = 0  # taken so far
        self._changed = threading.Condition()
        self.stopping = threading.Event()
        self._server = _Server(self)
        self._scheme = "https" if ssl_context else "http"
        if ssl_context:
            self._server.socket = ssl_context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    @property
    def requests(self) -> list[Request]:
        """Every request so far, oldest first."""
        with self._changed:
            return list(self._seen)

    def url(self, path: str = "/feed", host: str = "127.0.0.1") -> str:
        """The address of a path."""
        return f"{self._scheme}://{host}:{self.port}{path}"

    def on(self, path: str, *answers: Answer) -> str:
        """Answer a path (with its query) from now on; returns its address."""
        with self._changed:
            self._answers[path] = list(answers)
        return self.url(path)

    def wait_for_requests(self, count: int, timeout: float = 10.0) -> list[Request]:
        """All requests, as soon as there are `count` of them. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._seen) >= count, timeout):
                raise TimeoutError(f"{len(self._seen)} of {count} requests came")
            return list(self._seen)

    def answer(self, request: Request) -> Reply:
        """Record a request and choose its answer."""
        with self._changed:
            self._seen.append(request)
            self._changed.notify_all()
            waiting = self._answers.get(request.path, [Reply(status=404, content_type=None)])
            answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return answer if isinstance(answer, Reply) else answer(request)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, feeds: FeedServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.feeds = feeds

    def process_request(self, request: Any, client_address: Any) -> None:
        """Count, then serve in a thread."""
        self.feeds.connections += 1
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _serve(self) -> None:
        reply = self.server.feeds.answer(self._request())
        if reply.hang_before == "headers":
            self._hang()
        elif self._is_known(reply):
            self._send_head(reply, 304, None)
        elif reply.chunks is None:
            body = compressed(reply.body, reply.compress) if reply.compress else reply.body
            self._send_head(reply, reply.status, len(body))
            self._send_pieces(reply, [body])
        else:
            self.close_connection = True
            self._send_head(reply, reply.status, None)
            self._send_pieces(reply, reply.chunks())

    do_GET = do_HEAD = do_POST = do_PUT = _serve  # noqa: N815 - the names that http.server calls

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: a test reads `requests`."""

    def _request(self) -> Request:
        raw = tuple(self.headers.items())
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return Request(self.command, self.path, {name.lower(): value for name, value in raw}, raw, body)

    def _is_known(self, reply: Reply) -> bool:
        """RFC 9110 §13.1: If-None-Match wins over If-Modified-Since."""
        headers: Message = self.headers
        if reply.etag and "If-None-Match" in headers:
            return headers["If-None-Match"] == reply.etag
        return reply.last_modified is not None and headers["If-Modified-Since"] == reply.last_modified

    def _send_head(self, reply: Reply, status: int, length: int | None) -> None:
        self.send_response_only(status)  # no Server, no Date: a test sets what it needs
        values: dict[str, str | None] = {
            "Content-Type": reply.content_type,
            "ETag": reply.etag,
            "Last-Modified": reply.last_modified,
            "Content-Encoding": reply.compress and reply.compress.removeprefix("raw-"),
            "Content-Length": None if length is None else str(length),
            "Connection": "close" if self.close_connection else None,
        }
        for name, value in {**values, **reply.headers}.items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()

    def _send_pieces(self, reply: Reply, pieces: Iterable[bytes]) -> None:
        if reply.hang_before == "body":
            self._hang()
        for piece in pieces:
            if self.command != "HEAD":
                self.wfile.write(piece)
            if reply.drip_seconds and self.server.feeds.stopping.wait(reply.drip_seconds):
                break

    def _hang(self) -> None:
        self.close_connection = True
        self.server.feeds.stopping.wait()
