"""How a vanished statement and a post known only by its id show: API, page, feeds, CSV."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import feedparser
import pytest
from fastapi.testclient import TestClient

from ceasewire.items import New
from ceasewire.items.listing import Absent
from ceasewire.store import lookups, vanish
from ceasewire.store.events import insert_event
from ceasewire.store.items import save_items
from ceasewire.store.session import Store
from tests.support.newsroom import NOW, Piece, draft, newsroom
from tests.support.store_data import claim_source

STATEMENT = "url:https://kur-xeber.example/84120"
LISTED_NO_MORE = "url:https://bogaz.example/dunya/771"
WHEN = NOW + timedelta(hours=2)


@dataclass(frozen=True)
class Desk:
    """The newsroom's API, where one statement was taken back, one is listed no more, and one post is gone."""

    client: TestClient
    taken_back: int
    unlisted: int
    post: int

    def page(self, item_id: int) -> str:
        return str(self.client.get(f"/view/items/{item_id}").text)


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Iterator[Desk]:
    with newsroom(tmp_path / "data", store.name) as (client, ids):
        _settle(store, "kur-xeber", ids[STATEMENT], "vanished", "there is nothing at this address (404 Not Found)")
        _settle(store, "bogaz", ids[LISTED_NO_MORE], "there", "its own address still answers")
        yield Desk(client, ids[STATEMENT], ids[LISTED_NO_MORE], _gone_post(store))


def _settle(store: Store, source_id: str, item_id: int, outcome: str, reason: str) -> None:
    with store.write() as s:
        vanish.insert_absences(s, source_id, [Absent(item_id, None)], WHEN)
        [absence_id] = vanish.ring_due_absences(s, WHEN)
        assert vanish.settle_absence(s, absence_id, outcome, reason, WHEN)
        if outcome == "vanished":
            vanish.save_vanished(s, item_id, WHEN)
            insert_event(s, "item_vanished", str(item_id), "taken back", WHEN)


def _gone_post(store: Store) -> int:
    """A post that an article embeds by its id alone."""
    piece = Piece("caucasus-desk", "x:1348600000000000077", 60, "", "", None, handle="KremlinDesk")
    piece = replace(piece, parent="url:https://caucasus-desk.example/kremlin-talks")
    with store.write() as s:
        source = claim_source(s, "caucasus-desk", NOW, force=True, lease_seconds=0)
        assert source is not None
        [item_id] = save_items(s, source, [New(draft(piece, NOW))], NOW).new_ids
        [lookup_id] = lookups.ring_due_lookups(s, ["x"], NOW)
        lookups.settle_lookup(s, lookup_id, "gone", "there is nothing at this address (404 Not Found)", NOW)
    return item_id


def test_the_api_says_when_and_why(desk: Desk) -> None:
    item = desk.client.get(f"/items/{desk.taken_back}").json()
    assert item["vanished_at"] == "2021-01-11T17:00:00Z"
    assert item["absence"]["outcome"] == "vanished"
    assert "404" in item["absence"]["reason"]
    assert item["text"], "the text is kept"
    unlisted = desk.client.get(f"/items/{desk.unlisted}").json()
    assert (unlisted["vanished_at"], unlisted["absence"]["outcome"]) == (None, "there")
    post = desk.client.get(f"/items/{desk.post}").json()
    assert (post["text"], post["lookup"]["outcome"]) == ("", "gone")


def test_they_can_be_asked_for(desk: Desk) -> None:
    everything = desk.client.get("/items?limit=200").json()["items"]
    [found] = desk.client.get("/items?vanished=true").json()["items"]
    others = desk.client.get("/items?vanished=false&limit=200").json()["items"]
    assert found["id"] == desk.taken_back
    assert len(others) == len(everything) - 1
    assert desk.client.get("/items?vanished=true&language=ru").json()["items"] == []


def test_the_page_shows_it_in_the_list_and_in_full(desk: Desk) -> None:
    listed = desk.client.get("/?verdict=&vanished=true").text
    assert listed.count("badge vanished") == 1
    assert "Taken back by its source" in listed, "the filter in use"
    page = desk.page(desk.taken_back)
    assert "Its source shows this no more, seen 11 Jan 2021, 17:00 UTC." in page
    assert "404 Not Found" in page
    assert "still at its own address" in desk.page(desk.unlisted)
    assert "Its source shows this no more" not in desk.page(desk.unlisted)
    assert "This post is gone." in desk.page(desk.post)


def test_feeds_and_exports_show_it(desk: Desk) -> None:
    feed = feedparser.parse(desk.client.get("/items.atom?vanished=true").content)
    assert feed.entries[0].updated == "2021-01-11T17:00:00+00:00"
    assert "[taken back by its source, seen 2021-01-11 17:00 UTC]" in feed.entries[0].content[0].value
    rows = csv.DictReader(io.StringIO(desk.client.get("/items.csv").text))
    dates = {row["id"]: row["vanished_at"] for row in rows}
    assert dates[str(desk.taken_back)] == "2021-01-11T17:00:00+00:00"
    assert dates[str(desk.unlisted)] == ""


def test_the_event_stands_among_the_others(desk: Desk) -> None:
    newest = desk.client.get("/events").json()["events"][0]
    assert (newest["kind"], newest["about"]) == ("item_vanished", str(desk.taken_back))
