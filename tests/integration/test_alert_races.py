"""Alerts where much happens at once: a huge digest, a subscription deleted while it is matched, two workers."""

import json
import threading
from collections.abc import Mapping

from sqlalchemy.exc import IntegrityError

from ceasewire.items import AlertIntent, AlertKind, AlertState, ItemKind, Message
from ceasewire.message.compose import compose
from ceasewire.store import alerts, outbox, subscriptions
from ceasewire.store.session import Store
from tests.support.alertroom import AlertRoom
from tests.support.newsroom import KREMLIN_POST
from tests.support.receiver import WebhookReceiver
from tests.support.store_data import NOW, add_items, add_source, draft, subscribe
from worker.adapters.language import Detector
from worker.jobs.enrich import Enriching, enrich_items
from worker.jobs.evaluate import evaluate_subscription

MANY = 10_000
DETECTOR = Detector()


def message_of(room: AlertRoom, alert_id: int) -> Message:
    with room.store.write() as s:
        claimed = alerts.claim_alert(s, alert_id, room.now)
    assert claimed is not None
    return compose(claimed, room.links)


def collect(room: AlertRoom, item_ids: list[int], count: int) -> int:
    """A digest of so many alerts; returns its id."""
    room.subscribe("email", "desk@example.org", mode="digest", options={"every": "hour"}, next_run_at=room.now)
    found = [AlertIntent("desk", item_ids[n % len(item_ids)], f"item:{n}", ("words: talks",)) for n in range(count)]
    with room.store.write() as s:
        outbox.insert_alerts(s, found, room.now, room.now, AlertState.COLLECTED)
    room.later(hours=1)
    [digest] = evaluate_subscription(room.store, lambda: room.now, "desk")
    return digest


def test_a_digest_of_ten_thousand_stays_a_message(room: AlertRoom, ids: Mapping[str, int]) -> None:
    """It says how many there are, shows the newest, and is small enough for every mail server and receiver."""
    message = message_of(room, collect(room, list(ids.values()), MANY))
    assert message.subject == "Desk: 10000 stories"
    assert f"and {MANY - 60} more" in message.text
    assert len(message.html.encode()) < 1_000_000
    assert len(json.dumps(message.payload, ensure_ascii=False).encode()) < 1_000_000
    with room.store.read() as s:
        assert outbox.count_collected(s, "desk") == 0


def test_a_digest_says_of_each_why_and_who_else(room: AlertRoom, ids: Mapping[str, int]) -> None:
    message = message_of(room, collect(room, [ids[KREMLIN_POST]], 1))
    [item] = message.payload["data"]["items"]  # type: ignore[index]
    assert item["reasons"] == ["words: talks"]
    assert item["link"] == room.links.item(ids[KREMLIN_POST])
    assert item["other_sources"] == {"international": ["plain-wire"]}
    assert "Also carried, international: " in message.text


def test_a_spike_shows_the_newest_of_its_items(room: AlertRoom, ids: Mapping[str, int]) -> None:
    room.subscribe("email", "desk@example.org", mode="spike")
    body = {"headline": "Desk: 40 items in 3 h, where 4.0 are usual", "lines": [], "items": [*ids.values(), 10**6]}
    with room.store.write() as s:
        alert = outbox.insert_notice(s, "desk", AlertKind.SPIKE, "spike:1", body, room.now)
    assert alert is not None
    message = message_of(room, alert)
    for item_id in list(ids.values())[:12]:
        assert room.links.item(item_id) in message.text
        assert room.links.item(item_id) in message.html
    assert "Why it matched: <" not in message.html


def test_an_address_that_answers_nobody_is_tried_by_one_alert_at_a_time(
    room: AlertRoom, ids: Mapping[str, int]
) -> None:
    """Each try may take its whole timeout: a hundred waiting alerts must not take the workers from all others."""
    with WebhookReceiver(statuses=(503,) * 1_000) as silent, WebhookReceiver() as well:
        room.subscribe("webhook", silent.url)
        room.subscribe("webhook", well.url, name="other")
        for n in range(40):
            intent = AlertIntent("desk", ids[KREMLIN_POST], f"item:{n}", ("words",))
            with room.store.write() as s:
                outbox.insert_alerts(s, [intent], room.now, room.now)
        room.ring()
        assert len(silent.received) == 4, "three failures in a row, and the one that tries then"
        room.deliver(room.alert(ids[KREMLIN_POST], "other"))
        assert len(well.received) == 1
        for _ in range(20):  # ten minutes
            room.later(seconds=30)
            room.ring()
        assert len(silent.received) <= 10
        assert sum(one.attempts for one in room.shown("desk")) == len(silent.received)
        silent.recover()
        for _ in range(5):
            room.later(minutes=30)
            room.ring()
    assert {one.state for one in room.shown()} == {"delivered"}
    assert len({one.headers["webhook-id"] for one in silent.received}) == 40


def test_an_address_that_was_away_for_seconds_is_told_within_seconds(room: AlertRoom, ids: Mapping[str, int]) -> None:
    """However many alerts came to it meanwhile."""
    with WebhookReceiver(statuses=(503,) * 1_000) as receiver:
        room.subscribe("webhook", receiver.url)
        for n in range(20):
            with room.store.write() as s:
                outbox.insert_alerts(
                    s, [AlertIntent("desk", ids[KREMLIN_POST], f"item:{n}", ("words",))], room.now, room.now
                )
        room.ring()
        room.later(seconds=3)
        receiver.recover()
        for _ in range(3):
            room.later(seconds=5)
            room.ring()
        assert [one.state for one in room.shown()].count("delivered") >= 16, "all but those that failed themselves"


# --- at the same time -----------------------------------------------------------------------------------------------


def test_a_subscription_is_deleted_while_an_item_is_matched(store: Store) -> None:
    """The alert that is being written goes with it: nothing is left over, nobody gets an error."""
    [item_id] = add_items(store, add_source(store), draft("url:a"))
    subscribe(store, "desk", {"languages": ["ru"]})
    written, deleted, errors = threading.Event(), threading.Event(), list[BaseException]()

    def delete() -> None:
        written.wait(20)
        try:
            with store.write() as s:
                subscriptions.delete_subscription(s, "desk")
        except IntegrityError as error:
            errors.append(error)
        deleted.set()

    thread = threading.Thread(target=delete)
    thread.start()
    with store.write() as s:
        outbox.insert_alerts(s, [AlertIntent("desk", item_id, "item:1", ("words",))], NOW, NOW)
        written.set()
        assert not deleted.wait(0.3), "it waits for the alert"
    thread.join(20)
    assert errors == []
    with store.read() as s:
        assert subscriptions.get_subscription(s, "desk") is None
        assert list(alerts.list_alerts(s).items) == []


def test_a_post_and_its_article_read_by_two_workers_are_one_alert(store: Store) -> None:
    subscribe(store, "desk", {"languages": ["ru"]})
    source, parts = add_source(store), Enriching(store, DETECTOR, {}, "en", lambda: NOW)
    for n in range(6):
        text = f"Президент провёл в Кремле встречу номер {n} и рассказал журналистам о переговорах и перемирии."
        article = draft(f"url:{n}", title=f"Встреча номер {n} в Кремле", text=f"Пишут журналисты. {text}")
        fields = {"kind": ItemKind.POST, "platform": "telegram", "handle": "kremlin", "post_id": str(n)}
        post = draft(f"post:telegram:kremlin/{n}", title="", text=text, parent=f"url:{n}", **fields)
        pair = add_items(store, source, article, post)
        together = threading.Barrier(2)

        def work(item_id: int, together: threading.Barrier = together) -> None:
            together.wait(20)
            enrich_items(parts, [item_id])

        threads = [threading.Thread(target=work, args=(item_id,)) for item_id in pair]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    with store.read() as s:
        found = list(alerts.list_alerts(s).items)
    assert [one.copies for one in found] == [1] * 6


def test_a_pause_holds_what_waits_and_resuming_lets_it_go_once(room: AlertRoom, ids: Mapping[str, int]) -> None:
    room.subscribe("stream")
    waiting = room.alert(ids[KREMLIN_POST])
    with room.store.write() as s:
        subscriptions.pause_subscription(s, "desk", "paused by a user", room.now)
    room.later(days=2)
    assert room.ring() == []
    room.deliver(waiting)
    assert room.state(waiting) == ("pending", "")
    with room.store.write() as s:
        subscriptions.resume_subscription(s, "desk", room.now)
    assert room.ring() == [waiting]
    assert room.ring() == []
    assert room.state(waiting)[0] == "delivered"
