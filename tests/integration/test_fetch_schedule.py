"""Fetcher and schedule together over simulated days, as the poll job plays them: what does a server get to see?"""

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from ceasewire.items import FetchFailed, FetchOutcome, NotModified, SourceForPoll, SourceKind
from ceasewire.pipeline.schedule import PollOutcome, PollRead, PollState, Schedule, SourceEvent, next_poll, wants_full
from tests.support.feedserver import FeedServer, Reply, Request, redirect
from worker.adapters.http import HttpFetcher

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CONDITIONS = {"if-none-match", "if-modified-since"}


def feed(*titles: str) -> bytes:
    items = "".join(f"<item><title>{title}</title></item>" for title in titles)
    return f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()


@dataclass
class Reader:
    """Polls one source, each time exactly when its schedule says; remembers what a store would."""

    source: SourceForPoll
    now: datetime = START
    state: PollState = field(default_factory=PollState)
    known: set[bytes] = field(default_factory=set)
    schedules: list[Schedule] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.fetcher = HttpFetcher(clock=lambda: self.now, allow_networks=["127.0.0.0/8"])

    def poll(self, times: int = 1) -> Schedule:
        for _ in range(times):
            answer = self.fetcher.fetch(self.source, full=wants_full(self.state, self.now))
            schedule = next_poll(self.state, self._read(answer), self.now, jitter=0.0)
            self.schedules.append(schedule)
            self.state, self.now = schedule.state, schedule.next_poll_at
            self.source = replace(self.source, url=schedule.new_url or self.source.url)
        return schedule

    def _read(self, answer: FetchOutcome) -> PollOutcome:
        if isinstance(answer, FetchFailed):
            return answer
        self.source = replace(self.source, etag=answer.etag, last_modified=answer.last_modified)
        if isinstance(answer, NotModified):
            return answer
        sha256 = hashlib.sha256(answer.body).hexdigest()
        same = sha256 == self.source.body_sha256
        self.source = replace(self.source, body_sha256=sha256)
        entries = set(answer.body.split(b"<item>")[1:])
        known = len(entries & self.known)
        self.known |= entries
        return PollRead(len(entries), known, same, answer.max_age_seconds, None, answer.permanent_url)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


@pytest.fixture
def reader(server: FeedServer) -> Iterator[Reader]:
    source = SourceForPoll("gazette", "Gazette", server.url(), SourceKind.FEED, None, None, False, {}, None, None, None)
    running = Reader(source)
    yield running
    running.fetcher.close()


def is_conditional(request: Request) -> bool:
    return bool(CONDITIONS & request.headers.keys())


def test_a_quiet_feed_is_asked_ever_less_and_in_full_once_a_day(server: FeedServer, reader: Reader) -> None:
    server.on("/feed", Reply(body=feed("one"), etag='"1"', last_modified="Mon, 02 Mar 2026 11:00:00 GMT"))
    while reader.now < START + timedelta(days=3):
        reader.poll()
    full = [not is_conditional(request) for request in server.requests]
    assert full[0]
    assert sum(full) == 3
    assert len(full) < 30
    intervals = [schedule.state.interval_seconds for schedule in reader.schedules]
    assert intervals == sorted(intervals)
    assert intervals[-1] == 6 * 3600


def test_a_server_with_one_etag_for_ever_is_seen_through_within_a_day(server: FeedServer, reader: Reader) -> None:
    server.on("/feed", Reply(body=feed("old"), etag='"stuck"'))
    reader.poll()
    server.on("/feed", Reply(body=feed("old", "new"), etag='"stuck"'))
    while len(reader.known) < 2:
        reader.poll()
    assert reader.now < START + timedelta(hours=36)


def test_a_busy_feed_is_asked_ever_more(server: FeedServer, reader: Reader) -> None:
    server.on("/feed", *[Reply(body=feed(*(f"{poll}.{item}" for item in range(10)))) for poll in range(8)])
    reader.poll(8)
    intervals = [schedule.state.interval_seconds for schedule in reader.schedules]
    assert intervals == [900, 450, 300, 300, 300, 300, 300, 300]


def test_the_same_body_without_validators_is_no_work(server: FeedServer, reader: Reader) -> None:
    server.on("/feed", Reply(body=feed("one")))
    reader.poll(2)
    assert reader.schedules[1].reason == "learned: nothing new (the same body as before)"
    assert not is_conditional(server.requests[1])


def test_a_move_is_saved_after_three_answers(server: FeedServer, reader: Reader) -> None:
    server.on("/feed", redirect("/new", 308))
    server.on("/new", Reply(body=feed("one"), etag='"1"'))
    reader.poll(4)
    paths = [request.path for request in server.requests]
    assert paths == ["/feed", "/new"] * 3 + ["/new"]
    assert reader.schedules[2].events == (SourceEvent.MOVED,)
    assert server.requests[-1].headers["if-none-match"] == '"1"'


def test_a_detour_is_never_saved(server: FeedServer, reader: Reader) -> None:
    server.on("/feed", redirect("/today", 302))
    server.on("/today", Reply(body=feed("one")))
    reader.poll(5)
    assert reader.source.url == server.url("/feed")


def test_a_throttling_server_is_left_alone_as_long_as_it_asks(server: FeedServer, reader: Reader) -> None:
    server.on("/feed", Reply(status=429, headers={"Retry-After": "7200"}), Reply(body=feed("one")))
    reader.poll()
    assert reader.now == START + timedelta(hours=2)
    reader.poll()
    assert reader.state.failure_weight == 0


def test_a_broken_source_is_slowed_told_of_once_and_taken_back(server: FeedServer, reader: Reader) -> None:
    server.on("/feed", *[Reply(status=404)] * 12, Reply(body=feed("one")))
    reader.poll(13)
    times = [schedule.next_poll_at for schedule in reader.schedules]
    waits = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert max(waits) == timedelta(hours=24)
    events = [event for schedule in reader.schedules for event in schedule.events]
    assert events == [SourceEvent.BROKEN, SourceEvent.RECOVERED]


def test_gone_is_gone(server: FeedServer, reader: Reader) -> None:
    server.on("/feed", Reply(status=410))
    schedule = reader.poll()
    assert schedule.disable
    assert schedule.events == (SourceEvent.GONE,)


def test_fresh_for_an_hour_is_not_asked_for_an_hour(server: FeedServer, reader: Reader) -> None:
    server.on("/feed", Reply(body=feed("one"), headers={"Cache-Control": "max-age=3600"}))
    assert "Cache-Control" in reader.poll().reason
    assert reader.now == START + timedelta(hours=1)
