"""Subscriptions of every mode over stored items, on both databases, with a clock that is played."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest

from ceasewire.backtest import Backtest, backtest
from ceasewire.items import AlertKind
from ceasewire.pipeline.subscription import Known, Subscription, parse_subscription
from ceasewire.store import alerts, events, sources, subscriptions
from ceasewire.store.alerts import AlertView
from ceasewire.store.polls import PollUpdate, save_poll
from ceasewire.store.session import Store
from ceasewire.subscribing import insert_test, new_subscription
from tests.support.store_data import NOW, claim_source, draft, later, save_changed, save_new, source_config
from worker.adapters.language import Detector
from worker.jobs.enrich import Enriching, enrich_items
from worker.jobs.evaluate import evaluate_subscription
from worker.jobs.matching import TaggedItem, insert_matching_alerts

REPORT = """Главы внешнеполитических ведомств Армении и Азербайджана встретились в Алматы и продолжили согласование
мирного договора. По итогам стороны сообщили о продвижении в вопросах разграничения границы и разблокирования дорог,
но текст соглашения пока не согласован полностью. Следующая встреча пройдёт в Вашингтоне до конца месяца."""
HOURS = timedelta(hours=1)
ALWAYS = NOW + timedelta(days=3650)  # no lease lasts so long
DETECTOR = Detector()
SIDES = {"tass": "russia", "kremlin": "russia", "apa": "azerbaijan", "civilnet": "armenia"}


@pytest.fixture(autouse=True)
def offices(store: Store) -> None:
    """A source or two of each side."""
    with store.write() as s:
        configs = [source_config(name, side=side, country=None) for name, side in SIDES.items()]
        sources.save_sources(s, configs, NOW, sample=False)


def wanted(**fields: Any) -> Subscription:
    """Through the same door as API and file."""
    form = {"name": "Desk", "channel": "webhook", "target": "https://desk.example/hook", **fields}
    return parse_subscription(form, Known({}, list(SIDES), sorted(SIDES.values()), []))


def subscribe(store: Store, subscription_id: str = "desk", now: datetime = NOW, **fields: Any) -> None:
    with store.write() as s:
        subscriptions.insert_subscription(s, new_subscription(subscription_id, wanted(**fields), now), now)


def alerts_of(store: Store, subscription_id: str = "desk") -> list[AlertView]:
    """Oldest first."""
    with store.read() as s:
        return list(alerts.list_alerts(s, subscription_id, limit=100).items)[::-1]


def look(store: Store, at: datetime, subscription_id: str = "desk") -> list[AlertView]:
    """One run of the clock; returns what it made."""
    new = evaluate_subscription(store, lambda: at, subscription_id)
    return [one for one in alerts_of(store, subscription_id) if one.id in new]


def come(store: Store, source_id: str, title: str, at: datetime = NOW, text: str = "") -> int:
    """An item comes, is enriched and matched."""
    key = f"url:{source_id}:{title}:{at:%FT%T}"
    with store.write() as s:
        source = claim_source(s, source_id, ALWAYS, lease_seconds=0, force=True)
        assert source is not None
        new = draft(key, title=title, text=text, published_at=at)
        [item_id] = save_new(s, source, new, now=at).new_ids
    enrich_items(Enriching(store, DETECTOR, {}, "ru", lambda: at), [item_id])
    return item_id


def edit(store: Store, source_id: str, item_id: int, text: str, at: datetime) -> None:
    """Its source changes the text of an item."""
    with store.write() as s:
        source = claim_source(s, source_id, ALWAYS, lease_seconds=0, force=True)
        assert source is not None
        save_changed(s, source, item_id, draft(f"url:{item_id}", title="Новость", text=text), at)
    enrich_items(Enriching(store, DETECTOR, {}, "ru", lambda: at), [item_id])


def delivered(store: Store, alert_id: int, at: datetime) -> None:
    with store.write() as s:
        assert alerts.claim_alert(s, alert_id, at) is not None
        alerts.save_delivered(s, alert_id, at)


# --- one alert per story ----------------------------------------------------------------------------------------


def test_copies_and_edits_are_counted_into_the_alert(store: Store) -> None:
    subscribe(store, query={"languages": ["ru"]})
    first = come(store, "tass", "Переговоры в Алматы", text=REPORT)
    come(store, "apa", "Переговоры в Алматы", later(60), text=REPORT)
    come(store, "civilnet", "Переговоры в Алматы", later(90), text=REPORT)
    edit(store, "tass", first, f"{REPORT} Дополнено.", later(120))
    edit(store, "tass", first, f"{REPORT} Дополнено.", later(150))  # the same text once more
    [alert] = alerts_of(store)
    assert (alert.item_id, alert.kind, alert.copies, alert.edits) == (first, "item", 2, 1)
    assert alert.later_sources == ["apa", "civilnet"]


def test_who_wants_updates_gets_them_once_the_alert_was_sent(store: Store) -> None:
    subscribe(store, query={"languages": ["ru"]}, copies="update")
    first = come(store, "tass", "Переговоры в Алматы", text=REPORT)
    edit(store, "tass", first, f"{REPORT} Исправлено.", later(10))  # before it was sent: it says so itself
    [alert] = alerts_of(store)
    delivered(store, alert.id, later(20))
    copy = come(store, "apa", "Переговоры в Алматы", later(60), text=REPORT)
    come(store, "civilnet", "Переговоры в Алматы", later(61), text=REPORT)  # while the update waits
    _, update = alerts_of(store)
    assert (update.kind, update.item_id, update.body["of"], update.body["change"]) == (
        "update",
        copy,
        alert.key,
        "copy",
    )
    with store.write() as s:
        claimed = alerts.claim_alert(s, update.id, later(62))
    assert claimed is not None
    assert [one.source_id for one in claimed.follow_ups] == ["tass", "apa", "civilnet"]


def test_copies_wait_for_each_other_and_an_edit_for_none(store: Store) -> None:
    subscribe(store, query={"languages": ["ru"]}, copies="update")
    first = come(store, "tass", "Переговоры в Алматы", text=REPORT)
    [alert] = alerts_of(store)
    delivered(store, alert.id, later(1))
    come(store, "apa", "Переговоры в Алматы", later(60), text=REPORT)
    _, update = alerts_of(store)
    assert update.due_at == later(60)
    delivered(store, update.id, later(61))
    come(store, "civilnet", "Переговоры в Алматы", later(120), text=REPORT)
    *_, gathering = alerts_of(store)
    assert (gathering.due_at, gathering.body["change"]) == (later(660), "copy")
    edit(store, "tass", first, f"{REPORT} Исправлено.", later(180))
    *_, told = alerts_of(store)
    assert (told.id, told.due_at, told.body["change"], told.item_id) == (gathering.id, later(180), "edit", first)
    assert len(alerts_of(store)) == 3


def test_matching_the_same_text_again_adds_nothing(store: Store) -> None:
    subscribe(store, query={"languages": ["ru"]}, copies="update")
    item_id = come(store, "tass", "Переговоры в Алматы", text=REPORT)
    [alert] = alerts_of(store)
    delivered(store, alert.id, later(5))
    for _ in range(2):  # as after a new translation
        with store.write() as s:
            assert insert_matching_alerts(s, [TaggedItem(item_id, [], waits=False)], later(10)) == []
    assert [(one.id, one.edits) for one in alerts_of(store)] == [(alert.id, 0)]


def test_each_waits_for_the_translation_as_long_as_it_wants(store: Store) -> None:
    subscribe(store, "patient", query={"languages": ["ru"]}, wait_seconds=600)
    subscribe(store, "hasty", query={"languages": ["ru"]}, wait_seconds=0)
    with store.write() as s:
        source = claim_source(s, "tass", ALWAYS, lease_seconds=0, force=True)
        assert source is not None
        [item_id] = save_new(s, source, draft("url:a", title="Новость")).new_ids
    due = enrich_items(Enriching(store, DETECTOR, {}, "en", lambda: NOW), [item_id]).alerts
    [hasty], [patient] = alerts_of(store, "hasty"), alerts_of(store, "patient")
    assert (list(due), hasty.due_at, patient.due_at) == ([hasty.id], NOW, later(600))


def test_an_item_in_the_target_language_never_says_that_its_translation_is_missing(store: Store) -> None:
    subscribe(store, query={"languages": ["ru"], "words": "новость", "words_in": "both"})
    come(store, "tass", "Новость")
    [alert] = alerts_of(store)
    with store.write() as s:
        claimed = alerts.claim_alert(s, alert.id, NOW)
    assert claimed is not None
    assert claimed.item is not None
    assert claimed.item.translation_state == "not_needed"


def test_a_change_of_subscriptions_counts_for_the_next_item(store: Store) -> None:
    subscribe(store, query={"words": "переговоры"})
    come(store, "tass", "Переговоры начались")
    subscribe(store, "late", query={"words": "переговоры"})
    with store.write() as s:
        subscriptions.pause_subscription(s, "desk", "enough", NOW)
    come(store, "tass", "Переговоры идут", later(60))
    assert (len(alerts_of(store)), len(alerts_of(store, "late"))) == (1, 1)


# --- digests ---------------------------------------------------------------------------------------------------


def test_a_digest_carries_what_was_collected(store: Store) -> None:
    subscribe(store, query={"languages": ["ru"]}, mode="digest", options={"every": "hour"})
    items = [come(store, "tass", f"Новость {n}", later(n)) for n in range(3)]
    assert {one.state for one in alerts_of(store)} == {"collected"}
    with store.write() as s:
        assert alerts.ring_due_alerts(s, later(4000)) == []
        assert subscriptions.ring_due_subscriptions(s, later(3599)) == []
        assert subscriptions.ring_due_subscriptions(s, later(3600)) == ["desk"]
    assert look(store, later(3599)) == []
    [digest] = look(store, later(3605))
    assert (digest.kind, digest.item_id, digest.body["count"]) == ("digest", None, 3)
    assert {one.carried_by for one in alerts_of(store)[:3]} == {digest.id}
    with store.write() as s:
        claimed = alerts.claim_alert(s, digest.id, later(3606))
    assert claimed is not None
    assert [one.item and one.item.id for one in claimed.carried] == items[::-1]
    assert look(store, later(7300)) == []  # nothing came, nothing is sent
    come(store, "tass", "Новость 4", later(7400))
    assert [one.body["count"] for one in look(store, later(10_900))] == [1]


def test_several_workers_make_one_digest(store: Store) -> None:
    subscribe(store, query={"languages": ["ru"]}, mode="digest", options={"every": "hour"})
    come(store, "tass", "Новость")
    start = threading.Barrier(4)

    def run() -> None:
        start.wait(30)
        evaluate_subscription(store, lambda: later(3600), "desk")

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.kind for one in alerts_of(store)] == ["item", "digest"]


# --- spike, silence, trouble -------------------------------------------------------------------------------------


def test_a_spike_is_told_once(store: Store) -> None:
    start = NOW - timedelta(weeks=3)
    for hour in range(0, 3 * 168, 6):
        come(store, "tass", f"Обстрел, день {hour}", start + hour * HOURS)
    subscribe(store, query={"words": "обстрел"}, mode="spike", options={"window_hours": 6, "min_sources": 3})
    assert look(store, NOW) == []
    for minute in range(12):
        for source in ("tass", "apa", "civilnet"):
            come(store, source, f"Обстрел, {source}, минута {minute}", later(60 * minute))
            come(store, source, f"Погода, {source}, минута {minute}", later(60 * minute))
    [spike] = look(store, later(900))
    assert (spike.kind, spike.body["count"], spike.body["sources"]) == ("spike", 36, ["apa", "civilnet", "tass"])
    assert 1 <= spike.body["expected"] < spike.body["threshold"] < 10
    assert look(store, later(1800)) == []  # it cools
    assert "36 items in 6 h" in spike.body["headline"]


def test_a_silence_is_told_once_with_what_may_be_our_own_fault(store: Store) -> None:
    for hour in range(4):
        come(store, "apa", f"Новость {hour}", NOW - hour * HOURS)
    come(store, "civilnet", "Последняя новость", NOW - 9 * HOURS)
    watch = {"hours": 6, "sides": ["armenia"], "min_others": 3}
    subscribe(store, mode="silence", options=watch)
    failed = PollUpdate("timeout", later(60), "failed", 900, 1.0, reason="no answer")
    with store.write() as s:
        save_poll(s, "civilnet", failed, NOW)
    [silence] = look(store, NOW)
    assert (silence.body["watched"], silence.body["failing"]) == ("side:armenia", ["civilnet"])
    assert silence.body["since"] == f"{NOW - 9 * HOURS:%FT%T}Z"
    assert look(store, later(600)) == []
    come(store, "civilnet", "Снова здесь", later(700))
    assert look(store, later(1200)) == []
    for hour in range(7):
        come(store, "apa", f"Ещё новость {hour}", later(1200) + hour * HOURS)
    assert len(look(store, later(1200) + 7 * HOURS)) == 1  # silent anew


def test_a_silence_about_a_subject(store: Store) -> None:
    """The side speaks, but not of this."""
    for hour in range(4):
        come(store, "apa", f"Переговоры, день {hour}", NOW - hour * HOURS)
        come(store, "civilnet", f"Погода, день {hour}", NOW - hour * HOURS)
    watch = {"hours": 6, "sides": ["armenia"], "min_others": 3}
    subscribe(store, query={"words": "переговоры"}, mode="silence", options=watch)
    assert [one.body["since"] for one in look(store, NOW)] == [None]


def test_trouble_that_comes_together_is_one_alert(store: Store) -> None:
    item_id = come(store, "kremlin", "Заявление")
    come(store, "apa", "Новость")
    subscribe(store, query={"sides": ["russia"]}, mode="source_trouble")
    with store.write() as s:
        events.insert_event(s, "source_broken", "kremlin", "Kremlin does not answer", later(10))
        events.insert_event(s, "item_vanished", str(item_id), "Kremlin has taken back a statement", later(11))
        events.insert_event(s, "source_broken", "apa", "APA does not answer", later(12))
        events.insert_event(s, "item_set_aside", str(item_id), "not asked for", later(12))
    [alert] = look(store, later(30))
    assert [one["kind"] for one in alert.body["events"]] == ["source_broken", "item_vanished"]
    with store.write() as s:  # committed late, with an earlier time
        events.insert_event(s, "source_moved", "kremlin", "Kremlin moved", later(5))
    assert [one.body["events"][0]["kind"] for one in look(store, later(70))] == ["source_moved"]
    assert look(store, later(110)) == []


@pytest.mark.parametrize("mode", ["digest", "silence"])
def test_a_paused_subscription_does_not_look(store: Store, mode: str) -> None:
    options = {"every": "hour"} if mode == "digest" else {"sides": ["russia"]}
    subscribe(store, query={"languages": ["ru"]}, mode=mode, options=options)
    with store.write() as s:
        subscriptions.pause_subscription(s, "desk", "holidays", NOW)
        assert subscriptions.ring_due_subscriptions(s, later(90_000)) == []
    assert look(store, later(90_000)) == []
    with store.read() as s:
        view = subscriptions.get_subscription(s, "desk")
    assert view is not None
    assert view.next_run_at is not None
    assert view.next_run_at <= later(3600)


# --- tried before it is made, and after ---------------------------------------------------------------------------


def test_a_test_goes_out_although_the_subscription_is_paused(store: Store) -> None:
    subscribe(store, query={"languages": ["ru"]})
    item_id = come(store, "tass", "Новость")
    with store.write() as s:
        subscriptions.pause_subscription(s, "desk", "its channel fails", NOW)
        view = subscriptions.get_subscription(s, "desk")
        assert view is not None
        made = insert_test(s, view, later(60))
        assert alerts.ring_due_alerts(s, later(60)) == [made]  # and not the alert on the item
        claimed = alerts.claim_alert(s, made, later(60))
    assert claimed is not None
    assert (claimed.kind, claimed.item and claimed.item.id) == (AlertKind.TEST, item_id)


def played(store: Store, days: int = 7, at: datetime = NOW, **fields: Any) -> Backtest:
    with store.read() as s:
        return backtest(s, wanted(**fields), days, at)


def test_a_backtest_says_what_was_sent(store: Store) -> None:
    """The service runs for a day; the backtest of that day comes to the same alerts."""
    subscribe(store, query={"words": "переговоры"})
    subscribe(store, "hourly", query={"words": "переговоры"}, mode="digest", options={"every": "hour"})
    come(store, "apa", "Переговоры в Алматы", later(100), text=REPORT)
    come(store, "civilnet", "Переговоры в Алматы", later(160), text=REPORT)
    digests: list[int] = []
    for minute in range(10, 310, 10):
        digests += [one.body["count"] for one in look(store, later(60 * minute), "hourly")]
        if minute % 40 == 0:
            come(store, "tass", f"Переговоры {minute}", later(60 * minute + 1))
            come(store, "apa", f"Погода {minute}", later(60 * minute))
    sent = [one for one in alerts_of(store) if one.kind == "item"]
    instant = played(store, at=later(86_400), query={"words": "переговоры"})
    assert [one.item_id for one in instant.alerts] == [one.item_id for one in sent]
    assert {one.copies for one in instant.alerts} == {0, 1}
    assert sum(instant.per_day.values()) == len(sent) == 8
    assert len(instant.per_day) == 8
    hourly = played(store, at=later(86_400), query={"words": "переговоры"}, mode="digest", options={"every": "hour"})
    assert len(digests) > 3
    assert [len(one.reasons) for one in hourly.alerts] == digests


def test_a_backtest_of_updates_spikes_silences_and_trouble(store: Store) -> None:
    come(store, "tass", "Переговоры в Алматы", NOW - timedelta(weeks=4), text=REPORT)
    come(store, "apa", "Переговоры в Алматы", NOW - timedelta(days=2), text=REPORT)
    come(store, "civilnet", "Переговоры в Алматы", NOW - timedelta(days=2) + HOURS, text=REPORT)
    for n in range(12):
        come(
            store, ("tass", "apa", "kremlin")[n % 3], f"Обстрел {n}", NOW - timedelta(days=1) + n * timedelta(minutes=5)
        )
    with store.write() as s:
        for n in range(3):
            events.insert_event(s, "source_broken", "apa", "APA does not answer", NOW - timedelta(hours=3, seconds=n))
    updates = played(store, query={"words": "переговоры"}, copies="update")
    assert [one.kind for one in updates.alerts] == ["item", "update"]
    [spike] = played(store, query={"words": "обстрел"}, mode="spike").alerts
    assert NOW - timedelta(days=1) < spike.at < NOW - timedelta(hours=22)
    options = {"hours": 6, "sides": ["armenia"], "min_others": 10}
    [silence] = played(store, mode="silence", options=options).alerts
    assert NOW - timedelta(days=1) < silence.at < NOW - timedelta(hours=22)
    [trouble] = played(store, mode="source_trouble").alerts
    assert trouble.at == NOW - timedelta(hours=3)
