"""What an alert says, as it goes out and as private feeds and live streams show it: API and worker on one store."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import feedparser
import httpx
import pytest
from fastapi.testclient import TestClient

from ceasewire.items import AlertIntent
from ceasewire.message.compose import compose
from ceasewire.store import alerts, channels, subscriptions
from ceasewire.store.alerts import list_newest
from ceasewire.store.outbox import insert_alerts
from ceasewire.store.session import Store
from tests.support.alertroom import AlertRoom
from tests.support.events import events
from tests.support.newsroom import KREMLIN_POST, newsroom
from tests.support.receiver import WebhookReceiver
from tests.support.served import served
from worker.jobs.matching import TaggedItem, insert_matching_alerts

ARTICLE = "url:https://caucasus-desk.example/kremlin-talks"
WIRE = "url:https://plain-wire.example/9731"
RUSSIAN = "url:https://neva-agency.example/a/118"
ARMENIAN = "url:https://araxes.example/news/5501"
TURKISH = "url:https://bogaz.example/dunya/771"


@dataclass
class Desk:
    """The API over a filled store, and the worker that delivers from it."""

    client: TestClient
    room: AlertRoom
    ids: dict[str, int]

    def told(self, key: str, name: str = "desk", **subscription: Any) -> Any:
        """The message about an item."""
        self.room.subscribe("stream", name=name, **subscription)
        self.room.deliver(self.room.alert(self.ids[key], name))
        with self.room.store.read() as s:
            [(_, alert)] = list_newest(s, name, 1)
        return compose(alert, self.room.links)


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Iterator[Desk]:
    with newsroom(tmp_path / "data", store.name) as (client, ids):
        room = AlertRoom(store, client.app.state.secrets)  # type: ignore[attr-defined]
        yield Desk(client, room, ids)


# --- what, who, when, why ------------------------------------------------------------------------------------------


def test_a_message_says_what_who_when_why_and_who_else(desk: Desk) -> None:
    message = desk.told(KREMLIN_POST, query={"topics": ["talks_mediation"], "words": "Пашинян*"})
    for said in (message.text, message.html):
        assert "Caucasus Desk, GB, independent" in said
        assert "@KremlinDesk on x" in said
        assert "2021-01-11 13:57 UTC" in said
        assert "Встреча с Ильхамом Алиевым" in said
        assert "Meeting with Ilham Aliyev" in said
        assert "Also carried, international: " in said
        assert "Plainwire" in said
        assert f"{desk.room.public_url}/view/items/{desk.ids[KREMLIN_POST]}" in said
        assert desk.room.links.unsubscribe("desk") in said
    assert "words “пашинян*”: " in message.text
    assert "**Пашиняном**" in message.text
    assert "<mark" in message.html
    payload = message.payload["data"]
    assert payload["why"][0]["match"]
    assert payload["other_sources"] == {"international": ["plain-wire"]}
    assert payload["item"]["translation"]["text"].startswith("Meeting with Ilham Aliyev")
    assert payload["unsubscribe"] == desk.room.links.unsubscribe("desk")


def test_a_doubtful_translation_is_told(desk: Desk) -> None:
    message = desk.told(RUSSIAN)
    assert "Warning: 162 stands in the original and not in the translation." in message.text
    assert "162 stands in the original" in message.html


@pytest.mark.parametrize(
    ("key", "note"), [(ARMENIAN, "Not translated: no model for hy"), (TURKISH, "Its translation did not come in time.")]
)
def test_a_missing_translation_is_told_with_its_reason(desk: Desk, key: str, note: str) -> None:
    message = desk.told(key)
    assert note in message.text
    assert note in message.html


def test_markup_in_a_text_stays_text(desk: Desk) -> None:
    name = '<script>alert("x")</script>'
    with desk.room.store.write() as s:
        subscriptions.insert_subscription(
            s, subscriptions.NewSubscription("evil", name, {"languages": ["en"]}, "stream", ""), desk.room.now
        )
    desk.room.deliver(desk.room.alert(desk.ids[WIRE], "evil", "<img src=x onerror=alert(1)>"))
    with desk.room.store.read() as s:
        [(_, alert)] = list_newest(s, "evil", 1)
    html = compose(alert, desk.room.links).html
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html


# --- one alert for a post and its article ---------------------------------------------------------------------------


def test_a_post_that_is_found_in_an_alerted_article_is_no_second_alert(desk: Desk) -> None:
    """As when the full text, which embeds it, is fetched after the alert on the feed's text."""
    desk.room.subscribe("stream", query={"words": "Karabakh OR Карабах*"})
    with desk.room.store.write() as s:  # the article was alerted under its own name, before the post was known
        article = desk.ids[ARTICLE]
        insert_alerts(s, [AlertIntent("desk", article, f"item:{article}", ("words",))], desk.room.now, desk.room.now)
        assert insert_matching_alerts(s, [TaggedItem(desk.ids[KREMLIN_POST], [], waits=False)], desk.room.now) == []
    [alert] = desk.room.shown()
    assert (alert.item_id, alert.copies) == (article, 1), "it is counted into it"


# --- private feeds ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["atom", "rss", "json_feed"])
def test_a_private_feed_shows_alerts_once_they_are_due(desk: Desk, form: str) -> None:
    desk.room.subscribe("feed")
    made = desk.client.post("/subscriptions/desk/feed", json={}).json()
    path = made[form].removeprefix("http://127.0.0.1:8642")
    assert titles(desk.client.get(path).text) == []
    alert = desk.room.alert(desk.ids[WIRE])
    assert titles(desk.client.get(path).text) == [], "it waits"
    desk.room.deliver(alert)
    assert titles(desk.client.get(path).text) == ["Kremlin hosts trilateral Karabakh talks (Plainwire)"]


def titles(body: str) -> list[str]:
    if body.startswith("{"):
        return [str(one["title"]) for one in json.loads(body)["items"]]
    parsed = feedparser.parse(body)
    assert not parsed.bozo
    return [str(entry.title) for entry in parsed.entries]


def test_the_address_of_a_private_feed_is_shown_once_and_taken_back(desk: Desk) -> None:
    desk.room.subscribe("feed")
    first = desk.client.post("/subscriptions/desk/feed", json={}).json()["atom"].removeprefix("http://127.0.0.1:8642")
    token = first.removeprefix("/inbox/").removesuffix(".atom")
    assert len(token) >= 43, "256 bits"
    assert token not in desk.client.get("/subscriptions/desk").text
    with desk.room.store.read() as s:
        view = subscriptions.get_subscription(s, "desk")
    assert view is not None
    assert token not in str(view)
    second = desk.client.post("/subscriptions/desk/feed", json={}).json()["atom"].removeprefix("http://127.0.0.1:8642")
    assert [desk.client.get(path).status_code for path in (first, second)] == [404, 200]
    assert desk.client.delete("/subscriptions/desk/feed").status_code == 204
    assert desk.client.get(second).status_code == 404


# --- the live stream -------------------------------------------------------------------------------------------------


def test_a_stream_gives_what_was_missed_once_and_in_order(desk: Desk) -> None:
    desk.room.subscribe("stream")
    desk.room.subscribe("stream", name="other")
    keys = (WIRE, RUSSIAN, ARMENIAN)
    with served(desk.client.app) as base:
        url = f"{base}/alerts/stream?subscription=desk"
        with httpx.stream("GET", url, timeout=20) as answer:
            coming = events(answer)
            for key in keys[:2]:
                desk.room.deliver(desk.room.alert(desk.ids[key]), desk.room.alert(desk.ids[key], "other"))
            first, second = islice(coming, 2)
        desk.room.deliver(desk.room.alert(desk.ids[keys[2]]))
        with httpx.stream("GET", url, headers={"Last-Event-ID": first.id}, timeout=20) as answer:
            again, third = islice(events(answer), 2)
    assert again == second
    seen = [json.loads(one.data)["data"]["item"]["id"] for one in (first, second, third)]
    assert seen == [desk.ids[key] for key in keys]
    assert {one.event for one in (first, second, third)} == {"alert"}


# --- what is said of a channel that fails ---------------------------------------------------------------------------


def test_a_failing_channel_is_seen_in_the_api(desk: Desk) -> None:
    with WebhookReceiver(statuses=(500,) * 1000) as receiver:
        desk.room.subscribe("webhook", receiver.url)
        desk.room.alert(desk.ids[WIRE])
        for _ in range(36):
            desk.room.later(hours=1)
            desk.room.ring()
    [alert] = desk.client.get("/alerts").json()["alerts"]
    assert (alert["state"], alert["last_error"]) == ("pending", "answered 500 Internal Server Error")
    assert alert["held"].startswith("the channel is paused: failing since 2021-01-11 16:00 UTC")
    kinds = {one["kind"]: one["message"] for one in desk.client.get("/events").json()["events"]}
    assert "its alerts are kept" in kinds["channel_paused"]
    with desk.room.store.write() as s:
        subscriptions.pause_subscription(s, "desk", "enough", desk.room.now)
    [alert] = desk.client.get("/alerts").json()["alerts"]
    assert alert["held"] == "the subscription is paused: enough"


def test_a_channel_that_is_not_set_up_is_refused(desk: Desk) -> None:
    form = {"name": "Mail", "query": {"languages": ["ru"]}, "channel": "email", "target": "desk@example.org"}
    answer = desk.client.post("/subscriptions", json=form)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "channel")
    assert "CEASEWIRE_SMTP_URL" in answer.json()["detail"]
    answer = desk.client.post("/subscriptions", json=form | {"channel": "apprise", "target": "newsdesk"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "target")


def test_a_test_message_is_marked_and_sent_once(desk: Desk) -> None:
    with WebhookReceiver() as receiver:
        desk.room.subscribe("webhook", receiver.url)
        desk.client.post("/subscriptions/desk/pause", json={})
        made = desk.client.post("/subscriptions/desk/test", json={})
        assert made.status_code == 202
        desk.room.now = desk.room.now.replace(year=2100)
        desk.room.deliver(made.json()["alert_id"], made.json()["alert_id"])
    [message] = receiver.received
    assert json.loads(message.body)["data"]["kind"] == "test"
    assert json.loads(message.body)["type"] == "test.raised"
    with desk.room.store.read() as s:
        assert channels.list_channels(s)[0].failures == 0
        assert [one.state for one in alerts.list_alerts(s).items] == ["delivered"]
