"""The outbox: one alert per subscription and piece of news, delivered by one worker at a time."""

import threading
from datetime import datetime

import pytest

from ceasewire.errors import InvalidQuery
from ceasewire.items import AlertIntent
from ceasewire.store import alerts, outbox, subjects, subscriptions, work
from ceasewire.store.session import Store
from tests.support.store_data import (
    NOW,
    add_items,
    add_source,
    draft,
    enrich,
    ids_of,
    later,
    subscribe,
    tagging,
    translation,
)


def subscribe_to_talks(store: Store, subscription_id: str = "talks") -> None:
    query = {"conflict": "karabakh", "topics": ["talks"]}
    subscribe(store, subscription_id, query, target="https://example.org/hook", secret="gAAAA…")


def intent(item_id: int, key: str = "item:1", subscription_id: str = "talks") -> AlertIntent:
    return AlertIntent(subscription_id, item_id, key, ("topic talks: встреча",))


@pytest.fixture
def item_id(store: Store) -> int:
    subscribe_to_talks(store)
    [item_id] = add_items(store, add_source(store), draft("url:a", title="Встреча"))
    enrich(store, item_id, tagging("talks"))
    return item_id


def insert(store: Store, *intents: AlertIntent, due_at: datetime = NOW) -> list[int]:
    with store.write() as s:
        return outbox.insert_alerts(s, intents, due_at, NOW)


def claim(store: Store, alert_id: int, at: datetime) -> alerts.AlertForDelivery | None:
    with store.write() as s:
        return alerts.claim_alert(s, alert_id, at)


def test_one_piece_of_news_is_one_alert(store: Store, item_id: int) -> None:
    subscribe_to_talks(store, "other")
    first = insert(store, intent(item_id), intent(item_id), intent(item_id, subscription_id="other"))
    assert len(first) == 2
    assert insert(store, intent(item_id)) == []
    assert len(insert(store, intent(item_id, "item:2"))) == 1


def test_an_alert_carries_all_that_its_message_says(store: Store, item_id: int) -> None:
    [alert_id] = insert(store, intent(item_id))
    claimed = claim(store, alert_id, NOW)
    assert claimed is not None
    assert (claimed.subscription.target, claimed.subscription.secret) == ("https://example.org/hook", "gAAAA…")
    assert claimed.item is not None
    assert (claimed.item.title, claimed.item.source_name, claimed.item.tags[0].id) == ("Встреча", "Kremlin", "talks")
    assert claimed.reasons == ["topic talks: встреча"]
    again = claim(store, alert_id, later(61))
    assert again is not None
    assert (again.key, again.attempts) == (claimed.key, 2)  # the idempotency key is the same


def test_an_alert_is_claimed_once(store: Store, item_id: int) -> None:
    ids = insert(store, *(intent(item_id, f"item:{n}") for n in range(20)))
    start, claimed = threading.Barrier(6), []

    def claim_all() -> None:
        start.wait(30)
        for alert_id in ids:
            claimed.extend([alert_id] if claim(store, alert_id, NOW) else [])

    threads = [threading.Thread(target=claim_all) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == ids


def test_the_wait_for_a_translation_ends_with_it(store: Store, item_id: int) -> None:
    [alert_id] = insert(store, intent(item_id), due_at=later(120))
    with store.write() as s:
        assert alerts.ring_due_alerts(s, later(119)) == []
        work.save_translation(s, item_id, translation("Meeting"), [], later(20))
        assert outbox.hasten_alerts(s, [item_id], later(20)) == [alert_id]
        assert alerts.ring_due_alerts(s, later(20)) == [alert_id]
    claimed = claim(store, alert_id, later(20))
    assert claimed is not None
    assert claimed.item is not None
    assert claimed.item.translation is not None


def test_delivered_retried_dead(store: Store, item_id: int) -> None:
    ids = insert(store, *(intent(item_id, f"item:{n}") for n in range(3)))
    for alert_id in ids:
        assert claim(store, alert_id, NOW) is not None
    with store.write() as s:
        alerts.save_delivered(s, ids[0], later(1))
        alerts.save_retry(s, ids[1], "503", later(30))
        alerts.save_dead(s, ids[2], "410: gone", later(1))
        assert alerts.ring_due_alerts(s, later(29)) == []
        assert alerts.ring_due_alerts(s, later(30)) == [ids[1]]
        # A translation that comes now does not shorten the pause that a failure earned.
        assert outbox.hasten_alerts(s, [item_id], later(2)) == []
    with store.read() as s:
        found = {one.id: one for one in alerts.list_alerts(s).items}
    assert [found[one].state for one in ids] == ["delivered", "pending", "dead"]
    assert (found[ids[0]].delivered_at, found[ids[1]].last_error, found[ids[2]].last_error) == (
        later(1),
        "503",
        "410: gone",
    )


def test_a_paused_subscription_delivers_nothing_and_loses_nothing(store: Store, item_id: int) -> None:
    [alert_id] = insert(store, intent(item_id))
    with store.write() as s:
        assert subscriptions.pause_subscription(s, "talks", "its endpoint is gone", NOW)
        assert alerts.ring_due_alerts(s, NOW) == []
        assert alerts.claim_alert(s, alert_id, NOW) is None
        subscriptions.resume_subscription(s, "talks", NOW)
        assert alerts.ring_due_alerts(s, NOW) == [alert_id]
        assert not subscriptions.pause_subscription(s, "nobody", "", NOW)


def test_subscriptions_come_and_go(store: Store, item_id: int) -> None:
    insert(store, intent(item_id))
    with store.write() as s:
        [view] = subscriptions.list_subscriptions(s)
        assert subscriptions.get_subscription(s, "talks") == view
        assert view.query == {"conflict": "karabakh", "topics": ["talks"]}
        assert subscriptions.delete_subscription(s, "talks")
        assert not subscriptions.delete_subscription(s, "talks")
        assert subscriptions.get_subscription(s, "talks") is None
        assert alerts.list_alerts(s).items == []


def test_the_list_has_pages(store: Store, item_id: int) -> None:
    subscribe_to_talks(store, "other")
    ids = insert(store, *(intent(item_id, f"item:{n}") for n in range(5)))
    insert(store, intent(item_id, subscription_id="other"))
    with store.read() as s:
        first = alerts.list_alerts(s, "talks", limit=3)
        second = alerts.list_alerts(s, "talks", limit=3, cursor=first.next)
        with pytest.raises(InvalidQuery):
            alerts.list_alerts(s, cursor="nonsense")
    assert [*ids_of(first.items), *ids_of(second.items)] == ids[::-1]
    assert second.next is None


def test_what_subscriptions_are_matched_against(store: Store) -> None:
    source = add_source(store)
    [article, post] = add_items(
        store, source, draft("url:a", title="Кремль", text="Встреча"), draft("x:1", parent="url:a", shape="blockquote")
    )
    enrich(store, article)
    with store.write() as s:
        work.save_translation(s, article, translation("Kremlin", "Meeting"), [], NOW)
        facts = subjects.get_subjects(s, [article])[article]
        with pytest.raises(LookupError):
            subjects.get_subjects(s, [999])
    assert (facts.source_id, facts.language, facts.embedded_posts) == ("kremlin", "ru", [post])
    assert (facts.original, facts.translation) == ("Кремль\nВстреча", "Kremlin\nMeeting")
