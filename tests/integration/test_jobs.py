"""The jobs in their order, on both databases: real feed server, real parser, detector, topic model and receiver.

Only clock and translator are played: the clock so that hours pass, the translator so that its crash can be had.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from ceasewire.conflict.model import Conflict
from ceasewire.items import (
    ModelInUse,
    NotNeeded,
    Publisher,
    SourceConfig,
    SourceKind,
    TextForTranslation,
    Translation,
    TranslationOutcome,
    Unavailable,
)
from ceasewire.message.links import Links
from ceasewire.secrets import SecretBox
from ceasewire.store import alerts, queries, sources
from ceasewire.store.channels import list_channels
from ceasewire.store.events import list_events
from ceasewire.store.session import Store
from ceasewire.store.views import ItemQuery, ItemView
from tests.support.feedserver import FeedServer, Reply
from tests.support.receiver import WebhookReceiver
from tests.support.store_data import claim_for_enrich, subscribe
from worker.adapters.guard import deadline, guarded_client
from worker.adapters.http import HttpFetcher
from worker.adapters.language import Detector
from worker.adapters.politeness import GapRules, LocalHostGate
from worker.jobs.deliver import PAUSES, Delivering, deliver_alert
from worker.jobs.enrich import Enriching, enrich_items
from worker.jobs.poll import Polling, poll_source
from worker.jobs.read import Reading, read_fetch
from worker.jobs.sweep import sweep
from worker.jobs.translate import Translating, translate_due
from worker.notifiers import make_notifiers
from worker.ports import TranslationMemory

WAIT_FOR_TRANSLATION = timedelta(minutes=2)  # a subscription's own, unless it wants another
CONFIG = Path(__file__).resolve().parents[2] / "config"
LOOPBACK = ("127.0.0.0/8",)
START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)

FEED = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>Вестник долины</title><link>https://vestnik.example/</link>
<item><title>{title}</title><link>https://vestnik.example/1</link><guid>https://vestnik.example/1</guid>
<pubDate>Sun, 01 Mar 2026 07:30:00 +0000</pubDate>
<description>Президент Азербайджана и премьер-министр Армении обсудили мирный договор.</description></item>
<item><title>В столице открыли новый парк</title><link>https://vestnik.example/2</link>
<guid>https://vestnik.example/2</guid><pubDate>Sun, 01 Mar 2026 07:00:00 +0000</pubDate>
<description>Горожан ждут фонтаны и детские площадки.</description></item>
</channel></rss>"""
TALKS = "Встреча Алиева и Пашиняна прошла в Женеве"


class FakeTranslator:
    """Says what it was asked; has models for the languages given."""

    def __init__(self, languages: frozenset[str]) -> None:
        self.languages = languages
        self.asked: list[int] = []

    def available(self) -> frozenset[str]:
        return self.languages

    def models(self) -> Sequence[ModelInUse]:
        return [ModelInUse(language, "fake", "1", "good") for language in sorted(self.languages)]

    def translate(
        self, texts: Sequence[TextForTranslation], memory: TranslationMemory | None = None
    ) -> list[TranslationOutcome]:
        self.asked += [text.item_id for text in texts]
        return [self._one(text) for text in texts]

    def _one(self, text: TextForTranslation) -> TranslationOutcome:
        if text.language == "en":
            return NotNeeded("en")
        if text.language not in self.languages:
            return Unavailable(text.language, f"no model for {text.language}", "ceasewire models install")
        return Translation(
            f"[{text.title}]", f"[{text.text}]", text.language, "en", "fake", "fake", "1", {}, "good", ()
        )


class Newsroom:
    """All jobs on one store with one clock; a feed server, a receiver."""

    def __init__(self, store: Store, feeds: FeedServer, conflicts: Mapping[str, Conflict]) -> None:
        self.store = store
        self.feeds = feeds
        self.now = START
        self.translator = FakeTranslator(frozenset({"ru"}))
        fetcher = HttpFetcher(clock=lambda: self.now, allow_networks=LOOPBACK)
        gate = LocalHostGate(GapRules(allow_networks=LOOPBACK))
        self.polling = Polling(store, fetcher, gate, lambda: self.now, lambda: 0.0)
        self.reading = Reading(store, lambda: self.now, lambda: 0.0)
        self.enriching = Enriching(store, Detector(), conflicts, "en", lambda: self.now)
        self.translating = Translating(store, self.translator, _NoMemory(), conflicts, lambda: self.now)
        notifiers = make_notifiers(guarded_client(LOOPBACK), deadline, lambda: self.now)
        self.delivering = Delivering(
            store,
            notifiers,
            lambda secret: secret,
            Links("http://127.0.0.1:8642", SecretBox("a key for the tests only")),
            {},
            lambda: self.now,
            lambda: 0.0,
        )

    def add_source(self, url: str) -> None:
        source = SourceConfig(
            id="vestnik",
            name="Вестник",
            url=url,
            kind=SourceKind.FEED,
            language="ru",
            country="RU",
            publisher=Publisher.WIRE,
            side="russia",
            timezone="Europe/Moscow",
            enabled=True,
            disabled_reason=None,
        )
        with self.store.write() as session:
            sources.save_sources(session, [source], self.now, sample=False)

    def subscribe(self, url: str, secret: str = "") -> None:
        subscribe(self.store, "talks", {"topics": ["talks_mediation"]}, target=url, secret=secret, now=self.now)

    def poll(self) -> Sequence[int]:
        result = poll_source(self.polling, "vestnik", force=True)
        return () if result.fetch_id is None else read_fetch(self.reading, result.fetch_id).item_ids

    def items(self) -> list[ItemView]:
        with self.store.read() as session:
            return list(queries.list_items(session, ItemQuery(), limit=50, cursor=None).items)

    def item(self, title: str) -> ItemView:
        return next(item for item in self.items() if item.title == title)

    def alerts(self) -> list[alerts.AlertView]:
        with self.store.read() as session:
            return list(alerts.list_alerts(session).items)

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)


class _NoMemory:
    def get(self, keys: Sequence[str]) -> Mapping[str, str]:
        return {}

    def put(self, pairs: Mapping[str, str]) -> None:
        """Forgets."""


@pytest.fixture
def newsroom(store: Store, conflicts: Mapping[str, Conflict]) -> Iterator[Newsroom]:
    with FeedServer() as feeds:
        room = Newsroom(store, feeds, conflicts)
        room.add_source(feeds.on("/feed", Reply(body=FEED.format(title=TALKS).encode())))
        yield room


def test_a_feed_becomes_tagged_translated_items(newsroom: Newsroom) -> None:
    for item_id in newsroom.poll():
        enrich_items(newsroom.enriching, [item_id])
    assert newsroom.item(TALKS).language == "ru"
    assert "talks_mediation" in {tag.id for tag in newsroom.item(TALKS).tags}
    assert newsroom.item(TALKS).translation is None

    translate_due(newsroom.translating)
    talks = newsroom.item(TALKS)
    assert talks.translation is not None
    assert talks.translation.title == f"[{TALKS}]"
    assert not newsroom.item("В столице открыли новый парк").tags


def test_every_job_may_run_twice(newsroom: Newsroom) -> None:
    with WebhookReceiver() as receiver:
        newsroom.subscribe(receiver.url)
        first = poll_source(newsroom.polling, "vestnik", force=True)
        assert first.fetch_id is not None
        ids = read_fetch(newsroom.reading, first.fetch_id).item_ids
        assert read_fetch(newsroom.reading, first.fetch_id).item_ids == ()
        for item_id in (*ids, *ids):
            enrich_items(newsroom.enriching, [item_id])
        translate_due(newsroom.translating)
        translate_due(newsroom.translating)
        for alert in (*newsroom.alerts(), *newsroom.alerts()):
            deliver_alert(newsroom.delivering, alert.id)
        assert len(receiver.received) == 1
    assert len(newsroom.items()) == 2
    assert sorted(newsroom.translator.asked) == sorted(ids)
    assert [alert.state for alert in newsroom.alerts()] == ["delivered"]


def test_a_changed_entry_is_a_revision_and_no_second_item(newsroom: Newsroom) -> None:
    newsroom.poll()
    corrected = f"{TALKS}, сообщили в Баку"
    newsroom.feeds.on("/feed", Reply(body=FEED.format(title=corrected).encode()))
    newsroom.later(hours=1)
    changed = newsroom.poll()
    assert len(changed) == 1
    assert len(newsroom.items()) == 2
    with newsroom.store.read() as session:
        detail = queries.get_item(session, changed[0])
    assert detail is not None
    assert [revision.title for revision in detail.revisions] == [TALKS]
    assert detail.title == corrected


def test_a_language_without_a_model_is_loud_and_translated_when_one_comes(newsroom: Newsroom) -> None:
    newsroom.translator.languages = frozenset()
    for item_id in newsroom.poll():
        enrich_items(newsroom.enriching, [item_id])
    translate_due(newsroom.translating)
    assert newsroom.item(TALKS).translation_state == "unavailable"
    assert newsroom.item(TALKS).translation_reason.startswith("no model for ru")
    assert newsroom.item(TALKS).tags, "it is tagged in its own language all the same"

    newsroom.translator.languages = frozenset({"ru"})
    assert sweep(newsroom.store, lambda: newsroom.now, newsroom.translator.available()).translations
    translate_due(newsroom.translating)
    assert newsroom.item(TALKS).translation_state == "translated"


def test_an_alert_waits_for_the_translation_but_not_for_ever(newsroom: Newsroom) -> None:
    with WebhookReceiver() as receiver:
        newsroom.subscribe(receiver.url)
        for item_id in newsroom.poll():
            assert not enrich_items(newsroom.enriching, [item_id]).alerts
        (alert,) = newsroom.alerts()
        deliver_alert(newsroom.delivering, alert.id)
        assert not receiver.received
        newsroom.later(seconds=WAIT_FOR_TRANSLATION.total_seconds())
        deliver_alert(newsroom.delivering, alert.id)
        (message,) = receiver.received
    assert json.loads(message.body)["data"]["item"]["translation_state"] == "pending"


def test_a_receiver_that_is_down_for_hours_gets_every_alert_once_under_its_key(newsroom: Newsroom) -> None:
    with WebhookReceiver(statuses=(500, 503, 502)) as receiver:
        newsroom.subscribe(receiver.url)
        for item_id in newsroom.poll():
            enrich_items(newsroom.enriching, [item_id])
        (alert,) = newsroom.alerts()
        translate_due(newsroom.translating)
        for pause in (timedelta(), *PAUSES):
            newsroom.later(seconds=pause.total_seconds())
            deliver_alert(newsroom.delivering, alert.id)
    assert [message.answered for message in receiver.received] == [500, 503, 502, 204]
    assert {message.headers["webhook-id"] for message in receiver.received} == {alert.key}
    assert newsroom.alerts()[0].state == "delivered"


def test_a_channel_that_fails_for_more_than_a_day_is_paused_and_keeps_its_alerts(newsroom: Newsroom) -> None:
    assert sum(PAUSES, timedelta()) > timedelta(days=1)
    with WebhookReceiver(statuses=(500,) * 20) as receiver:
        newsroom.subscribe(receiver.url)
        for item_id in newsroom.poll():
            enrich_items(newsroom.enriching, [item_id])
        (alert,) = newsroom.alerts()
        for pause in (WAIT_FOR_TRANSLATION, *PAUSES, *PAUSES):
            newsroom.later(seconds=pause.total_seconds())
            deliver_alert(newsroom.delivering, alert.id)
    assert len(receiver.received) >= len(PAUSES)
    (kept,) = newsroom.alerts()
    assert kept.state == "pending"
    assert "500" in kept.last_error
    with newsroom.store.read() as session:
        (channel,) = list_channels(session)
        paused = [event for event in list_events(session) if event.kind == "channel_paused"]
    assert channel.paused_at is not None
    assert len(paused) == 1
    assert receiver.url not in paused[0].message


@pytest.mark.parametrize("status", [413, 400])
def test_a_refusal_for_good_is_not_repeated(newsroom: Newsroom, status: int) -> None:
    with WebhookReceiver(statuses=(status,)) as receiver:
        newsroom.subscribe(receiver.url)
        for item_id in newsroom.poll():
            enrich_items(newsroom.enriching, [item_id])
        translate_due(newsroom.translating)
        (alert,) = newsroom.alerts()
        deliver_alert(newsroom.delivering, alert.id)
    assert newsroom.alerts()[0].state == "dead"
    assert len(receiver.received) == 1


def test_an_address_inside_the_network_is_refused(newsroom: Newsroom) -> None:
    guarded = guarded_client(())
    strict = make_notifiers(guarded, deadline, lambda: newsroom.now)
    with WebhookReceiver() as receiver:
        newsroom.subscribe(receiver.url)
        for item_id in newsroom.poll():
            enrich_items(newsroom.enriching, [item_id])
        translate_due(newsroom.translating)
        (alert,) = newsroom.alerts()
        deliver_alert(replace(newsroom.delivering, notifiers=strict), alert.id)
        assert not receiver.received
    assert newsroom.alerts()[0].state == "dead"
    assert "not a public address" in newsroom.alerts()[0].last_error


def test_a_lost_message_is_rung_again_by_the_sweep(newsroom: Newsroom) -> None:
    due = sweep(newsroom.store, lambda: newsroom.now, ())
    assert list(due.sources) == ["vestnik"]
    fetch_id = poll_source(newsroom.polling, "vestnik").fetch_id
    assert fetch_id is not None
    due = sweep(newsroom.store, lambda: newsroom.now, ())
    assert (list(due.sources), list(due.fetches)) == ([], [fetch_id])
    read_fetch(newsroom.reading, fetch_id)
    due = sweep(newsroom.store, lambda: newsroom.now, ())
    assert len(due.items) == 2
    again = sweep(newsroom.store, lambda: newsroom.now, ())
    assert not again.items, "what was rung a moment ago is left alone"
    newsroom.later(seconds=10)
    assert len(sweep(newsroom.store, lambda: newsroom.now, ()).items) == 2


def test_a_body_that_is_no_feed_is_a_failed_poll_with_its_reason(newsroom: Newsroom) -> None:
    page = Reply(body=b"<!doctype html><title>Wartung</title><p>Bald wieder da.", content_type="text/html")
    newsroom.feeds.on("/feed", page)
    assert newsroom.poll() == ()
    with newsroom.store.read() as session:
        (status,) = sources.list_sources(session)
    assert status.last_outcome == "not_a_feed"
    assert "feed" in status.last_reason
    assert status.failing_since_at == newsroom.now


def test_a_worker_that_dies_on_an_item_sets_it_aside_after_three_tries(newsroom: Newsroom) -> None:
    poison = newsroom.poll()[0]
    for _ in range(3):
        with newsroom.store.write() as session:
            assert claim_for_enrich(session, poison, newsroom.now) is not None
        newsroom.later(minutes=2)
    enrich_items(newsroom.enriching, [poison])
    aside = next(item for item in newsroom.items() if item.id == poison)
    assert aside.failed_reason is not None
    assert "3 attempts" in aside.failed_reason
    assert poison not in sweep(newsroom.store, lambda: newsroom.now, ()).items


def test_the_webhook_client_follows_no_redirect(newsroom: Newsroom) -> None:
    with FeedServer() as elsewhere, httpx.Client() as probe:
        elsewhere.on("/hook", Reply(status=302, headers={"location": elsewhere.url("/other")}))
        assert probe.post(elsewhere.url("/hook")).status_code == 302
        newsroom.subscribe(elsewhere.url("/hook"))
        for item_id in newsroom.poll():
            enrich_items(newsroom.enriching, [item_id])
        translate_due(newsroom.translating)
        (alert,) = newsroom.alerts()
        deliver_alert(newsroom.delivering, alert.id)
        assert {request.path for request in elsewhere.requests} == {"/hook"}
    assert newsroom.alerts()[0].state == "pending"
