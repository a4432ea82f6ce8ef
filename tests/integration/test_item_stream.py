"""`/items/stream` over a real server and both databases: any query, live, from a point, late commits told once."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.following import Follower
from ceasewire.items import Language, NotNeeded
from ceasewire.settings import Settings
from ceasewire.store import work
from ceasewire.store.cursors import write_cursor
from ceasewire.store.session import Store
from ceasewire.store.views import ItemQuery
from tests.support.events import Block, blocks, events
from tests.support.newsroom import CONFIG
from tests.support.served import served
from tests.support.store_data import RUSSIAN, add_items, add_source, draft, save_enriched, tagging, translation

PAUSE = 0.02


@pytest.fixture
def url(store: Store, tmp_path: Path) -> Iterator[str]:
    app = create_app(Settings(data_dir=tmp_path / "data", config_dir=CONFIG, database_url=store.name))
    app.state.live.pause_seconds = PAUSE
    app.state.live.heartbeat_seconds = 0.1
    with served(app) as base:
        yield f"{base}/items/stream"


@pytest.fixture
def ids(store: Store) -> list[int]:
    texts = ("Встреча в Москве", "Обстрел", "Лыжный сезон")
    return add_items(store, add_source(store), *(draft(f"url:{n}", title=text) for n, text in enumerate(texts)))


def tag(store: Store, item_id: int, *topics: str, at: datetime | None = None, language: Language = RUSSIAN) -> None:
    with store.write() as s:
        save_enriched(s, item_id, language, [tagging(*topics)], at or datetime.now(UTC))


def payload(block: Block) -> dict[str, Any]:
    assert block.event == "item"
    return dict(json.loads(block.data))


def test_items_come_when_they_are_tagged_and_again_when_translated(url: str, store: Store, ids: list[int]) -> None:
    tag(store, ids[0], "talks_mediation")  # before anybody listens
    with httpx.stream("GET", url, timeout=10) as answer:
        coming = blocks(answer)
        assert next(coming).retry
        tag(store, ids[1], "ceasefire_violation")
        first = payload(next(block for block in coming if block.data))
        assert (first["id"], first["state"]["translation"], first["tags"][0]["id"]) == (
            ids[1],
            "pending",
            "ceasefire_violation",
        )
        with store.write() as s:
            work.save_translation(s, ids[2], NotNeeded("ru"), [], datetime.now(UTC))  # no news
            work.save_translation(s, ids[1], translation("Shelling"), [], datetime.now(UTC))
        second = payload(next(block for block in coming if block.data))
        assert (second["id"], second["translation"]["title"]) == (ids[1], "Shelling")


def test_only_what_fits_the_query(url: str, store: Store, ids: list[int]) -> None:
    query = {"topic": "talks_mediation", "language": "ru", "q": "встреча -лыжный"}
    with httpx.stream("GET", url, params=query, timeout=10) as answer:
        coming = blocks(answer)
        next(coming)
        tag(store, ids[2], "talks_mediation")
        tag(store, ids[1], "ceasefire_violation")
        tag(store, ids[0], "talks_mediation")
        assert payload(next(block for block in coming if block.data))["id"] == ids[0]


def test_a_client_that_was_away_gets_what_it_missed(url: str, store: Store, ids: list[int]) -> None:
    long_ago = datetime.now(UTC) - timedelta(minutes=5)
    tag(store, ids[0], "talks_mediation", at=long_ago)
    tag(store, ids[1], "talks_mediation", at=long_ago + timedelta(minutes=1))
    tag(store, ids[2], "talks_mediation", at=long_ago + timedelta(minutes=2))
    with httpx.stream(
        "GET", url, params={"after": write_cursor(long_ago - timedelta(hours=1), 0)}, timeout=10
    ) as answer:
        missed = list(islice(events(answer), 3))
    assert [payload(block)["id"] for block in missed] == ids
    with httpx.stream("GET", url, headers={"Last-Event-ID": missed[-1].id}, timeout=10) as answer:
        assert payload(next(events(answer)))["id"] == ids[2]  # within LOOK_BACK of the point


def test_a_late_commit_is_told_and_nothing_twice(store: Store, ids: list[int], tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path / "data", config_dir=CONFIG, database_url=store.name))
    follower = Follower(store, app.state.catalogue, ItemQuery())
    now = datetime.now(UTC)
    tag(store, ids[2], at=now - timedelta(seconds=1))
    after = follower.start(now)
    tag(store, ids[0], at=now + timedelta(seconds=5))
    [event] = follower.read(after)
    tag(store, ids[1], at=now + timedelta(seconds=2))  # its transaction began earlier and ended later
    [late] = follower.read(event.id)
    assert (json.loads(event.data)["id"], json.loads(late.data)["id"]) == (ids[0], ids[1])
    assert late.id >= event.id
    assert follower.read(late.id) == []


def test_many_changes_that_do_not_fit_do_not_stop_the_stream(
    store: Store, ids: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.following.BATCH", 1)
    app = create_app(Settings(data_dir=tmp_path / "data", config_dir=CONFIG, database_url=store.name))
    follower = Follower(store, app.state.catalogue, ItemQuery(q="лыжный"))
    start = datetime.now(UTC)
    after = follower.start(start)
    for number, item_id in enumerate(ids, 1):
        tag(store, item_id, at=start + timedelta(minutes=number))
    assert [json.loads(event.data)["id"] for event in follower.read(after)] == [ids[2]]


def test_a_wrong_query_or_point_is_a_problem(url: str) -> None:
    wrong = httpx.get(url, params={"topic": "nonsense"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "topic")
    wrong = httpx.get(url, headers={"Last-Event-ID": "yesterday"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "Last-Event-ID")
