"""Posts known only by their id, filled by their platforms: both databases, a real server in the platforms' place."""

import json
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import parse_qs, urlsplit

import pytest

from ceasewire.conflict.model import Conflict
from ceasewire.items import Publisher, SourceConfig, SourceKind
from ceasewire.pipeline.oembed import PAUSES, PLATFORMS, Endpoints
from ceasewire.store import queries, sources
from ceasewire.store.session import Store
from ceasewire.store.views import ItemDetail
from tests.integration.test_jobs import Newsroom
from tests.support.feedserver import FeedServer, Reply
from tests.support.receiver import WebhookReceiver
from worker.jobs.enrich import enrich_items
from worker.jobs.lookup import LookingUp, look_up_post
from worker.jobs.sweep import sweep
from worker.jobs.translate import translate_due

ID = "2028000000000000000"
TITLE = "Встреча Алиева и Пашиняна прошла в Женеве"
TEXT = "Встреча с Ильхамом Алиевым и Николом Пашиняном завершилась"
FEED = """<rss version="2.0"><channel><title>В</title><item><title>{title}</title><link>https://v.example/1</link>
<pubDate>Sun, 01 Mar 2026 07:30:00 +0000</pubDate><description><![CDATA[<p>Стороны обсудили мирный договор.</p>
{embed}]]></description></item></channel></rss>"""
BARE_X = f"""<blockquote class="twitter-tweet"><a href="https://twitter.com/press_desk/status/{ID}"></a></blockquote>"""
BARE_TELEGRAM = '<script async src="https://telegram.org/js/w.js" data-telegram-post="valley_news/77"></script>'
MESSAGE = f"""<!doctype html><body><div class="tgme_widget_message" data-post="valley_news/77">
<a class="tgme_widget_message_owner_name">Новости долины</a>
<div class="tgme_widget_message_text">{TEXT}</div><time datetime="2026-03-01T07:12:00+00:00"></time></div>"""
NOT_FOUND = '<!doctype html><body><div class="tgme_widget_message_error">Post not found</div>'


def x_answer(text: str = TEXT, post_id: str = ID) -> Reply:
    link = f'<a href="https://twitter.com/press_desk/status/{post_id}?ref_src=twsrc%5Etfw">March 1, 2026</a>'
    html = f'<blockquote class="twitter-tweet" data-dnt="true"><p lang="ru" dir="ltr">{text}</p>&mdash; Пресс-служба'
    body = {"type": "rich", "author_name": "Пресс-служба", "html": f"{html} (@press_desk) {link}</blockquote>\n"}
    return Reply(body=json.dumps(body).encode(), content_type="application/json")


class Desk(Newsroom):
    """A newsroom whose one article embeds a post by its id."""

    def publish(self, embed: str) -> None:
        self.feeds.on("/feed", Reply(body=FEED.format(title=TITLE, embed=embed).encode()))
        source = SourceConfig(
            "vestnik", "В", self.feeds.url(), SourceKind.FEED, "ru", "RU", Publisher.WIRE, None, None, True, None
        )
        with self.store.write() as session:
            sources.save_sources(session, [source], self.now, sample=False)
        for item_id in self.poll():
            enrich_items(self.enriching, [item_id])

    def x(self, *replies: Reply) -> None:
        """What X answers, whatever the order of the parameters."""
        self.feeds.on(f"/oembed?url=https%3A%2F%2Fx.com%2Fpress_desk%2Fstatus%2F{ID}&omit_script=1&dnt=1", *replies)

    def telegram(self, *replies: Reply) -> None:
        self.feeds.on("/valley_news/77?embed=1&mode=tme", *replies)

    def look_up(self, platforms: Sequence[str] = PLATFORMS) -> list[str]:
        """All that is due now, and what follows from it; the addresses that were asked."""
        before = len(self.feeds.requests)
        parts = LookingUp(self.polling, Endpoints(self.feeds.url("/oembed"), self.feeds.url("")))
        while due := sweep(self.store, lambda: self.now, (), platforms).lookups:
            for lookup_id in due:
                for item_id in look_up_post(parts, lookup_id):
                    enrich_items(self.enriching, [item_id])
            self.later(seconds=10)
        translate_due(self.translating)
        return [request.path for request in self.feeds.requests[before:]]

    def post(self) -> ItemDetail:
        (found,) = [item for item in self.items() if item.kind == "post"]
        with self.store.read() as session:
            detail = queries.get_item(session, found.id)
        assert detail is not None
        return detail


@pytest.fixture
def desk(store: Store, conflicts: Mapping[str, Conflict]) -> Iterator[Desk]:
    with FeedServer() as feeds:
        yield Desk(store, feeds, conflicts)


def test_nothing_is_asked_unless_the_operator_allows_it(desk: Desk) -> None:
    desk.publish(BARE_X)
    assert desk.look_up(platforms=()) == []
    assert (desk.post().text, desk.post().lookup) == ("", None)


def test_a_post_on_x_is_filled_and_goes_the_way_of_every_item(desk: Desk) -> None:
    desk.publish(BARE_X)
    desk.x(x_answer())
    (asked,) = desk.look_up()
    assert parse_qs(urlsplit(asked).query) == {
        "url": [f"https://x.com/press_desk/status/{ID}"],
        "omit_script": ["1"],
        "dnt": ["1"],
    }
    post = desk.post()
    assert (post.text, post.handle, post.author, post.language) == (TEXT, "press_desk", "Пресс-служба", "ru")
    assert post.date_kind == "exact"
    assert "talks_mediation" in {tag.id for tag in post.tags}
    assert post.translation is not None
    assert [article.title for article in post.embedded_in] == [TITLE]
    assert post.revisions == []
    assert post.lookup is not None
    assert post.lookup.outcome == "filled"
    desk.later(days=30)
    assert desk.look_up() == []


def test_a_message_on_telegram_is_filled_from_its_embed_page(desk: Desk) -> None:
    desk.publish(BARE_TELEGRAM)
    desk.telegram(Reply(body=MESSAGE.encode(), content_type="text/html; charset=utf-8"))
    assert desk.look_up() == ["/valley_news/77?embed=1&mode=tme"]
    post = desk.post()
    assert (post.text, post.handle, post.author) == (TEXT, "valley_news", "Новости долины")
    assert (f"{post.published_at:%F %R}", post.date_kind) == ("2026-03-01 07:12", "exact")


def test_a_filled_post_makes_no_second_alert(desk: Desk) -> None:
    with WebhookReceiver() as receiver:
        desk.subscribe(receiver.url)
        desk.publish(BARE_X)
        desk.x(x_answer())
        assert len(desk.alerts()) == 1
        desk.look_up()
        assert desk.post().tags
        assert len(desk.alerts()) == 1


def test_a_post_that_is_gone_says_so(desk: Desk) -> None:
    desk.publish(BARE_X)
    desk.x(Reply(status=404))
    desk.look_up()
    lookup = desk.post().lookup
    assert lookup is not None
    assert (lookup.outcome, "404" in lookup.reason) == ("gone", True)
    desk.later(days=30)
    assert desk.look_up() == []


def test_a_message_that_is_gone_says_so(desk: Desk) -> None:
    desk.publish(BARE_TELEGRAM)
    desk.telegram(Reply(body=NOT_FOUND.encode(), content_type="text/html"))
    desk.look_up()
    lookup = desk.post().lookup
    assert lookup is not None
    assert (lookup.outcome, lookup.reason) == ("gone", "Telegram says: Post not found")


def test_a_protected_post_is_not_asked_for_again(desk: Desk) -> None:
    desk.publish(BARE_X)
    desk.x(Reply(status=403))
    desk.look_up()
    desk.later(days=2)
    assert desk.look_up() == []
    lookup = desk.post().lookup
    assert lookup is not None
    assert lookup.outcome == "refused"


def test_a_throttling_platform_is_left_alone_as_long_as_it_asks(desk: Desk) -> None:
    desk.publish(BARE_X)
    desk.x(Reply(status=429, headers={"Retry-After": "3600"}), x_answer())
    assert len(desk.look_up()) == 1
    desk.later(minutes=55)
    assert desk.look_up() == []
    desk.later(minutes=6)
    assert len(desk.look_up()) == 1
    assert desk.post().text == TEXT


def test_a_failing_platform_is_asked_with_growing_pauses_and_then_no_more(desk: Desk) -> None:
    desk.publish(BARE_X)
    desk.x(Reply(status=500))
    assert len(desk.look_up()) == 1
    for pause in PAUSES:
        desk.later(seconds=pause.total_seconds() - 60)
        assert desk.look_up() == []
        desk.later(seconds=60)
        assert len(desk.look_up()) == 1
    desk.later(days=30)
    assert desk.look_up() == []
    lookup = desk.post().lookup
    assert lookup is not None
    assert (lookup.outcome, "500" in lookup.reason) == ("unclear", True)


@pytest.mark.parametrize("body", [b"<html>sign in", b"[]", b'{"html": 7}', b'{"html": "<p>no post</p>"}'])
def test_an_answer_that_is_none_changes_nothing(desk: Desk, body: bytes) -> None:
    desk.publish(BARE_X)
    desk.x(Reply(body=body, content_type="application/json"), x_answer())
    desk.look_up()
    assert desk.post().text == ""
    desk.later(seconds=PAUSES[0].total_seconds())
    desk.look_up()
    assert desk.post().text == TEXT


def test_another_post_in_the_answer_is_not_taken_for_this_one(desk: Desk) -> None:
    desk.publish(BARE_X)
    desk.x(x_answer(post_id="2028000000000000001"))
    desk.look_up()
    assert desk.post().text == ""


def test_a_text_that_came_from_elsewhere_meanwhile_stays(desk: Desk) -> None:
    desk.publish(BARE_X)
    sweep(desk.store, lambda: desk.now, (), PLATFORMS)
    desk.later(hours=1)
    html = json.loads(x_answer("Сказанное в статье").body)["html"]
    desk.publish(html)
    assert desk.look_up() == []
    assert desk.post().text == "Сказанное в статье"
    lookup = desk.post().lookup
    assert lookup is not None
    assert lookup.outcome == "filled"


def test_a_copied_post_and_its_id_are_one_item_once_the_text_is_known(desk: Desk) -> None:
    copied = f"<p>{TEXT}</p>\n\n<p>— Пресс-служба (@press_desk) March 1, 2026</p>"
    desk.publish(copied + BARE_X)
    assert len([item for item in desk.items() if item.kind == "post"]) == 2
    desk.x(x_answer())
    desk.look_up()
    assert (desk.post().text, desk.post().post_id) == (TEXT, ID)
