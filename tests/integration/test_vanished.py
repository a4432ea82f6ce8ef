"""Official statements that vanish, on both databases against a real server: noticed, confirmed, kept, taken back."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from ceasewire.items import Publisher, SourceKind
from ceasewire.store import events, queries, sources
from ceasewire.store.session import Store
from ceasewire.store.views import ItemDetail, ItemQuery
from tests.support.feedserver import FeedServer, Reply, Request, redirect
from tests.support.store_data import source_config
from worker.adapters.http import HttpFetcher
from worker.adapters.politeness import GapRules, LocalHostGate
from worker.jobs.poll import Polling, poll_source
from worker.jobs.read import Reading, read_fetch
from worker.jobs.sweep import sweep
from worker.jobs.vanish import check_absence

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LOOPBACK = ("127.0.0.0/8",)
ENTRY = """<item><title>Заявление № {n}</title><link>{url}</link>
<pubDate>{at:%a, %d %b %Y %H:%M:%S} +0000</pubDate>
<description>Министерство сообщает, пункт {n}.</description></item>"""
LINE = '<li><a href="{url}">Заявление № {n}</a> <time datetime="{at:%Y-%m-%dT%H:%M:%SZ}"></time></li>'
MESSAGE = """<div class="tgme_widget_message" data-post="ministry/{n}">
<div class="tgme_widget_message_text">Заявление № {n}</div><time datetime="{at:%Y-%m-%dT%H:%M:%SZ}"></time></div>"""
SHELL = {SourceKind.FEED: '<rss version="2.0"><channel>{}</channel></rss>', SourceKind.PAGE: "<html><ul>{}</ul>"}
PATHS = {SourceKind.FEED: "/feed", SourceKind.PAGE: "/news", SourceKind.TELEGRAM: "/s/ministry"}


@dataclass
class Ministry:
    """A source with numbered statements, `withdrawn` ones among them, and the jobs that watch it."""

    store: Store
    feeds: FeedServer
    kind: SourceKind = SourceKind.FEED
    publisher: Publisher = Publisher.STATE
    numbers: list[int] = field(default_factory=lambda: [5, 4, 3, 2, 1])
    now: datetime = START

    def __post_init__(self) -> None:
        fetcher = HttpFetcher(clock=lambda: self.now, allow_networks=LOOPBACK)
        self.polling = Polling(
            self.store, fetcher, LocalHostGate(GapRules(allow_networks=LOOPBACK)), lambda: self.now, lambda: 0.0
        )
        self.reading = Reading(self.store, lambda: self.now, lambda: 0.0)
        self.configure()
        for n in range(1, 30):
            self.feeds.on(f"/{n}", Reply(body=b"<html>", content_type="text/html"))
            self.feeds.on(f"/s/ministry?before={n}", self.preview)

    def configure(self) -> None:
        options = {"selectors": {"item": "li"}} if self.kind is SourceKind.PAGE else {}
        source = source_config(
            "ministry",
            url=self.feeds.url(PATHS[self.kind]),
            kind=self.kind,
            publisher=self.publisher,
            options=options,
        )
        with self.store.write() as s:
            sources.save_sources(s, [source], self.now, sample=False)

    def preview(self, request: Request) -> Reply:
        before = int(request.path.partition("=")[2] or 1000)
        shown = [n for n in sorted(self.numbers) if n < before]
        return Reply(body=self.body(shown), content_type="text/html")

    def body(self, numbers: list[int]) -> bytes:
        parts = {SourceKind.FEED: ENTRY, SourceKind.PAGE: LINE, SourceKind.TELEGRAM: MESSAGE}[self.kind]
        times = {n: START - timedelta(days=40) + timedelta(hours=n) for n in numbers}
        text = "".join(parts.format(n=n, url=self.feeds.url(f"/{n}"), at=times[n]) for n in numbers)
        return SHELL.get(self.kind, "<html>{}").format(text).encode()

    def poll(self, *numbers: int) -> None:
        """The source lists these statements from now on; an hour later it is polled."""
        self.numbers = list(numbers or self.numbers)
        self.now += timedelta(hours=1)
        if self.kind is SourceKind.TELEGRAM:
            self.feeds.on("/s/ministry", self.preview)
        else:
            content_type = "application/rss+xml" if self.kind is SourceKind.FEED else "text/html"
            self.feeds.on(PATHS[self.kind], Reply(body=self.body(self.numbers), content_type=content_type))
        result = poll_source(self.polling, "ministry", force=True)
        assert result.ok, result.said
        if result.fetch_id is not None:
            read_fetch(self.reading, result.fetch_id)

    def check(self, **later: float) -> list[str]:
        """All checks that are due after this time, done; the paths that were asked."""
        self.now += timedelta(**later)
        before = len(self.feeds.requests)
        while due := sweep(self.store, lambda: self.now, ()).absences:
            for absence_id in due:
                check_absence(self.polling, absence_id)
            self.now += timedelta(seconds=10)
        return [request.path for request in self.feeds.requests[before:]]

    def statement(self, number: int) -> ItemDetail:
        with self.store.read() as s:
            found = queries.list_items(s, ItemQuery(), limit=50).items
            (item_id,) = [item.id for item in found if f"№ {number}" in item.title + item.text]
            detail = queries.get_item(s, item_id)
        assert detail is not None
        return detail

    def events(self) -> list[str]:
        with self.store.read() as s:
            return [event.kind for event in events.list_events(s) if event.kind.startswith("item_")][::-1]


@pytest.fixture
def feeds() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


@pytest.fixture
def ministry(store: Store, feeds: FeedServer) -> Ministry:
    return Ministry(store, feeds)


def test_a_statement_that_is_taken_back_is_noticed_and_kept(ministry: Ministry) -> None:
    ministry.poll()
    ministry.feeds.on("/4", Reply(status=404))
    ministry.poll(6, 5, 3, 2, 1)
    waiting = ministry.statement(4)
    assert (waiting.vanished_at, waiting.absence and waiting.absence.outcome) == (None, "waiting")
    assert ministry.check() == ["/4", "/3"], "its own address, and that of one which is still listed"
    gone = ministry.statement(4)
    assert gone.vanished_at is not None
    assert gone.text == "Министерство сообщает, пункт 4."
    assert gone.absence is not None
    assert (gone.absence.outcome, "404" in gone.absence.reason) == ("vanished", True)
    assert ministry.events() == ["item_vanished"]
    assert ministry.check(days=30) == []


@pytest.mark.parametrize("kind", [SourceKind.FEED, SourceKind.PAGE])
@pytest.mark.parametrize("answer", [Reply(status=410), redirect("/", 302)])
def test_gone_and_a_way_to_the_front_page_are_told_the_same(
    store: Store, feeds: FeedServer, kind: SourceKind, answer: Reply
) -> None:
    numbers = [5, 4, 3, 2, 1]
    ministry = Ministry(store, feeds, kind, numbers=numbers)
    ministry.poll()
    feeds.on("/", Reply(body=b"<html>", content_type="text/html"))
    feeds.on("/4", answer)
    ministry.poll(5, 3, 2, 1)
    ministry.check()
    assert ministry.statement(4).vanished_at is not None


def test_a_channel_is_asked_for_the_message_itself(store: Store, feeds: FeedServer) -> None:
    channel = Ministry(store, feeds, SourceKind.TELEGRAM)
    channel.poll()
    channel.poll(6, 5, 4, 2, 1)
    assert channel.check() == ["/s/ministry?before=4"], "the messages before it are the control"
    assert channel.statement(3).vanished_at is not None
    assert channel.events() == ["item_vanished"]
    channel.poll(6, 5, 4, 3, 2, 1)
    assert channel.statement(3).vanished_at is None


def test_a_message_that_is_back_by_then_has_not_vanished(store: Store, feeds: FeedServer) -> None:
    channel = Ministry(store, feeds, SourceKind.TELEGRAM)
    channel.poll()
    channel.poll(5, 4, 2, 1)
    channel.numbers = [5, 4, 3, 2, 1]
    channel.check()
    assert channel.statement(3).vanished_at is None
    assert channel.events() == []


def test_a_statement_that_is_listed_again_is_told_of(ministry: Ministry) -> None:
    ministry.poll()
    ministry.feeds.on("/4", Reply(status=404))
    ministry.poll(5, 3, 2, 1)
    ministry.check()
    ministry.poll(5, 4, 3, 2, 1)
    back = ministry.statement(4)
    assert (back.vanished_at, back.absence) == (None, None)
    assert ministry.events() == ["item_vanished", "item_returned"]
    ministry.poll(5, 3, 2, 1)
    ministry.check()
    assert ministry.statement(4).vanished_at is not None, "and taken back once more"


def test_what_is_still_at_its_address_is_asked_for_three_times_and_no_more(ministry: Ministry) -> None:
    ministry.poll()
    ministry.poll(5, 3, 2, 1)
    assert [ministry.check(**later) for later in ({}, {"days": 1}, {"days": 6}, {"days": 60})] == [
        ["/4"],
        ["/4"],
        ["/4"],
        [],
    ]
    left = ministry.statement(4)
    assert left.vanished_at is None
    assert left.absence is not None
    assert left.absence.outcome == "there"
    assert left.absence.asked_at is not None
    assert ministry.events() == []


def test_a_site_that_answers_404_to_everything_is_not_believed(ministry: Ministry) -> None:
    ministry.poll()
    for n in range(1, 6):
        ministry.feeds.on(f"/{n}", Reply(status=404))
    ministry.poll(5, 3, 2, 1)
    for _ in range(8):
        ministry.check(days=7)
    doubtful = ministry.statement(4)
    assert doubtful.vanished_at is None
    assert doubtful.absence is not None
    assert doubtful.absence.outcome == "unclear"
    assert "still listed does not answer either" in doubtful.absence.reason
    assert len([request for request in ministry.feeds.requests if request.path == "/4"]) <= 4


def test_a_server_in_trouble_is_asked_later_as_it_wants(ministry: Ministry) -> None:
    ministry.poll()
    ministry.feeds.on("/4", Reply(status=503, headers={"Retry-After": "7200"}), Reply(status=404))
    ministry.poll(5, 3, 2, 1)
    assert ministry.check() == ["/4"]
    assert ministry.check(minutes=110) == []
    assert ministry.check(minutes=15) == ["/4", "/3"]
    assert ministry.statement(4).vanished_at is not None


def test_what_rolls_out_of_the_window_is_not_asked_for(ministry: Ministry) -> None:
    ministry.poll()
    ministry.poll(7, 6, 5, 4, 3)
    assert ministry.check() == []
    assert ministry.statement(1).absence is None


def test_a_truncated_listing_is_no_evidence_and_hides_nothing(ministry: Ministry) -> None:
    ministry.poll(8, 7, 6, 5, 4, 3, 2, 1)
    ministry.poll(8, 1)
    assert ministry.check() == []
    ministry.feeds.on("/4", Reply(status=404))
    ministry.poll(8, 7, 6, 5, 3, 2, 1)
    assert ministry.check() == ["/4", "/3"], "compared with the last whole one"
    assert ministry.statement(4).vanished_at is not None


def test_a_listing_that_stays_short_is_the_new_one_after_a_day(ministry: Ministry) -> None:
    ministry.poll(8, 7, 6, 5, 4, 3, 2, 1)
    ministry.poll(8, 3, 1)
    ministry.now += timedelta(days=1)
    ministry.poll(9, 8, 3, 1)
    assert ministry.check() == []
    ministry.feeds.on("/8", Reply(status=404))
    ministry.poll(9, 3, 1)
    assert ministry.check() == ["/8", "/3"]


def test_an_empty_listing_is_no_evidence(ministry: Ministry) -> None:
    ministry.poll()
    ministry.feeds.on("/feed", Reply(body=b'<rss version="2.0"><channel></channel></rss>'))
    result = poll_source(ministry.polling, "ministry", force=True)
    assert result.fetch_id is not None
    read_fetch(ministry.reading, result.fetch_id)
    assert ministry.check() == []


def test_a_few_are_asked_for_at_once_and_the_rest_later(ministry: Ministry) -> None:
    numbers = list(range(20, 0, -1))
    ministry.poll(*numbers)
    ministry.poll(*(n for n in numbers if n % 3 or n > 18))
    assert len(ministry.check()) == 5
    assert len(ministry.check(hours=1)) == 1


def test_other_publishers_are_not_watched(store: Store, feeds: FeedServer) -> None:
    paper = Ministry(store, feeds, publisher=Publisher.INDEPENDENT)
    paper.poll()
    paper.poll(5, 3, 2, 1)
    assert paper.check() == []
    assert paper.statement(4).absence is None


def test_what_another_official_source_still_lists_is_not_missed(ministry: Ministry) -> None:
    ministry.poll()
    twin = source_config("twin", url=ministry.feeds.url("/all"))
    with ministry.store.write() as s:
        own = next(status.config for status in sources.list_sources(s))
        sources.save_sources(s, [own, twin], ministry.now, sample=False)
    ministry.feeds.on("/all", Reply(body=ministry.body([5, 4, 3])))
    result = poll_source(ministry.polling, "twin", force=True)
    assert result.fetch_id is not None
    read_fetch(ministry.reading, result.fetch_id)
    ministry.poll(5, 3, 2, 1)
    assert ministry.check() == []


def test_a_statement_that_is_back_before_the_answer_comes_is_left_alone(ministry: Ministry) -> None:
    ministry.poll()

    def put_it_back(_: Request) -> Reply:
        ministry.poll(5, 4, 3, 2, 1)
        return Reply(status=404)

    ministry.poll(5, 3, 2, 1)
    ministry.feeds.on("/4", put_it_back)
    ministry.check()
    assert ministry.statement(4).vanished_at is None
    assert ministry.events() == []


def test_vanished_items_can_be_listed(ministry: Ministry) -> None:
    ministry.poll()
    ministry.feeds.on("/4", Reply(status=404))
    ministry.poll(5, 3, 2, 1)
    ministry.check()
    with ministry.store.read() as s:
        vanished = queries.list_items(s, ItemQuery(vanished=True), limit=10).items
        others = queries.list_items(s, ItemQuery(vanished=False), limit=10).items
    assert [item.title for item in vanished] == ["Заявление № 4"]
    assert len(others) == 4


def test_a_quiet_official_source_is_asked_every_hour(ministry: Ministry) -> None:
    body = ministry.body(ministry.numbers)
    ministry.feeds.on("/feed", Reply(body=body, etag='"1"'))
    times = []
    while ministry.now < START + timedelta(days=1):
        times.append(ministry.now)
        result = poll_source(ministry.polling, "ministry")
        if result.fetch_id is not None:
            read_fetch(ministry.reading, result.fetch_id)
        with ministry.store.read() as s:
            (status,) = sources.list_sources(s)
        assert status.next_poll_at is not None
        ministry.now = status.next_poll_at
    assert max(later - earlier for earlier, later in itertools.pairwise(times)) == timedelta(hours=1)
    assert status.next_poll_reason.endswith("at most 1 h, an official source")
