"""`/items`: what is asked is what comes, on both databases; and one item with everything behind it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from ceasewire.store.session import Store
from ceasewire.store.tables import ITEM
from tests.support.newsroom import KREMLIN_POST, PIECES, newsroom

Newsroom = tuple[TestClient, dict[str, int]]


@pytest.fixture
def api(store: Store, tmp_path: Path) -> Iterator[Newsroom]:
    with newsroom(tmp_path / "data", store.name) as opened:
        yield opened


@pytest.fixture(scope="module")
def read_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """One newsroom for all tests that only read."""
    with newsroom(tmp_path_factory.mktemp("newsroom")) as opened:
        yield opened


def keys(newsroom_: Newsroom, query: str) -> list[str]:
    client, ids = newsroom_
    answer = client.get(f"/items{query}")
    assert answer.status_code == 200, answer.text
    names = {id_: key for key, id_ in ids.items()}
    return [names[item["id"]] for item in answer.json()["items"]]


def test_filters_find_what_they_name(api: Newsroom) -> None:
    assert len(keys(api, "")) == len(PIECES)
    assert keys(api, "?language=hy") == ["url:https://araxes.example/news/5501"]
    assert keys(api, "?country=IR") == ["url:https://alborz.example/n/2210"]
    assert len(keys(api, "?country=IR&country=TR")) == 2
    assert keys(api, "?side=azerbaijan") == ["url:https://kur-xeber.example/84120"]
    assert keys(api, "?publisher=regional") == keys(api, "?sample=true") == ["url:https://sample-archive.example/7"]
    assert keys(api, "?publisher=ngo") == []
    assert keys(api, "?platform=x") == [KREMLIN_POST]
    assert keys(api, "?verdict=no") == ["url:https://plain-wire.example/9740"]
    everything, about = keys(api, "?verdict=relevant&verdict=possible"), keys(api, "?conflict=karabakh")
    assert about == everything != keys(api, "?conflict=karabakh&verdict=no")
    assert set(keys(api, "?conflict=karabakh&score=1")) < set(keys(api, "?conflict=karabakh&score=-1000"))
    assert keys(api, "?source_kind=page") == []
    assert len(keys(api, "?source_kind=feed&sample=false")) > 5
    assert keys(api, "?story=1") == []
    assert keys(api, "?state=unavailable&language=fa") == ["url:https://alborz.example/n/2210"]
    between = "?since=2021-01-11T14:50:00Z&until=2021-01-11T14:55:00%2B00:00"
    assert keys(api, between) == ["url:https://plain-wire.example/9740"]
    assert KREMLIN_POST in keys(api, "?topic=talks_mediation&conflict=karabakh")


def test_words_are_found_in_original_and_translation(api: Newsroom) -> None:
    assert keys(api, "?q=СТЕПАНАКЕРТ") == keys(api, "?q=stepanakert") == ["url:https://neva-agency.example/a/118"]
    assert keys(api, "?q=NƏQLİYYAT") == ["url:https://kur-xeber.example/84120"]
    assert keys(api, '?q="joint statement" -алиев*') == ["url:https://plain-wire.example/9731"]


def test_pages_follow_each_other_without_gap_or_double(api: Newsroom) -> None:
    client, _ = api
    seen: list[int] = []
    address: str | None = "/items?limit=4&salience=any"
    while address:
        answer = client.get(address)
        seen += [item["id"] for item in answer.json()["items"]]
        following = re.search(r'<([^>]+)>; rel="next"', answer.headers["link"])
        assert (following is None) == (answer.json()["next"] is None)
        address = following and following[1]
    assert len(seen) == len(set(seen)) == len(PIECES)


def test_the_post_is_one_item_with_both_articles(api: Newsroom) -> None:
    client, ids = api
    item = client.get(f"/items/{ids[KREMLIN_POST]}").json()
    assert item["kind"] == "post"
    assert [one["source"]["id"] for one in item["embedded_in"]] == ["caucasus-desk", "plain-wire"]
    assert {one["source"]["id"] for one in item["sightings"]} == {"caucasus-desk", "plain-wire"}
    article = client.get(f"/items/{item['embedded_in'][0]['id']}").json()
    assert [(one["id"], one["handle"]) for one in article["embeds"]] == [(item["id"], "KremlinDesk")]


def test_evidence_points_into_the_texts(read_api: Newsroom) -> None:
    client, ids = read_api
    item = client.get(f"/items/{ids[KREMLIN_POST]}").json()
    texts = {"text": item["text"], "translation.text": item["translation"]["text"]}
    evidence = [one for tag in item["tags"] for one in tag["evidence"]]
    assert {one["field"] for one in evidence} == set(texts)
    for one in evidence:
        assert texts[one["field"]][one["start"] : one["end"]] == one["text"]
    assert "Talks and mediation" in [tag["label"] for tag in item["tags"]]


def test_a_missing_model_is_loud(read_api: Newsroom) -> None:
    client, ids = read_api
    state = client.get(f"/items/{ids['url:https://araxes.example/news/5501']}").json()["state"]
    assert state["translation"] == "unavailable"
    assert state["summary"] == "untranslated: no model for hy"
    assert state["remedy"] == "ceasewire models install hy"


def test_translation_says_where_it_is_from_and_what_is_wrong(read_api: Newsroom) -> None:
    client, ids = read_api
    translation = client.get(f"/items/{ids['url:https://neva-agency.example/a/118']}").json()["translation"]
    assert (translation["package"], translation["package_version"]) == ("translate-ru_en", "1.9")
    assert translation["warnings"][0]["code"] == "number_lost"


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("topc=talks", "topc", "no such field"),
        ("topic=talks_mediatio", "topic", "did you mean 'talks_mediation'?"),
        ("conflict=karabach", "conflict", "did you mean 'karabakh'?"),
        ("limit=0", "limit", "greater than or equal to 1"),
        ("limit=201", "limit", "less than or equal to 200"),
        ("since=yesterday", "since", "neither an ISO 8601 time nor an age"),
        ("since=0001-01-01T00:00:00%2B14:00", "since", "not between the years"),
        ("until=9999-12-31T23:59:59-12:00", "until", "not between the years"),
        ("verdict=maybe", "verdict.0", "Input should be"),
        ("cursor=abc", "cursor", "no cursor"),
        ("cursor=MDAwMS0wMS0wMVQwMDowMDowMCsxNDowMCAx", "cursor", "no cursor"),  # before the first UTC year
        ("q=%22%22", "q", "no word"),
        ("until=99999d", "until", "neither an ISO 8601 time nor an age"),
    ],
)
def test_a_wrong_field_is_named(read_api: Newsroom, query: str, field: str, words: str) -> None:
    answer = read_api[0].get(f"/items?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    [error] = answer.json()["errors"]
    assert error["field"] == field
    assert words in error["message"]


@pytest.mark.parametrize(
    "path", ["/items?language=%00", "/items?q=a%00b", "/sources/%00", "/?q=%00", "/stats?place=%00"]
)
def test_a_nul_in_the_address_is_refused(api: Newsroom, path: str) -> None:
    """PostgreSQL has no such character, and would fail at it."""
    answer = api[0].get(path)
    assert answer.status_code == 400
    assert "%00" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/items/2147483648", "/stories/2147483648", "/items?story=2147483648"])
def test_an_id_that_the_database_cannot_count_to_is_refused(api: Newsroom, path: str) -> None:
    assert api[0].get(path).status_code == 422


def test_a_nul_in_a_new_source_is_a_wrong_field(api: Newsroom) -> None:
    body = {"id": "araz", "name": "Araz\0", "url": "https://araz.example/feed", "publisher": "independent"}
    answer = api[0].post("/sources", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "name"


def test_items_of_one_second_are_paged_without_gap_or_double(api: Newsroom) -> None:
    """The cursor tells them apart by their ids."""
    client, ids = api
    store: Store = client.app.state.store  # type: ignore[attr-defined]
    with store.write() as s:
        s.execute(update(ITEM).values(published_at=datetime(2021, 1, 11, 12, tzinfo=UTC)))
    found, path = [], "/items?limit=2"
    while path:
        answer = client.get(path)
        found += [item["id"] for item in answer.json()["items"]]
        path = answer.links["next"]["url"] if "next" in answer.links else ""
    assert found == sorted(ids.values(), reverse=True)


def test_an_unknown_item_is_a_problem_document(read_api: Newsroom) -> None:
    answer = read_api[0].get("/items/99999999")
    assert (answer.status_code, answer.json()["detail"]) == (404, "there is no item 99999999")
    assert read_api[0].get(f"/items/{2**70}").json()["errors"][0]["field"] == "item_id"


def test_topics_count_and_name_their_parents(read_api: Newsroom) -> None:
    answer = read_api[0].get("/topics?since=2021-01-01").json()
    topics = {one["id"]: one for one in answer["conflicts"][0]["topics"]}
    assert topics["talks_mediation"]["count"] >= 3
    assert topics["talks_mediation"]["parent"] == "peace_process"
    assert topics["peace_process"]["count"] >= topics["talks_mediation"]["count"]


def test_a_parent_topic_stands_for_its_children(read_api: Newsroom) -> None:
    assert set(keys(read_api, "?topic=talks_mediation")) <= set(keys(read_api, "?topic=peace_process"))


def test_sources_say_how_they_are(read_api: Newsroom) -> None:
    sources = {one["id"]: one for one in read_api[0].get("/sources").json()["sources"]}
    assert sources["alborz"]["health"] == "failing"
    assert sources["alborz"]["last_reason"] == "no answer within 30 s"
    assert sources["bogaz"]["health"] == "never_polled"
    assert sources["sample-archive"]["sample"] is True


def test_a_source_is_paused_resumed_and_polled(api: Newsroom) -> None:
    client, _ = api
    assert client.post("/sources/bogaz/pause", json={}).json()["health"] == "disabled"
    refused = client.post("/sources/bogaz/poll", json={})
    assert (refused.status_code, "resume it first" in refused.json()["detail"]) == (409, True)
    assert client.post("/sources/bogaz/resume", json={}).json()["enabled"] is True
    assert client.post("/sources/bogaz/poll", json={}).json()["next_poll_reason"] == "asked for"
    assert client.post("/sources/nobody/pause", json={}).status_code == 404
