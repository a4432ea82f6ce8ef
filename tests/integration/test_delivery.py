"""Deliveries on both databases, to real receivers, by a played clock: sent once, repeated, held back, given up."""

import json
import logging
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from ceasewire.items import Message
from ceasewire.secrets import SecretBox, make_webhook_secret
from ceasewire.store import channels, subscriptions
from ceasewire.store.events import list_events
from tests.support.alertroom import AlertRoom
from tests.support.mailserver import MailServer
from tests.support.newsroom import KREMLIN_POST
from tests.support.receiver import Received, WebhookReceiver
from worker.jobs.deliver import PAUSES, deliver_alert
from worker.notifiers import OperatorChannels

SECRET = make_webhook_secret()
WIRE = "url:https://plain-wire.example/9731"


def events_of(room: AlertRoom, kind: str) -> list[str]:
    with room.store.read() as s:
        return [one.message for one in list_events(s) if one.kind == kind]


def data(message: Received) -> Any:
    return json.loads(message.body)["data"]


# --- webhooks ---------------------------------------------------------------------------------------------------


def test_a_webhook_is_signed_as_the_standard_says(room: AlertRoom, ids: Mapping[str, int]) -> None:
    room.now = datetime.now(UTC)  # the library refuses what is older than five minutes
    with WebhookReceiver() as receiver:
        room.subscribe("webhook", receiver.url, secret=SECRET)
        room.deliver(room.alert(ids[KREMLIN_POST]))
    [message] = receiver.received
    body = Webhook(SECRET).verify(message.body, message.headers)
    assert (body["type"], body["data"]["item"]["id"]) == ("item.matched", ids[KREMLIN_POST])
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(message.body.replace(b"Kremlin", b"Gremlin"), message.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(make_webhook_secret()).verify(message.body, message.headers)


def test_two_workers_with_the_same_task_send_once(room: AlertRoom, ids: Mapping[str, int]) -> None:
    with WebhookReceiver() as receiver:
        room.subscribe("webhook", receiver.url)
        parts, alerts = room.delivering(), [room.alert(ids[KREMLIN_POST]), room.alert(ids[WIRE])]
        threads = [threading.Thread(target=deliver_alert, args=(parts, alert)) for alert in alerts * 4]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(data(one)["item"]["id"] for one in receiver.received) == sorted([ids[KREMLIN_POST], ids[WIRE]])
        room.deliver(*alerts)
        assert len(receiver.received) == 2


def test_a_worker_that_dies_while_it_sends_costs_a_double_under_the_same_key(
    room: AlertRoom, ids: Mapping[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was killed after the receiver had taken the message and before that was written down."""
    with WebhookReceiver() as receiver:
        room.subscribe("webhook", receiver.url)
        alert = room.alert(ids[WIRE])
        with monkeypatch.context() as killed:
            killed.setattr("ceasewire.store.alerts.save_delivered", lambda *_: (_ for _ in ()).throw(SystemExit))
            with pytest.raises(SystemExit):
                room.deliver(alert)
        assert room.ring() == [], "its lease still runs"
        room.later(seconds=61)
        assert room.ring() == [alert]
    assert len({one.headers["webhook-id"] for one in receiver.received}) == 1
    assert len(receiver.received) == 2
    assert room.state(alert) == ("delivered", "")


# --- failing for a while -------------------------------------------------------------------------------------------


def test_pauses_grow_are_spread_and_last_for_more_than_a_day(
    room: AlertRoom, ids: Mapping[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    with WebhookReceiver(statuses=(503,)) as receiver:
        room.subscribe("webhook", receiver.url)
        alert = room.alert(ids[WIRE])
        deliver_alert(replace(room.delivering(), jitter=lambda: 0.1), alert)
    [waiting] = room.shown()
    assert waiting.due_at - room.now == PAUSES[0] * 1.1
    [said] = [one.getMessage() for one in caplog.records if one.name == "worker.jobs.deliver"]
    assert "to subscription desk not taken, attempt 1: answered 503 Service Unavailable; again at 2021-01-11" in said
    assert receiver.url not in said
    assert list(PAUSES) == sorted(PAUSES)
    assert sum(PAUSES, timedelta()) * 0.9 > timedelta(days=1)


def test_what_a_receiver_missed_for_hours_comes_when_it_is_back(room: AlertRoom, ids: Mapping[str, int]) -> None:
    with WebhookReceiver(statuses=(503,) * 10_000) as receiver:
        room.subscribe("webhook", receiver.url)
        alerts = []
        for item_id in list(ids.values())[:4]:
            alerts.append(room.alert(item_id))
            for _ in range(6):  # an hour
                room.later(minutes=10)
                room.ring()
        assert {one.state for one in room.shown()} == {"pending"}
        receiver.recover()
        failed = len(receiver.received)
        for _ in range(10):
            room.later(hours=1)
            room.ring()
        came = Counter(one.headers["webhook-id"] for one in receiver.received[failed:])
    assert came == {one.key: 1 for one in room.shown()}, "each once, none lost"
    assert {one.state for one in room.shown()} == {"delivered"}
    assert sorted(alerts) == [one.id for one in room.shown()]


def fail_for_days(room: AlertRoom, receiver: WebhookReceiver, ids: Mapping[str, int]) -> None:
    """Two days of failures, with an alert every four hours; the sweep rings all the while."""
    items = list(ids.values())
    for hour in range(48):
        if hour % 4 == 0 and items:
            room.alert(items.pop())
        room.later(minutes=60)
        room.ring()


def test_a_channel_that_fails_for_long_is_paused_and_its_backlog_comes_as_one(
    room: AlertRoom, ids: Mapping[str, int]
) -> None:
    with WebhookReceiver(statuses=(500,) * 10_000) as receiver:
        room.subscribe("webhook", receiver.url)
        fail_for_days(room, receiver, ids)
        waiting = room.shown()
        assert {one.state for one in waiting} <= {"pending", "carried"}
        [told] = events_of(room, "channel_paused")
        assert "webhook is paused: failing since 2021-01-11 16:00 UTC" in told
        assert receiver.url not in told
        assert all("the channel is paused: failing since" in one.held for one in waiting if one.state == "pending")
        assert len(receiver.received) < 100, "a paused channel is tried by one alert at a time"
        receiver.recover()
        failed = len(receiver.received)
        room.later(minutes=31)
        room.ring()
        [backlog] = receiver.received[failed:]
        item_ids = {one["id"] for one in data(backlog)["items"]}
        assert (data(backlog)["kind"], data(backlog)["count"]) == ("backlog", len(ids))
        assert item_ids == set(ids.values())
        assert {one.state for one in room.shown()} == {"carried", "delivered"}
        assert events_of(room, "channel_resumed") == ["deliveries by webhook are taken again; what was kept goes now"]
        room.subscribe("webhook", receiver.url, name="other")
        room.deliver(room.alert(ids[WIRE], "other"))
        assert data(receiver.received[-1])["kind"] == "item", "it goes on as before"


def test_no_more_than_its_rate_goes_to_an_address(room: AlertRoom, ids: Mapping[str, int]) -> None:
    room.rates = {"webhook": 4}
    with WebhookReceiver() as receiver:
        for name in ("desk", "other"):  # two subscriptions, one address
            room.subscribe("webhook", receiver.url, name=name)
        for item_id in list(ids.values())[:5]:
            room.alert(item_id)
            room.alert(item_id, "other")
        came = []
        for _ in range(12):
            room.ring()
            came.append(len(receiver.received))
            room.later(seconds=15)
    assert came[0] == 4
    assert came[4] == 8
    assert came[8:] == [10] * 4
    assert {one.attempts for one in room.shown()} == {1}, "waiting for a turn is no attempt"


# --- for good ------------------------------------------------------------------------------------------------------


def test_a_refusal_ends_one_alert_and_is_told_without_the_address(room: AlertRoom, ids: Mapping[str, int]) -> None:
    with WebhookReceiver(statuses=(422,)) as receiver:
        room.subscribe("webhook", receiver.url)
        refused, next_one = room.alert(ids[WIRE]), room.alert(ids[KREMLIN_POST])
        room.deliver(refused, next_one)
        room.later(days=2)
        assert room.ring() == []
    assert room.state(refused) == ("dead", "answered 422 Unprocessable Entity")
    assert room.state(next_one) == ("delivered", "")
    assert events_of(room, "alert_undeliverable") == ["answered 422 Unprocessable Entity"]


def test_a_receiver_that_is_gone_pauses_its_subscription(room: AlertRoom, ids: Mapping[str, int]) -> None:
    with WebhookReceiver(statuses=(410,)) as receiver:
        room.subscribe("webhook", receiver.url)
        alert = room.alert(ids[WIRE])
        room.deliver(alert)
        room.later(days=1)
        assert room.ring() == []
        [held] = room.shown()
        assert held.held == "the subscription is paused: its receiver wants no more: answered 410 Gone"
        assert events_of(room, "subscription_paused") == ["its receiver wants no more: answered 410 Gone"]
        with room.store.write() as s:
            subscriptions.resume_subscription(s, "desk", room.now)
        assert room.ring() == [alert]
    assert room.state(alert) == ("delivered", "")


def test_a_wrong_key_of_the_operator_loses_nothing(room: AlertRoom, ids: Mapping[str, int]) -> None:
    with WebhookReceiver() as receiver:
        room.subscribe("webhook", receiver.url, secret=SECRET)
        alert = room.alert(ids[WIRE])
        wrong = replace(room.delivering(), open_secret=SecretBox("some other key for tests").decrypt)
        deliver_alert(wrong, alert)
        assert room.state(alert)[0] == "pending"
        assert "its secret was encrypted with another key" in room.state(alert)[1]
        room.later(seconds=5)
        room.ring()
    assert room.state(alert) == ("delivered", "")


class Broken:
    """A channel with an error in it."""

    def send(self, target: str, secret: str | None, message: Message) -> None:
        raise KeyError(target)


def test_an_error_of_ours_is_tried_again_and_ends_with_its_reason(
    room: AlertRoom, ids: Mapping[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    room.subscribe("webhook", "https://desk.example/hook")
    room.notifiers = {"webhook": Broken()}
    alert = room.alert(ids[WIRE])
    for pause in (timedelta(), *PAUSES):
        room.now += pause
        room.ring()
    state, error = room.state(alert)
    assert (state, "an error in Ceasewire: KeyError" in error) == ("dead", True)
    assert "could not be sent" in caplog.text
    with room.store.read() as s:
        assert channels.list_channels(s) == [], "its channel is not to blame"
    assert len(events_of(room, "alert_undeliverable")) == 1


# --- every channel ---------------------------------------------------------------------------------------------------


def test_apprise_sends_to_the_operators_address_by_its_name(room: AlertRoom, ids: Mapping[str, int]) -> None:
    with WebhookReceiver(statuses=(200, 500)) as receiver:
        port = receiver.url.split(":")[2].split("/")[0]
        room.operator = OperatorChannels(apprise={"newsdesk": f"json://127.0.0.1:{port}/t0psecret-token"})
        room.subscribe("apprise", "newsdesk")
        room.subscribe("apprise", "nowhere", name="lost")
        first, second, lost = room.alert(ids[WIRE]), room.alert(ids[KREMLIN_POST]), room.alert(ids[WIRE], "lost")
        room.deliver(first, second, lost)
    said = json.loads(receiver.received[0].body)
    assert said["title"] == "Kremlin hosts trilateral Karabakh talks (Plainwire)"
    assert "under Russian mediation" in said["message"]
    assert room.state(first) == ("delivered", "")
    state, error = room.state(second)
    assert (state, "t0psecret-token" in error, port in error) == ("pending", False, False)
    assert "apprise.yaml does not have this name" in room.state(lost)[1]


def test_no_secret_is_ever_told(room: AlertRoom, ids: Mapping[str, int], caplog: pytest.LogCaptureFixture) -> None:
    """Not in a log, an alert, an event or a channel's state, whatever fails."""
    caplog.set_level(logging.INFO)
    with WebhookReceiver(statuses=(500, 410, 400)) as receiver, MailServer(rcpt=("550 no",), data=("451 no",)) as mail:
        smtp = f"smtp://desk:hunter2hunter2@127.0.0.1:{mail.port}?starttls=no"
        apprise = {"newsdesk": f"json://user:apprise-pass@{receiver.url.split('/')[2]}/apprise-token"}
        room.operator = OperatorChannels(smtp, "alerts@example.org", apprise)
        room.subscribe("webhook", receiver.url, "hook", SECRET)
        room.subscribe("email", "desk@example.org", "mail")
        room.subscribe("apprise", "newsdesk", "app")
        for item_id in list(ids.values())[:3]:
            for name in ("hook", "mail", "app"):
                room.deliver(room.alert(item_id, name))
    with room.store.read() as s:
        told = [
            str(room.shown()),
            str(list_events(s)),
            str(channels.list_channels(s)),
            repr(room.operator),
            caplog.text,
        ]
    assert "2021" in told[-1] or caplog.records
    for secret in (SECRET, SECRET.removeprefix("whsec_"), "hunter2hunter2", "apprise-pass", "apprise-token"):
        assert not [where[:200] for where in told if secret in where], secret
