"""Paging back through a channel's preview on both databases, against a server that plays t.me/s/CHANNEL."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from ceasewire.items import SourceKind
from ceasewire.store import queries, sources
from ceasewire.store.session import Store
from ceasewire.store.views import ItemQuery
from tests.support.feedserver import FeedServer, Reply, Request
from tests.support.store_data import source_config
from worker.adapters.http import HttpFetcher
from worker.adapters.politeness import GapRules, LocalHostGate
from worker.jobs.older import MAX_PAGES
from worker.jobs.poll import Polling, poll_source
from worker.jobs.read import Reading, read_fetch

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
LOOPBACK = ("127.0.0.0/8",)
PAGE = 20
MESSAGE = """<div class="tgme_widget_message" data-post="valley_news/{n}">
<div class="tgme_widget_message_text">Сообщение номер {n} о дорогах долины</div>
<time datetime="2026-03-01T07:00:00+00:00"></time></div>"""


@dataclass
class Channel:
    """A channel with messages 1 to `last`, as its preview shows them, and the jobs that read it."""

    store: Store
    feeds: FeedServer
    last: int = 30
    now: datetime = START
    broken: set[int] = field(default_factory=set)  # `before` numbers that answer 503

    def __post_init__(self) -> None:
        self.feeds.on("/s/valley_news", self.answer)
        url = self.feeds.url("/s/valley_news")
        source = source_config("valley", url=url, kind=SourceKind.TELEGRAM)
        with self.store.write() as s:
            sources.save_sources(s, [source], self.now, sample=False)
        for before in range(200):
            self.feeds.on(f"/s/valley_news?before={before}", self.answer)
        fetcher = HttpFetcher(clock=lambda: self.now, allow_networks=LOOPBACK)
        gate = LocalHostGate(GapRules(allow_networks=LOOPBACK))
        self.polling = Polling(self.store, fetcher, gate, lambda: self.now, lambda: 0.0)
        self.reading = Reading(self.store, lambda: self.now, lambda: 0.0)

    def answer(self, request: Request) -> Reply:
        asked = parse_qs(urlsplit(request.path).query).get("before")
        until = int(asked[0]) if asked else self.last + 1
        if until in self.broken:
            return Reply(status=503)
        messages = "".join(MESSAGE.format(n=n) for n in range(max(1, until - PAGE), until))
        return Reply(body=f"<!doctype html><body>{messages}".encode(), content_type="text/html", etag=f'"{self.last}"')

    def poll_until_quiet(self) -> list[str]:
        """Poll while the source is due; the queries that were asked."""
        before = len(self.feeds.requests)
        self.now += timedelta(days=1)
        while True:
            result = poll_source(self.polling, "valley")
            if result.fetch_id is None:
                return [urlsplit(request.path).query for request in self.feeds.requests[before:]]
            read_fetch(self.reading, result.fetch_id)

    def numbers(self) -> list[int]:
        with self.store.read() as s:
            shown = queries.list_items(s, ItemQuery(), limit=500).items
        return sorted(int(item.post_id or 0) for item in shown)


@pytest.fixture
def channel(store: Store) -> Iterator[Channel]:
    with FeedServer() as feeds:
        yield Channel(store, feeds)


def test_a_new_channel_is_read_by_one_page(channel: Channel) -> None:
    assert channel.poll_until_quiet() == [""]
    assert channel.numbers() == list(range(11, 31))


def test_it_pages_back_to_what_is_known_and_no_further(channel: Channel) -> None:
    channel.poll_until_quiet()
    channel.last = 75
    assert channel.poll_until_quiet() == ["", "before=56", "before=36"]
    assert channel.numbers() == list(range(11, 76))


def test_a_page_with_one_known_message_is_enough(channel: Channel) -> None:
    channel.poll_until_quiet()
    channel.last = 45
    assert channel.poll_until_quiet() == [""]


def test_it_gives_up_after_a_few_pages_and_says_so(channel: Channel) -> None:
    channel.poll_until_quiet()
    channel.last = 190
    assert len(channel.poll_until_quiet()) == MAX_PAGES
    with channel.store.read() as s:
        (status,) = sources.list_sources(s)
    assert "given up after 5 pages" in status.last_reason
    assert status.next_poll_at is not None
    assert status.next_poll_at > channel.now


def test_an_older_page_that_fails_is_tried_again_and_counts(channel: Channel) -> None:
    channel.poll_until_quiet()
    channel.last, channel.broken = 75, {56}
    assert channel.poll_until_quiet() == ["", "before=56"]
    channel.broken = set()
    assert channel.poll_until_quiet() == ["before=56", "before=36"]
    assert channel.numbers() == list(range(11, 76))


def test_an_older_page_changes_nothing_of_what_is_known_of_the_channel(channel: Channel) -> None:
    channel.poll_until_quiet()
    channel.last = 75
    channel.poll_until_quiet()
    channel.now += timedelta(hours=12)
    poll_source(channel.polling, "valley")
    last = channel.feeds.requests[-1]
    assert (urlsplit(last.path).query, last.headers.get("if-none-match")) == ("", '"75"')
