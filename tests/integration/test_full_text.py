"""Full texts on both databases: the page of an entry whose feed gives a lead, its posts, and what goes wrong."""

from collections.abc import Iterator, Mapping

import pytest

from ceasewire.conflict.model import Conflict
from ceasewire.items import Publisher, SourceConfig, SourceKind
from ceasewire.store import queries, sources
from ceasewire.store.session import Store
from ceasewire.store.views import ItemDetail
from tests.integration.test_jobs import Newsroom
from tests.support.feedserver import FeedServer, Reply
from tests.support.receiver import WebhookReceiver
from worker.jobs.enrich import enrich_items
from worker.jobs.fulltext import PAUSES, fetch_page
from worker.jobs.sweep import sweep

LEAD = "Президент Азербайджана и премьер-министр Армении обсудили мирный договор."
BODY = (
    "Встреча прошла в Женеве и продолжалась четыре часа. Стороны договорились продолжить работу над текстом.",
    "По словам участников, речь шла о границе, о дорогах и о возвращении пленных. Следующий раунд назначен на май.",
    "Посредники назвали разговор полезным и пообещали подготовить новый вариант документа до конца месяца.",
)
POST = """<blockquote class="twitter-tweet"><p lang="ru" dir="ltr">Переговоры завершены, работа продолжится</p>
&mdash; Пресс-служба (@valley_press) <a href="https://twitter.com/valley_press/status/1348688000000000000">March 1,
2026</a></blockquote>"""
FEED = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Вестник</title>
<item><title>{title}</title><link>{link}</link><pubDate>Sun, 01 Mar 2026 07:30:00 +0000</pubDate>
<description>{lead}</description></item></channel></rss>"""
TALKS = "Встреча Алиева и Пашиняна прошла в Женеве"


def page(*paragraphs: str) -> Reply:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    html = f"<!doctype html><html lang=ru><title>{TALKS}</title><body><article><h1>{TALKS}</h1>{text}</article></body>"
    return Reply(body=html.encode(), content_type="text/html; charset=utf-8")


class Desk(Newsroom):
    """A newsroom whose one source gives leads."""

    def publish(self, title: str = TALKS, lead: str = LEAD) -> None:
        body = FEED.format(title=title, lead=lead, link=self.feeds.url("/a/1")).encode()
        self.feeds.on("/feed", Reply(body=body))

    def work(self) -> None:
        """All that is due now, as the workers would do it."""
        while due := sweep(self.store, lambda: self.now, ()):
            for item_id in due.items:
                enrich_items(self.enriching, [item_id])
            for page_id in due.pages:
                fetch_page(self.polling, page_id)
            if not due.items and not due.pages:
                return
            self.later(seconds=10)

    def entry(self) -> ItemDetail:
        (found,) = [item for item in self.items() if item.kind == "entry"]
        with self.store.read() as session:
            detail = queries.get_item(session, found.id)
        assert detail is not None
        return detail

    def pages_asked(self) -> int:
        return sum(request.path == "/a/1" for request in self.feeds.requests)


@pytest.fixture
def desk(store: Store, conflicts: Mapping[str, Conflict]) -> Iterator[Desk]:
    with FeedServer() as feeds:
        desk = Desk(store, feeds, conflicts)
        desk.publish()
        feeds.on("/a/1", page(LEAD, *BODY, POST))
        kind, publisher, options = SourceKind.FEED, Publisher.WIRE, {"full_text": True}
        source = SourceConfig(
            "vestnik", "В", feeds.url(), kind, "ru", "RU", publisher, None, "Europe/Moscow", True, None, options=options
        )
        with store.write() as session:
            sources.save_sources(session, [source], desk.now, sample=False)
        yield desk


def test_the_text_of_the_page_takes_the_place_of_the_lead_which_is_kept(desk: Desk) -> None:
    desk.poll()
    desk.work()
    item = desk.entry()
    assert all(paragraph in item.text for paragraph in BODY)
    assert item.enriched_at is not None
    assert item.tags
    assert not item.revisions, "it is no edit"
    assert item.full_text is not None
    assert (item.full_text.state, item.full_text.feed_text) == ("read", LEAD)


def test_nobody_waits_for_the_page(desk: Desk) -> None:
    for item_id in desk.poll():
        enrich_items(desk.enriching, [item_id])
    item = desk.entry()
    assert (item.text, bool(item.tags), desk.pages_asked()) == (LEAD, True, 0)
    assert item.full_text is not None
    assert item.full_text.state == "waiting"


def test_the_posts_of_the_page_are_items_linked_to_it(desk: Desk) -> None:
    desk.poll()
    desk.work()
    (post,) = [item for item in desk.items() if item.kind == "post"]
    assert (post.platform, post.handle, post.text) == ("x", "valley_press", "Переговоры завершены, работа продолжится")
    assert [article.id for article in post.embedded_in] == [desk.entry().id]
    assert post.enriched_at is not None


def test_the_longer_text_makes_no_second_alert(desk: Desk) -> None:
    with WebhookReceiver() as receiver:
        desk.subscribe(receiver.url)
        desk.poll()
        desk.work()
    assert len(desk.alerts()) == 1


def test_the_next_polls_see_no_edit_and_ask_for_no_page(desk: Desk) -> None:
    desk.poll()
    desk.work()
    desk.later(hours=1)
    desk.publish(lead=f"{LEAD} ")
    assert desk.poll() == ()
    desk.work()
    assert (desk.pages_asked(), desk.entry().revisions) == (1, [])


def test_an_edit_in_the_feed_asks_for_the_page_again(desk: Desk) -> None:
    desk.poll()
    desk.work()
    desk.later(hours=1)
    desk.publish(title=f"{TALKS}, сообщили в Баку")
    assert len(desk.poll()) == 1
    desk.work()
    item = desk.entry()
    assert desk.pages_asked() == 2
    assert BODY[0] in item.text
    assert [revision.title for revision in item.revisions] == [TALKS]


def test_a_page_that_fails_three_times_leaves_the_lead_and_says_why(desk: Desk) -> None:
    desk.feeds.on("/a/1", Reply(status=503))
    desk.poll()
    for pause in (*PAUSES, *PAUSES):
        desk.work()
        desk.later(seconds=pause.total_seconds())
    desk.work()
    item = desk.entry()
    assert desk.pages_asked() == 3
    assert item.text == LEAD
    assert item.full_text is not None
    assert item.full_text.state == "failed"
    assert "503" in item.full_text.reason


@pytest.mark.parametrize("reply", [Reply(status=404), Reply(status=403)])
def test_a_page_that_is_refused_is_not_asked_for_again(desk: Desk, reply: Reply) -> None:
    desk.feeds.on("/a/1", reply)
    desk.poll()
    desk.work()
    desk.later(days=1)
    desk.work()
    assert desk.pages_asked() == 1


def test_a_page_that_says_less_than_the_feed_changes_nothing(desk: Desk) -> None:
    desk.feeds.on("/a/1", page("Войдите, чтобы читать дальше."))
    desk.poll()
    desk.work()
    item = desk.entry()
    assert item.text == LEAD
    assert item.full_text is not None
    assert item.full_text.reason == "its page says no more than the feed"
