"""`/stories/{id}` and the story of an item, over HTTP on both databases."""

from datetime import timedelta
from pathlib import Path

from ceasewire.store import stories
from ceasewire.store.session import Store
from tests.support.newsroom import newsroom
from tests.support.store_data import NOW

LEAD, COPY = "url:https://caucasus-desk.example/kremlin-talks", "url:https://plain-wire.example/9731"


def unite(store: Store, first: int, copy: int) -> int:
    with store.write() as s:
        stories.save_bands(s, {first: [1, 2]})
        stories.save_bands(s, {copy: [2, 3]})
        [candidate] = stories.list_candidates(s, copy, [2, 3], window=timedelta(hours=1))
        return stories.join_story(s, copy, candidate, "en", "TASS", NOW)


def test_a_story_lists_its_copies_with_source_and_language(store: Store, tmp_path: Path) -> None:
    with newsroom(tmp_path / "data", store.name) as (client, ids):
        story_id = unite(store, first=ids[COPY], copy=ids[LEAD])
        story = client.get(f"/stories/{story_id}").json()
        assert (story["lead"]["id"], [one["id"] for one in story["copies"]]) == (ids[LEAD], [ids[COPY]])
        assert (story["origin"], story["language"], story["count"]) == ("TASS", "en", 1)
        assert story["sources"] == ["caucasus-desk", "plain-wire"]
        assert [(one["key"], one["items"]) for one in story["sides"]] == [("international", [ids[LEAD], ids[COPY]])]
        assert [one["key"] for one in story["languages"]] == ["en"]
        assert story["sides"][0]["first_at"] == story["lead"]["published_at"]
        both = client.get(f"/items?story={story_id}").json()["items"]
        assert sorted(one["id"] for one in both) == sorted([ids[LEAD], ids[COPY]])
        assert (story["copies"][0]["language"], story["copies"][0]["source"]["id"]) == ("en", "plain-wire")
        detail = client.get(f"/items/{ids[COPY]}").json()
        assert (detail["story"], detail["story_id"]) == (story, story_id)


def test_an_item_without_copies_has_no_story_and_an_unknown_story_is_told(store: Store, tmp_path: Path) -> None:
    with newsroom(tmp_path / "data", store.name) as (client, ids):
        assert client.get(f"/items/{ids[LEAD]}").json()["story"] is None
        missing = client.get("/stories/999")
        assert missing.status_code == 404
        assert "there is no story 999" in missing.text
