"""Live streams over a real server: from now on, from a point, with heartbeats, for so many clients and no more."""

import json
import threading
from collections.abc import Iterator, Sequence
from itertools import islice

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import Response

from api.errors import install_error_handlers
from api.live import Event, LiveStreams, json_line
from ceasewire.errors import InvalidQuery, StoreUnavailable
from tests.support.events import blocks, events
from tests.support.served import served


class Log:
    """What is streamed: numbered lines that a test writes. `away`: how many reads fail first."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.away = 0

    def read(self, after: str) -> Sequence[Event]:
        if not after.isdecimal():
            raise InvalidQuery(f"{after!r} is no number", about="Last-Event-ID")
        if self.away:
            self.away -= 1
            raise StoreUnavailable("is away", about="store")
        numbered = list(enumerate(self.lines, 1))[int(after) : int(after) + 2]
        return [Event(str(number), "line", json_line(line)) for number, line in numbered]

    def now(self) -> str:
        return str(len(self.lines))


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def streams() -> LiveStreams:
    return LiveStreams(2, pause_seconds=0.02, heartbeat_seconds=0.1)


@pytest.fixture
def url(log: Log, streams: LiveStreams) -> Iterator[str]:
    app = FastAPI()
    install_error_handlers(app)

    @app.get("/lines")
    def lines(request: Request) -> Response:
        return streams.respond(request, log.read, log.now)

    with served(app) as base:
        yield f"{base}/lines"


def test_a_client_is_told_where_it_is_and_gets_what_comes(url: str, log: Log) -> None:
    log.lines = ["before"]
    with httpx.stream("GET", url, timeout=10) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        coming = blocks(answer)
        first = next(coming)
        assert (first.id, first.data, bool(first.retry)) == ("1", "", True)
        log.lines += ["строка\u2028одна", "two", "three"]
        found = list(islice((block for block in coming if block.data), 3))
    assert [(one.id, json.loads(one.data)) for one in found] == [
        ("2", "строка\u2028одна"),
        ("3", "two"),
        ("4", "three"),
    ]


def test_a_client_that_was_away_gets_what_it_missed_once(url: str, log: Log) -> None:
    log.lines = [f"line {number}" for number in range(1, 8)]
    with httpx.stream("GET", url, headers={"Last-Event-ID": "2"}, timeout=10) as answer:
        assert [one.id for one in islice(events(answer), 5)] == ["3", "4", "5", "6", "7"]
    with httpx.stream("GET", f"{url}?after=6", timeout=10) as answer:
        assert next(events(answer)).id == "7"


def test_a_silent_stream_beats(url: str) -> None:
    with httpx.stream("GET", url, timeout=10) as answer:
        assert any(block.comment.startswith("ping") for block in islice(blocks(answer), 3))


def test_a_point_that_cannot_be_read_is_a_problem(url: str) -> None:
    answer = httpx.get(url, headers={"Last-Event-ID": "yesterday"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "Last-Event-ID")


def test_a_store_that_goes_away_and_comes_back_ends_no_stream(url: str, log: Log) -> None:
    with httpx.stream("GET", url, timeout=10) as answer:
        coming = blocks(answer)
        next(coming)
        log.away = 3
        log.lines = ["one"]
        assert next(block for block in coming if block.data).id == "1"
    assert log.away == 0


def test_one_client_too_many_is_told_to_come_back_and_a_gone_one_makes_room(url: str, streams: LiveStreams) -> None:
    with httpx.stream("GET", url, timeout=10) as one, httpx.stream("GET", url, timeout=10) as two:
        listening = [blocks(one), blocks(two)]
        assert [next(each).id for each in listening] == ["0", "0"]
        refused = httpx.get(url)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "30")
        assert "2 clients" in refused.json()["detail"]
    gone = threading.Event()
    while streams.clients and not gone.wait(0.02):
        pass
    with httpx.stream("GET", url, timeout=10) as again:
        assert next(blocks(again)).id == "0"
