"""`/metrics`: what a Prometheus server would read, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from ceasewire.items import Language, NotNeeded
from ceasewire.store.heartbeats import add_to_heartbeat
from ceasewire.store.measures import count_items_by_state, measure_lags, oldest_waiting
from ceasewire.store.session import Store
from ceasewire.store.work import save_translation
from tests.support.newsroom import SAMPLE, SOURCES, newsroom
from tests.support.store_data import add_source, draft, save_enriched, save_new
from tests.unit.test_compose_files import metrics_asked_for

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
def client(store: Store, tmp_path: Path) -> Iterator[TestClient]:
    with newsroom(tmp_path / "data", store.name) as (opened, _):
        yield opened


def scrape(client: TestClient) -> dict[str, dict[tuple[str, ...], float]]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    families = text_string_to_metric_families(answer.text)
    return {one.name: {tuple(s.labels.values()): s.value for s in one.samples} for one in families}


def test_what_a_scrape_holds(client: TestClient, store: Store) -> None:
    with store.write() as s:
        counts = {"sentences": 40, "sentences_known": 10, "milliseconds": 2500}
        add_to_heartbeat(s, "translate", counts, datetime.now(UTC))
    found = scrape(client)
    assert sum(found["ceasewire_sources"].values()) == len(SOURCES) + len(SAMPLE)
    assert found["ceasewire_queue_depth"].keys() >= {("poll",), ("enrich",), ("translate",), ("alert",)}
    assert found["ceasewire_translation_sentences_known"][()] == 10
    assert found["ceasewire_translation_seconds"][()] == 2.5
    assert ("translate",) in found["ceasewire_heartbeat_age_seconds"]


def test_lags_and_states_of_fresh_items(store: Store) -> None:
    source = add_source(store)
    published, seen = NOW - timedelta(minutes=10), NOW - timedelta(minutes=8)
    drafts = [draft(key, published_at=published) for key in ("url:a", "url:b")]
    with store.write() as s:
        first, _ = save_new(s, source, *drafts, now=seen).new_ids
        save_enriched(s, first, Language("ru", 0.99, "script"), [], seen + timedelta(seconds=3))
        save_translation(s, first, NotNeeded("ru"), [], seen + timedelta(seconds=9))
    with store.read() as s:
        lags = measure_lags(s, NOW)
        assert lags.published_to_seen == [120.0, 120.0]
        assert (lags.seen_to_tagged, lags.published_to_tagged, lags.seen_to_translated) == ([3.0], [123.0], [9.0])
        assert count_items_by_state(s, NOW) == {("", "pending"): 1, ("ru", "not_needed"): 1}
        assert oldest_waiting(s, NOW)["enrich"] == 480.0
        assert oldest_waiting(s, NOW)["translate"] == 0.0


def test_everything_that_dashboard_and_rules_ask_for_is_exposed(client: TestClient) -> None:
    families = text_string_to_metric_families(client.get("/metrics").text)
    exposed = {name for one in families for name in (one.name, *(sample.name for sample in one.samples))}
    assert metrics_asked_for()
    assert metrics_asked_for() <= exposed
