"""The polling checklist, line by line: the jobs on both databases against a real server that records what it was sent.

Fetcher, schedule and store have tests of their own for each line; here all of them must work together, over a restart.
"""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from ceasewire.items import Publisher
from ceasewire.store import events, queries, sources
from ceasewire.store.session import Store
from ceasewire.store.sources import SourceStatus
from ceasewire.store.views import ItemQuery
from tests.support.feedserver import FeedServer, Reply, redirect
from tests.support.store_data import source_config
from worker.adapters.http import HttpFetcher
from worker.adapters.politeness import GapRules, LocalHostGate
from worker.jobs.poll import Polling, PollResult, poll_source
from worker.jobs.read import Reading, read_fetch

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LOOPBACK = ("127.0.0.0/8",)
CONDITIONS = {"if-none-match", "if-modified-since"}


def feed(*titles: str, guid: str = "", head: str = "") -> bytes:
    """An RSS feed; without `guid` each item has one of its own."""
    items = "".join(
        f"<item><title>{title}</title><link>https://gazette.example/{title}</link><guid>{guid or title}</guid></item>"
        for title in titles
    )
    rss = '<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">'
    return f"{rss}<channel><title>Gazette</title>{head}{items}</channel></rss>".encode()


@dataclass
class Desk:
    """A source polled exactly when its row says; nothing is remembered but by the store."""

    store: Store
    server: FeedServer
    now: datetime = START
    jitter: float = 0.0
    own_gap: float = 0.0

    def __post_init__(self) -> None:
        config = source_config("gazette", url=self.server.url(), publisher=Publisher.INDEPENDENT)
        with self.store.write() as s:
            sources.save_sources(s, [config], self.now, sample=False)
        self.restart()

    def restart(self) -> None:
        """All parts anew, with new connections to the store."""
        self.store.dispose()
        fetcher = HttpFetcher(clock=lambda: self.now, allow_networks=LOOPBACK)
        gate = LocalHostGate(GapRules(own_gap_seconds=self.own_gap, allow_networks=LOOPBACK))
        self.polling = Polling(self.store, fetcher, gate, lambda: self.now, lambda: self.jitter)
        self.reading = Reading(self.store, lambda: self.now, lambda: self.jitter)

    def answer(self, *replies: Reply) -> None:
        self.server.on("/feed", *replies)

    def poll(self, times: int = 1) -> PollResult:
        """So many polls, each at the time that the one before has set."""
        for _ in range(times):
            self.now = max(self.now, self.status().next_poll_at or self.now)
            result = poll_source(self.polling, "gazette")
            if result.fetch_id is not None:
                read_fetch(self.reading, result.fetch_id)
        return result

    def status(self) -> SourceStatus:
        with self.store.read() as s:
            [status] = sources.list_sources(s)
        return status

    @property
    def wait(self) -> timedelta:
        """From now to the next poll."""
        return (self.status().next_poll_at or self.now) - self.now

    def titles(self) -> set[str]:
        with self.store.read() as s:
            return {item.title for item in queries.list_items(s, ItemQuery(), limit=5000).items}

    def events(self) -> list[str]:
        with self.store.read() as s:
            return [event.kind for event in events.list_events(s)][::-1]


@pytest.fixture
def desk(store: Store) -> Iterator[Desk]:
    with FeedServer() as server:
        yield Desk(store, server)


def test_validators_go_back_verbatim_after_a_restart(desk: Desk) -> None:
    desk.answer(Reply(body=feed("a"), etag='W/"x, y"', last_modified="Mon, 2 Mar 2026 11:00:00 GMT"))
    desk.poll()
    desk.restart()
    desk.poll()
    sent = desk.server.requests[-1].headers
    assert (sent["if-none-match"], sent["if-modified-since"]) == ('W/"x, y"', "Mon, 2 Mar 2026 11:00:00 GMT")
    assert desk.status().last_outcome == "not_modified"


def test_once_a_day_they_are_left_out(desk: Desk) -> None:
    desk.answer(Reply(body=feed("a"), etag='"stuck"'))
    desk.poll()
    desk.answer(Reply(body=feed("a", "b"), etag='"stuck"'))
    while desk.now < START + timedelta(hours=36):
        desk.poll()
    assert desk.titles() == {"a", "b"}
    full = [request for request in desk.server.requests if not CONDITIONS & request.headers.keys()]
    assert len(full) == 2


def test_the_same_body_is_not_read_again(desk: Desk) -> None:
    desk.answer(Reply(body=feed("a")))
    desk.poll()
    assert desk.poll().fetch_id is None
    assert desk.status().last_reason == "the same body as before"


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("7200", timedelta(hours=2)),
        (format_datetime(START + timedelta(hours=3), usegmt=True), timedelta(hours=3)),
        ("9999999", timedelta(hours=24)),
    ],
)
def test_retry_after_in_seconds_or_as_a_date_up_to_a_day(desk: Desk, status: int, asked: str, wait: timedelta) -> None:
    desk.answer(Reply(status=status, headers={"Retry-After": asked}))
    desk.poll()
    assert desk.wait == wait
    assert "Retry-After" in desk.status().next_poll_reason


@pytest.mark.parametrize(
    ("reply", "wait"),
    [
        (Reply(body=feed("a"), headers={"Cache-Control": "public, max-age=3600"}), timedelta(hours=1)),
        (
            Reply(
                body=feed("a"),
                headers={
                    "Date": format_datetime(START, usegmt=True),
                    "Expires": format_datetime(START + timedelta(hours=2), usegmt=True),
                },
            ),
            timedelta(hours=2),
        ),
        (Reply(body=feed("a", head="<ttl>90</ttl>")), timedelta(minutes=90)),
        (Reply(body=feed("a", head="<sy:updatePeriod>daily</sy:updatePeriod>")), timedelta(hours=24)),
        (Reply(body=feed("a"), headers={"Cache-Control": "max-age=99999999"}), timedelta(hours=24)),
    ],
)
def test_freshness_is_respected_up_to_a_day(desk: Desk, reply: Reply, wait: timedelta) -> None:
    desk.answer(reply)
    desk.poll()
    assert desk.wait == wait


def test_the_interval_follows_the_share_of_known_entries_between_floor_and_ceiling(desk: Desk) -> None:
    desk.answer(*(Reply(body=feed(*(f"{n}-{k}" for k in range(9)))) for n in range(6)))
    desk.poll(6)
    assert desk.wait == timedelta(minutes=5)
    desk.poll(30)
    assert desk.wait == timedelta(hours=6)


@pytest.mark.parametrize("jitter", [-0.1, 0.1])
def test_jitter_is_ten_percent_at_most(desk: Desk, jitter: float) -> None:
    desk.jitter = jitter
    desk.answer(Reply(body=feed("a")))
    desk.poll()
    assert desk.wait == timedelta(seconds=900 * (1 + jitter))


def test_a_host_that_answered_just_now_is_left_alone(desk: Desk) -> None:
    desk.own_gap = 60.0
    desk.restart()
    desk.answer(Reply(body=feed("a")))
    desk.poll()
    assert not desk.poll().ok
    assert len(desk.server.requests) == 1
    assert "its host answers another request" in desk.status().next_poll_reason


@pytest.mark.parametrize("status", [301, 308])
def test_a_move_is_saved_after_three_agreeing_answers(desk: Desk, status: int) -> None:
    desk.answer(redirect("/new", status))
    desk.server.on("/new", Reply(body=feed("a"), etag='"1"'))
    desk.poll(2)
    desk.restart()
    assert desk.status().url.endswith("/feed")
    desk.poll()
    assert desk.status().url.endswith("/new")
    assert desk.events() == ["source_moved"]
    desk.poll()
    assert desk.server.requests[-1].path == "/new"
    assert desk.server.requests[-2].path == "/new", "asked there at once, without the way round"


def test_gone_is_switched_off_and_told(desk: Desk) -> None:
    desk.answer(Reply(status=410))
    desk.poll()
    status = desk.status()
    assert (status.config.enabled, desk.events()) == (False, ["source_gone"])
    assert "410" in (status.config.disabled_reason or "")
    assert desk.poll().fetch_id is None
    assert len(desk.server.requests) == 1


def test_a_broken_source_is_slowed_and_never_given_up(desk: Desk) -> None:
    desk.answer(*[Reply(status=404)] * 20, Reply(body=feed("a")))
    desk.poll(20)
    assert desk.wait == timedelta(hours=24)
    desk.poll()
    assert desk.titles() == {"a"}
    assert desk.events() == ["source_broken", "source_recovered"]


def test_trouble_that_passes_weighs_less(desk: Desk) -> None:
    weights = {}
    for status in (404, 500):
        desk.answer(Reply(status=status), Reply(body=feed(str(status))))
        desk.poll()
        weights[status] = desk.status().failure_weight
        desk.poll()
    assert weights == {404: 1.0, 500: 0.25}


def test_a_304_does_not_clear_a_failure(desk: Desk) -> None:
    desk.answer(Reply(body=feed("a"), etag='"1"'), Reply(status=404), Reply(body=feed("a"), etag='"1"'))
    desk.poll(3)
    status = desk.status()
    assert (status.last_outcome, status.failure_weight) == ("not_modified", 1.0)


def test_size_and_entries_are_capped(desk: Desk) -> None:
    desk.answer(Reply(body=gzip.compress(b"<rss>" + b" " * 10_000_001), headers={"Content-Encoding": "gzip"}))
    desk.poll()
    assert desk.status().last_outcome == "too_large"
    desk.answer(Reply(body=feed(*map(str, range(2_100)))))
    desk.poll()
    assert len(desk.titles()) == 2_000
    assert "2100 entries, of which only the first 2000 were read" in desk.status().last_reason


def test_valid_utf_8_wins_over_a_wrong_declaration(desk: Desk) -> None:
    body = b'<?xml version="1.0" encoding="windows-1251"?>' + feed("Встреча")
    desk.answer(Reply(body=body, content_type="application/rss+xml; charset=windows-1251"))
    desk.poll()
    assert desk.titles() == {"Встреча"}


@pytest.mark.parametrize(("body", "said"), [(b"<!doctype html><html><body>Hello", "HTML page"), (b"  ", "empty")])
def test_html_or_nothing_with_200_is_a_failure(desk: Desk, body: bytes, said: str) -> None:
    desk.answer(Reply(body=body, content_type="text/html"))
    desk.poll()
    status = desk.status()
    assert (status.last_outcome, said in status.last_reason) == ("not_a_feed", True)
    assert status.failing_since_at is not None


def test_a_feed_that_is_empty_is_not_broken_and_told_if_it_had_entries(desk: Desk) -> None:
    desk.answer(Reply(body=feed("a")), Reply(body=feed()))
    desk.poll(2)
    status = desk.status()
    assert (status.failing_since_at, status.next_poll_reason) == (None, "no entries at the moment")
    assert desk.events() == ["source_emptied"]


def test_one_guid_on_every_item_is_seen_through(desk: Desk) -> None:
    desk.answer(Reply(body=feed("a", "b", "c", guid="1")))
    desk.poll()
    assert desk.titles() == {"a", "b", "c"}
    assert "one guid on several entries" in desk.status().last_reason


def test_no_cookie_goes_back_and_no_referrer(desk: Desk) -> None:
    desk.answer(Reply(body=feed("a"), headers={"Set-Cookie": "id=1; Path=/"}), Reply(body=feed("b")))
    desk.poll(2)
    assert not {"cookie", "referer"} & desk.server.requests[-1].headers.keys()
