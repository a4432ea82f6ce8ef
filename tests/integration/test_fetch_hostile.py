"""Answers that mean harm, or are broken: each ends as an outcome with a reason, in bounded time and memory."""

import itertools
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ceasewire.items import FailureKind, Fetched, FetchFailed, FetchOutcome, SourceForPoll, SourceKind
from tests.support.feedserver import MIB, FeedServer, Reply, brotli_bomb, compressed, gzip_bomb
from worker.adapters.http import FetchLimits, HttpFetcher

RSS = '<rss version="2.0"><channel><title>Xəbərlər</title></channel></rss>'.encode() * 500
CAP = 10_000_000

MakeFetcher = Callable[[FetchLimits], HttpFetcher]


def source_at(url: str) -> SourceForPoll:
    return SourceForPoll("gazette", "Gazette", url, SourceKind.FEED, None, None, False, {}, None, None, None)


def failed(outcome: FetchOutcome) -> FetchFailed:
    assert isinstance(outcome, FetchFailed), outcome
    return outcome


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


@pytest.fixture
def make_fetcher() -> Iterator[MakeFetcher]:
    made: list[HttpFetcher] = []

    def make(limits: FetchLimits) -> HttpFetcher:
        made.append(HttpFetcher(clock=lambda: datetime.now(UTC), allow_networks=["127.0.0.0/8"], limits=limits))
        return made[-1]

    yield make
    for fetcher in made:
        fetcher.close()


@pytest.fixture
def fetcher(make_fetcher: MakeFetcher) -> HttpFetcher:
    return make_fetcher(FetchLimits(max_bytes=CAP, deadline_seconds=20))


@pytest.fixture
def hasty(make_fetcher: MakeFetcher) -> HttpFetcher:
    """Read timeouts far beyond the deadline: only the deadline can end an exchange."""
    return make_fetcher(FetchLimits(deadline_seconds=0.3, read_seconds=60))


class TestCompression:
    """RFC 9110 §8.4.1, in the shapes that servers send."""

    @pytest.mark.parametrize("how", ["gzip", "deflate", "raw-deflate", "br"])
    def test_a_compressed_body_is_read(self, server: FeedServer, fetcher: HttpFetcher, how: str) -> None:
        outcome = fetcher.fetch(source_at(server.on("/feed", Reply(body=RSS, compress=how))))
        assert isinstance(outcome, Fetched)
        assert outcome.body == RSS

    @pytest.mark.parametrize("how", ["gzip", "deflate", "raw-deflate", "br"])
    def test_one_that_breaks_off_is_a_failure(self, server: FeedServer, fetcher: HttpFetcher, how: str) -> None:
        cut = compressed(RSS, how)[:-20]
        reply = Reply(body=cut, headers={"Content-Encoding": how.removeprefix("raw-")})
        outcome = failed(fetcher.fetch(source_at(server.on("/feed", reply))))
        assert outcome.kind is FailureKind.MALFORMED
        assert "breaks off" in outcome.reason

    @pytest.mark.parametrize("encoding", ["compress", "zstd", "gzip, gzip, gzip"])
    def test_what_was_not_asked_for_is_a_failure(self, server: FeedServer, fetcher: HttpFetcher, encoding: str) -> None:
        reply = Reply(body=RSS, headers={"Content-Encoding": encoding})
        assert failed(fetcher.fetch(source_at(server.on("/feed", reply)))).kind is FailureKind.MALFORMED

    @pytest.mark.parametrize(
        ("how", "bomb"), [("gzip", lambda: b"".join(gzip_bomb(1024))), ("br", lambda: brotli_bomb(1024))]
    )
    def test_a_bomb_of_a_gibibyte_costs_a_few_megabytes(
        self, server: FeedServer, fetcher: HttpFetcher, how: str, bomb: Callable[[], bytes]
    ) -> None:
        url = server.on("/feed", Reply(body=bomb(), headers={"Content-Encoding": how}))
        tracemalloc.start()
        try:
            outcome = failed(fetcher.fetch(source_at(url)))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert (outcome.kind, outcome.status) == (FailureKind.TOO_LARGE, 200)
        assert "10,000,000 bytes" in outcome.reason
        assert peak < 3 * CAP

    def test_a_bomb_in_a_bomb(self, server: FeedServer, fetcher: HttpFetcher) -> None:
        inner = b"".join(gzip_bomb(1024))
        for how in ("gzip", "br"):
            reply = Reply(body=compressed(inner, how), headers={"Content-Encoding": f"gzip, {how}"})
            outcome = failed(fetcher.fetch(source_at(server.on("/feed", reply))))
            assert outcome.kind is FailureKind.TOO_LARGE


class TestSize:
    """The cap, on what comes uncompressed."""

    def test_an_endless_body_ends_at_the_cap(self, server: FeedServer, fetcher: HttpFetcher) -> None:
        url = server.on("/feed", Reply(chunks=lambda: itertools.repeat(b"<item/>" * 10_000)))
        assert failed(fetcher.fetch(source_at(url))).kind is FailureKind.TOO_LARGE

    def test_the_cap_itself_passes(self, server: FeedServer, make_fetcher: MakeFetcher) -> None:
        fetcher = make_fetcher(FetchLimits(max_bytes=1000))
        assert isinstance(fetcher.fetch(source_at(server.on("/1000", Reply(body=b"x" * 1000)))), Fetched)
        assert (
            failed(fetcher.fetch(source_at(server.on("/1001", Reply(body=b"x" * 1001))))).kind is FailureKind.TOO_LARGE
        )

    def test_endless_headers_are_refused(self, server: FeedServer, fetcher: HttpFetcher) -> None:
        url = server.on("/feed", Reply(body=RSS, headers={"X-Long": "x" * MIB}))
        assert failed(fetcher.fetch(source_at(url))).kind is FailureKind.NETWORK

    def test_a_body_that_breaks_off_is_no_body(self, server: FeedServer, fetcher: HttpFetcher) -> None:
        url = server.on("/feed", Reply(chunks=lambda: [RSS], headers={"Content-Length": "999999"}))
        assert failed(fetcher.fetch(source_at(url))).kind is FailureKind.NETWORK


class TestTime:
    """The deadline around the whole exchange; no read timeout would end these."""

    def assert_timed_out(self, fetcher: HttpFetcher, url: str) -> None:
        started = time.monotonic()
        outcome = failed(fetcher.fetch(source_at(url)))
        assert outcome.kind is FailureKind.TIMEOUT
        assert "within 0.3 s" in outcome.reason
        assert 0.3 <= outcome.seconds <= time.monotonic() - started < 5

    def test_a_slow_drip(self, server: FeedServer, hasty: HttpFetcher) -> None:
        drip = Reply(chunks=lambda: itertools.repeat(b"."), drip_seconds=0.02)
        self.assert_timed_out(hasty, server.on("/feed", drip))

    def test_a_server_that_never_answers(self, server: FeedServer, hasty: HttpFetcher) -> None:
        self.assert_timed_out(hasty, server.on("/feed", Reply(hang_before="headers")))

    def test_a_body_that_never_comes(self, server: FeedServer, hasty: HttpFetcher) -> None:
        self.assert_timed_out(hasty, server.on("/feed", Reply(body=RSS, hang_before="body")))

    def test_redirects_share_the_deadline(self, server: FeedServer, make_fetcher: MakeFetcher) -> None:
        fetcher = make_fetcher(FetchLimits(deadline_seconds=0.3, max_redirects=1_000_000))
        turns = itertools.count()

        def onward(_: object) -> Reply:
            target = f"/{next(turns)}"
            server.on(target, onward)
            return Reply(status=302, headers={"Location": target})

        self.assert_timed_out(fetcher, server.on("/feed", onward))

    def test_a_header_that_drips(self, hasty: HttpFetcher) -> None:
        with DrippingSocket(b"HTTP/1.1 200 OK\r\n" + b"X-Drip: y\r\n" * 100_000) as port:
            self.assert_timed_out(hasty, f"http://127.0.0.1:{port}/")

    def test_silence_is_told_from_slowness(self, server: FeedServer, make_fetcher: MakeFetcher) -> None:
        fetcher = make_fetcher(FetchLimits(deadline_seconds=20, read_seconds=0.1))
        outcome = failed(fetcher.fetch(source_at(server.on("/feed", Reply(hang_before="headers")))))
        assert outcome.kind is FailureKind.TIMEOUT
        assert "silent for 0.1 s" in outcome.reason

    def test_an_exchange_leaves_no_deadline_behind(self, server: FeedServer, make_fetcher: MakeFetcher) -> None:
        fetcher = make_fetcher(FetchLimits(deadline_seconds=0.3))
        slow = server.on("/slow", Reply(hang_before="headers"))
        assert failed(fetcher.fetch(source_at(slow))).kind is FailureKind.TIMEOUT
        assert isinstance(fetcher.fetch(source_at(server.on("/feed", Reply(body=RSS)))), Fetched)


class TestConnection:
    """Servers that are not there, or speak no HTTP."""

    def test_nobody_listens(self, fetcher: HttpFetcher) -> None:
        with socket.socket() as taken:  # bound and not listening: connections are refused
            taken.bind(("127.0.0.1", 0))
            outcome = failed(fetcher.fetch(source_at(f"http://127.0.0.1:{taken.getsockname()[1]}/")))
        assert outcome.kind is FailureKind.NETWORK
        assert "refused" in outcome.reason

    @pytest.mark.parametrize("said", [b"", b"220 mail ready\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"])
    def test_what_is_no_http(self, fetcher: HttpFetcher, said: bytes) -> None:
        with DrippingSocket(said, at_once=True) as port:
            outcome = failed(fetcher.fetch(source_at(f"http://127.0.0.1:{port}/")))
        assert outcome.kind is FailureKind.NETWORK
        assert outcome.reason.startswith("no answer: ")

    @pytest.mark.parametrize(
        "url",
        [
            "http://[::1",
            "http://127.0.0.1:99999/",
            "http://a b/",
            "http://xn--/",
            "http://\x00/",
            "http://" + "a" * 300,
        ],
    )
    def test_an_address_that_is_none(self, fetcher: HttpFetcher, url: str) -> None:
        assert failed(fetcher.fetch(source_at(url))).kind is FailureKind.NETWORK

    @pytest.mark.parametrize("url", ["", "feed.xml", "file:///etc/passwd", "gopher://127.0.0.1/", "http:///feed"])
    def test_what_is_no_web_address(self, fetcher: HttpFetcher, url: str) -> None:
        assert failed(fetcher.fetch(source_at(url))).kind is FailureKind.BLOCKED

    def test_a_strange_validator_of_ours_does_not_stop_a_poll(self, server: FeedServer, fetcher: HttpFetcher) -> None:
        source = replace(source_at(server.on("/feed", Reply(body=RSS))), etag='"Ընթացք"')
        assert isinstance(fetcher.fetch(source), Fetched)


class DrippingSocket:
    """Takes one connection and says its bytes one by one, or at once and hangs up. Yields its port."""

    def __init__(self, said: bytes, *, at_once: bool = False) -> None:
        self._said = said
        self._at_once = at_once
        self._stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> int:
        self._thread.start()
        return int(self._listener.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            connection.recv(65_536)
            pieces = [self._said] if self._at_once else [bytes([byte]) for byte in self._said[:5_000]]
            for piece in pieces:
                try:
                    connection.sendall(piece)
                except OSError:
                    return
                if not self._at_once and self._stopping.wait(0.01):
                    return
