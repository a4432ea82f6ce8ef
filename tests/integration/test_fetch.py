"""The manners of the fetcher, each seen by the server that it talks to."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from ceasewire.items import FailureKind, Fetched, FetchFailed, FetchOutcome, NotModified, SourceForPoll, SourceKind
from tests.support.feedserver import FeedServer, Reply, Request, redirect
from worker.adapters.guard import GuardedTransport
from worker.adapters.http import USER_AGENT, FetchLimits, HttpFetcher
from worker.adapters.politeness import GapRules, LocalHostGate
from worker.ports import HostBusy, HostGate, HostLease

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ETAGS = ['"33a64"', 'W/"33a64"', "no-quotes", '"a b,c"', '"ключ"'.encode().decode("latin-1"), '"\xe9t\xe9"']
RSS = '<rss version="2.0"><channel><title>Новости</title></channel></rss>'.encode()


def source_at(url: str, **changes: Any) -> SourceForPoll:
    plain = SourceForPoll("gazette", "Gazette", url, SourceKind.FEED, None, None, False, {}, None, None, None)
    return replace(plain, **changes)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


@pytest.fixture
def fetcher() -> Iterator[HttpFetcher]:
    running = HttpFetcher(clock=lambda: NOW, allow_networks=["127.0.0.0/8"], limits=FetchLimits(deadline_seconds=10))
    yield running
    running.close()


def fetched(outcome: FetchOutcome) -> Fetched:
    assert isinstance(outcome, Fetched), outcome
    return outcome


def failed(outcome: FetchOutcome) -> FetchFailed:
    assert isinstance(outcome, FetchFailed), outcome
    return outcome


def test_a_body_comes_back_with_what_the_server_said_of_it(server: FeedServer, fetcher: HttpFetcher) -> None:
    url = server.on("/feed", Reply(body=RSS, etag='W/"7"', last_modified="Mon, 02 Mar 2026 11:00:00 GMT"))
    answer = fetched(fetcher.fetch(source_at(url)))
    assert answer.body == RSS
    assert (answer.url, answer.status) == (url, 200)
    assert answer.content_type == "application/rss+xml; charset=utf-8"
    assert (answer.etag, answer.last_modified) == ('W/"7"', "Mon, 02 Mar 2026 11:00:00 GMT")
    assert answer.permanent_url is None
    assert answer.fetched_at == NOW
    assert 0 < answer.seconds < 10


class TestRequest:
    """What the server gets to see."""

    def test_who_we_are_and_nothing_more(self, server: FeedServer, fetcher: HttpFetcher) -> None:
        fetcher.fetch(source_at(server.on("/feed", Reply(body=RSS))))
        headers = server.requests[0].headers
        assert headers["user-agent"] == USER_AGENT
        assert headers["accept-encoding"] == "gzip, deflate, br"
        assert headers["accept"].startswith("application/atom+xml")
        assert set(headers) == {"host", "user-agent", "accept", "accept-encoding"}

    def test_a_page_is_asked_for_as_html(self, server: FeedServer, fetcher: HttpFetcher) -> None:
        fetcher.fetch(source_at(server.on("/feed", Reply(body=RSS)), kind=SourceKind.TELEGRAM))
        assert server.requests[0].headers["accept"].startswith("text/html")

    def test_user_agent_of_the_source(self, server: FeedServer, fetcher: HttpFetcher) -> None:
        fetcher.fetch(source_at(server.on("/feed", Reply(body=RSS)), options={"user_agent": "Mozilla/5.0"}))
        assert server.requests[0].headers["user-agent"] == "Mozilla/5.0"

    def test_no_cookie_is_kept_and_no_referrer_sent(self, server: FeedServer, fetcher: HttpFetcher) -> None:
        server.on("/old", replace(redirect("/feed", 302), headers={"Location": "/feed", "Set-Cookie": "id=1; Path=/"}))
        server.on("/feed", Reply(body=RSS, headers={"Set-Cookie": "seen=1; Path=/"}))
        for _ in range(2):
            fetcher.fetch(source_at(server.url("/old")))
        assert len(server.requests) == 4
        for request in server.requests:
            assert not {"cookie", "referer"} & request.headers.keys()


class TestValidators:
    """RFC 9110 §13.1."""

    @pytest.mark.parametrize("etag", ETAGS)
    def test_an_etag_goes_back_verbatim(self, server: FeedServer, fetcher: HttpFetcher, etag: str) -> None:
        source = source_at(server.on("/feed", Reply(body=RSS, etag=etag)))
        first = fetched(fetcher.fetch(source))
        second = fetcher.fetch(replace(source, etag=first.etag))
        assert isinstance(second, NotModified)
        assert server.requests[1].headers["if-none-match"] == etag
        assert "if-modified-since" not in server.requests[1].headers

    @pytest.mark.parametrize("date", ["Mon, 02 Mar 2026 11:00:00 GMT", "2026-03-02 11:00:00", "yesterday"])
    def test_last_modified_goes_back_verbatim(self, server: FeedServer, fetcher: HttpFetcher, date: str) -> None:
        source = source_at(server.on("/feed", Reply(body=RSS, last_modified=date)))
        first = fetched(fetcher.fetch(source))
        second = fetcher.fetch(replace(source, last_modified=first.last_modified))
        assert isinstance(second, NotModified)
        assert server.requests[1].headers["if-modified-since"] == date
        assert "if-none-match" not in server.requests[1].headers

    def test_both_go_back_where_both_are_known(self, server: FeedServer, fetcher: HttpFetcher) -> None:
        fetcher.fetch(source_at(server.on("/feed", Reply(body=RSS)), etag='"1"', last_modified="a date"))
        assert server.requests[0].headers["if-none-match"] == '"1"'
        assert server.requests[0].headers["if-modified-since"] == "a date"

    def test_none_is_invented(self, server: FeedServer, fetcher: HttpFetcher) -> None:
        answer = fetched(fetcher.fetch(source_at(server.on("/feed", Reply(body=RSS, headers={"ETag": ""})))))
        assert (answer.etag, answer.last_modified) == (None, None)
        assert not {"if-none-match", "if-modified-since"} & server.requests[0].headers.keys()

    def test_a_full_fetch_leaves_them_out(self, server: FeedServer, fetcher: HttpFetcher) -> None:
        url = server.on("/feed", Reply(body=RSS, etag='"1"', last_modified="a date"))
        fetched(fetcher.fetch(source_at(url, etag='"1"', last_modified="a date"), full=True))
        assert not {"if-none-match", "if-modified-since"} & server.requests[0].headers.keys()

    def test_a_304_keeps_the_validators_that_it_leaves_out(self, server: FeedServer, fetcher: HttpFetcher) -> None:
        url = server.on("/feed", Reply(status=304, headers={"ETag": '"2"', "Cache-Control": "max-age=600"}))
        answer = fetcher.fetch(source_at(url, etag='"1"', last_modified="a date"))
        assert isinstance(answer, NotModified)
        assert (answer.etag, answer.last_modified, answer.max_age_seconds) == ('"2"', "a date", 600)

    def test_they_go_along_with_a_redirect(self, server: FeedServer, fetcher: HttpFetcher) -> None:
        server.on("/old", redirect("/feed"))
        server.on("/feed", Reply(body=RSS, etag='"1"'))
        answer = fetcher.fetch(source_at(server.url("/old"), etag='"1"'))
        assert isinstance(answer, NotModified)
        assert answer.permanent_url == server.url("/feed")

    def test_a_304_that_nothing_asked_for_is_a_failure(self, server: FeedServer, fetcher: HttpFetcher) -> None:
        outcome = failed(fetcher.fetch(source_at(server.on("/feed", Reply(status=304)))))
        assert (outcome.kind, outcome.status) == (FailureKind.SERVER, 304)


class TestRedirects:
    """RFC 9110 §15.4."""

    @pytest.mark.parametrize(
        ("statuses", "permanent"),
        [
            ((301,), True),
            ((308,), True),
            ((301, 308, 301), True),
            ((302,), False),
            ((301, 302), False),
            ((307,), False),
        ],
    )
    def test_a_move_is_permanent_if_every_step_is(
        self, server: FeedServer, fetcher: HttpFetcher, statuses: tuple[int, ...], permanent: bool
    ) -> None:
        for step, status in enumerate(statuses):
            server.on(f"/{step}", redirect(f"/{step + 1}", status))
        server.on(f"/{len(statuses)}", Reply(body=RSS))
        answer = fetched(fetcher.fetch(source_at(server.url("/0"))))
        assert answer.url == server.url(f"/{len(statuses)}")
        assert answer.permanent_url == (answer.url if permanent else None)

    def test_a_circle_ends_at_once(self, server: FeedServer, fetcher: HttpFetcher) -> None:
        server.on("/a", redirect("/b#fragment"))
        server.on("/b", redirect("/a", 302))
        outcome = failed(fetcher.fetch(source_at(server.url("/a"))))
        assert outcome.kind is FailureKind.BAD_REDIRECT
        assert "circle" in outcome.reason
        assert len(server.requests) == 2

    def test_a_chain_without_end_is_cut_after_five(self, server: FeedServer, fetcher: HttpFetcher) -> None:
        for step in range(9):
            server.on(f"/{step}", redirect(f"/{step + 1}"))
        outcome = failed(fetcher.fetch(source_at(server.url("/0"))))
        assert outcome.kind is FailureKind.BAD_REDIRECT
        assert len(server.requests) == 6

    def test_five_are_followed(self, server: FeedServer, fetcher: HttpFetcher) -> None:
        for step in range(5):
            server.on(f"/{step}", redirect(f"/{step + 1}"))
        server.on("/5", Reply(body=RSS))
        assert fetched(fetcher.fetch(source_at(server.url("/0")))).body == RSS

    @pytest.mark.parametrize("target", ["", "file:///etc/passwd", "http://", "http://[::1", "javascript:alert(1)"])
    def test_a_target_that_is_none(self, server: FeedServer, fetcher: HttpFetcher, target: str) -> None:
        outcome = failed(fetcher.fetch(source_at(server.on("/feed", redirect(target)))))
        assert (outcome.kind, outcome.status) == (FailureKind.BAD_REDIRECT, 301)


class TestTurns:
    """The manners towards the host that a redirect leads to."""

    def test_another_host_is_asked_for_a_turn(self, server: FeedServer) -> None:
        gate, held = LocalHostGate(GapRules(gap_seconds=100)), list[str]()

        def answer(_: Request) -> Reply:
            held.append(busy_at("new.example", gate))
            return Reply(body=RSS)

        fetcher = self._fetcher(gate, turn_seconds=0)
        server.on("/old", redirect(server.url("/feed", host="new.example")))
        server.on("/feed", answer)
        source = source_at(server.url("/old", host="old.example"))
        assert isinstance(gate.try_acquire(source), HostLease)
        assert fetched(fetcher.fetch(source)).url == server.url("/feed", host="new.example")
        assert busy_at("new.example", gate) == "resting"
        outcome = failed(fetcher.fetch(source))
        assert (outcome.kind, outcome.retry_after_seconds) == (FailureKind.THROTTLED, 100)
        assert "new.example" in outcome.reason
        assert [request.path for request in server.requests] == ["/old", "/feed", "/old"]
        assert held == ["held"]

    def test_a_host_that_is_ours_already_is_not_asked_again(self, server: FeedServer) -> None:
        gate = LocalHostGate(GapRules(gap_seconds=100))
        server.on("/old", redirect(server.url("/feed", host="old.example")))
        server.on("/feed", Reply(body=RSS))
        source = source_at(server.url("/old", host="old.example"))
        assert isinstance(gate.try_acquire(source), HostLease)
        assert fetched(self._fetcher(gate, turn_seconds=0).fetch(source)).body == RSS

    def test_a_turn_that_comes_soon_is_waited_for(self, server: FeedServer) -> None:
        gate = LocalHostGate(GapRules(gap_seconds=0.2))
        server.on("/old", redirect(server.url("/feed", host="new.example")))
        server.on("/feed", Reply(body=RSS))
        for _ in range(2):
            answer = self._fetcher(gate, turn_seconds=5).fetch(source_at(server.url("/old", host="old.example")))
            assert fetched(answer).body == RSS

    def _fetcher(self, gate: HostGate, turn_seconds: float) -> HttpFetcher:
        transport = GuardedTransport(["127.0.0.0/8"], resolver=lambda *_: ["127.0.0.1"])
        return HttpFetcher(
            clock=lambda: NOW, transport=transport, limits=FetchLimits(turn_seconds=turn_seconds), gate=gate
        )


def busy_at(host: str, gate: LocalHostGate) -> str:
    answer = gate.try_acquire(source_at(f"http://{host}/"))
    assert isinstance(answer, HostBusy)
    return "resting" if answer.wait_seconds < 100 else "held"


class TestConnections:
    """One connection serves many polls."""

    @pytest.mark.parametrize("status", [304, 200, 301])
    def test_it_is_kept(self, server: FeedServer, fetcher: HttpFetcher, status: int) -> None:
        server.on("/old", redirect("/feed"))
        url = server.on("/feed", Reply(body=RSS, etag='"1"'))
        source = source_at(server.url("/old") if status == 301 else url, etag='"1"' if status == 304 else None)
        for _ in range(5):
            fetcher.fetch(source)
        assert len(server.requests) == (10 if status == 301 else 5)
        assert server.connections == 1

    def test_one_that_the_server_gave_up_is_replaced(self, server: FeedServer, fetcher: HttpFetcher) -> None:
        url = server.on("/feed", Reply(body=RSS, headers={"Connection": "close"}))
        for _ in range(2):
            assert fetched(fetcher.fetch(source_at(url))).body == RSS
        assert server.connections == 2

    def test_one_that_breaks_when_it_is_used_again_is_replaced(self, server: FeedServer) -> None:
        class Breaking(GuardedTransport):
            broken = 0

            def handle_request(self, request: httpx.Request) -> httpx.Response:
                if server.requests and not self.broken:
                    self.broken += 1
                    raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
                return super().handle_request(request)

        fetcher = HttpFetcher(clock=lambda: NOW, transport=Breaking(["127.0.0.0/8"]))
        url = server.on("/feed", Reply(body=RSS))
        for _ in range(2):
            assert fetched(fetcher.fetch(source_at(url))).body == RSS
        assert len(server.requests) == 2

    def test_a_new_one_that_breaks_is_not_tried_again(self, server: FeedServer, fetcher: HttpFetcher) -> None:
        url = server.on("/feed", Reply(chunks=lambda: [], headers={"Transfer-Encoding": "chunked", "X": "\r\n\x00:"}))
        assert failed(fetcher.fetch(source_at(url))).kind is FailureKind.NETWORK
        assert len(server.requests) == 1


class TestStatus:
    """What each status means for the schedule."""

    @pytest.mark.parametrize(
        ("status", "kind"),
        [
            (400, FailureKind.REFUSED),
            (401, FailureKind.REFUSED),
            (403, FailureKind.REFUSED),
            (404, FailureKind.MISSING),
            (410, FailureKind.GONE),
            (429, FailureKind.THROTTLED),
            (451, FailureKind.REFUSED),
            (500, FailureKind.SERVER),
            (502, FailureKind.SERVER),
            (503, FailureKind.SERVER),
            (206, FailureKind.SERVER),
        ],
    )
    def test_failure(self, server: FeedServer, fetcher: HttpFetcher, status: int, kind: FailureKind) -> None:
        outcome = failed(fetcher.fetch(source_at(server.on("/feed", Reply(status=status, body=b"sorry")))))
        assert (outcome.kind, outcome.status, outcome.retry_after_seconds) == (kind, status, None)
        assert f"({status}" in outcome.reason

    @pytest.mark.parametrize(
        ("status", "value", "seconds"),
        [
            (429, "120", 120),
            (429, "Mon, 02 Mar 2026 12:30:00 GMT", 1800),
            (503, "0", 0),
            (503, "Monday, 02-Mar-26 13:00:00 GMT", 3600),
            (503, "604800", 86_400),
            (503, "Wed, 02 Mar 2033 12:00:00 GMT", 86_400),
            (429, "Mon, 02 Mar 2026 11:00:00 GMT", 0),
        ],
    )
    def test_retry_after(self, server: FeedServer, fetcher: HttpFetcher, status: int, value: str, seconds: int) -> None:
        url = server.on("/feed", Reply(status=status, headers={"Retry-After": value}))
        outcome = failed(fetcher.fetch(source_at(url)))
        assert (outcome.kind, outcome.retry_after_seconds) == (FailureKind.THROTTLED, seconds)

    @pytest.mark.parametrize("body", [b"", b" \r\n\t\n"])
    def test_an_empty_answer_is_no_feed(self, server: FeedServer, fetcher: HttpFetcher, body: bytes) -> None:
        outcome = failed(fetcher.fetch(source_at(server.on("/feed", Reply(body=body)))))
        assert (outcome.kind, outcome.status) == (FailureKind.NOT_A_FEED, 200)


def test_freshness_is_passed_on(server: FeedServer, fetcher: HttpFetcher) -> None:
    url = server.on("/feed", Reply(body=RSS, headers={"Cache-Control": "public, max-age=3600", "Age": "600"}))
    assert fetched(fetcher.fetch(source_at(url))).max_age_seconds == 3000


def test_threads_share_one_fetcher(server: FeedServer, fetcher: HttpFetcher) -> None:
    meet = threading.Barrier(8, timeout=10)

    def echo(request: Request) -> Reply:
        meet.wait()  # passes only when all eight are under way at once
        return Reply(body=request.path.encode())

    bodies: dict[str, bytes] = {}

    def fetch(path: str) -> None:
        bodies[path] = fetched(fetcher.fetch(source_at(server.on(path, echo)))).body

    threads = [threading.Thread(target=fetch, args=(f"/{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bodies == {f"/{number}": f"/{number}".encode() for number in range(8)}
