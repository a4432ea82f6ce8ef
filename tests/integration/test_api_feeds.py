"""Any query in other readers' formats, read back with their own parsers."""

import csv
import io
import json
from collections.abc import Iterator

import feedparser
import pytest
from fastapi.testclient import TestClient

from tests.support.newsroom import PIECES, newsroom


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with newsroom(tmp_path_factory.mktemp("newsroom")) as (opened, _):
        yield opened


@pytest.mark.parametrize(("extension", "version"), [("atom", "atom10"), ("rss", "rss20")])
def test_feed_readers_read_it(client: TestClient, extension: str, version: str) -> None:
    answer = client.get(f"/items.{extension}?language=hy&language=ru&verdict=relevant")
    feed = feedparser.parse(answer.content)
    assert not feed.bozo
    assert feed.version == version
    titles = [entry.title for entry in feed.entries]
    assert "Peacekeepers escorted a convoy of refugees to Stepanakert" in titles
    armenian = next(entry for entry in feed.entries if "Ալիևը" in entry.title)
    assert armenian.link.startswith("http://127.0.0.1:8642/view/items/")
    assert "untranslated: no model for hy" in armenian.summary
    assert "Talks and mediation" in [tag.get("label") or tag.term for tag in armenian.tags]


def test_json_feed(client: TestClient) -> None:
    answer = client.get("/items.feed.json?platform=x")
    [entry] = answer.json()["items"]
    assert answer.headers["content-type"] == "application/feed+json"
    assert entry["language"] == "ru"
    assert entry["_ceasewire"]["handle"] == "KremlinDesk"


def test_exports_hold_the_whole_result(client: TestClient) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get("/items.csv").text)))
    lines = [json.loads(line) for line in client.get("/items.ndjson").text.splitlines()]
    assert len(rows) == len(lines) == len(PIECES)
    assert [row["id"] for row in rows] == [str(line["id"]) for line in lines]
    post = next(row for row in rows if row["source"] == "caucasus-desk" and row["language"] == "ru")
    assert "talks_mediation" in post["topics"].split()
    assert post["translated_text"].startswith("Meeting with Ilham Aliyev")


def test_a_wrong_field_is_told_before_anything_is_sent(client: TestClient) -> None:
    assert client.get("/items.csv?q=%22%22").status_code == 422
    assert client.get("/items.atom?topic=nothing").status_code == 422
    assert client.get("/items.csv?limit=5").status_code == 422  # the whole result has no limit
