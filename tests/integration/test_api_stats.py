"""`/stats`: counts over time by what items are about, are in and come from, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ceasewire.store.session import Store
from ceasewire.store.statistics import Bucket, start_of, starts_between
from tests.support.newsroom import PIECES, newsroom

ALL = "since=2021-01-10T00:00:00Z&until=2021-01-12T00:00:00Z"


@pytest.fixture
def client(store: Store, tmp_path: Path) -> Iterator[TestClient]:
    with newsroom(tmp_path / "data", store.name) as (opened, _):
        yield opened


def stats(client: TestClient, query: str) -> dict[str, Any]:
    answer = client.get(f"/stats?{query}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def totals(found: dict[str, Any]) -> dict[str, int]:
    return {one["key"]: one["total"] for one in found["series"]}


def test_counts_agree_with_the_lists(client: TestClient) -> None:
    for name in ("language", "country", "side", "source", "publisher"):
        counted = totals(stats(client, f"by={name}&{ALL}"))
        assert sum(counted.values()) == len(PIECES)
        for key, count in counted.items():
            if key:
                assert len(client.get(f"/items?{name}={key}&{ALL}").json()["items"]) >= count
    assert totals(stats(client, f"by=all&{ALL}")) == {"": len(PIECES)}


def test_topics_count_what_items_report(client: TestClient) -> None:
    found = stats(client, f"by=topic&conflict=karabakh&{ALL}")
    for series in found["series"]:
        listed = client.get(f"/items?topic={series['key']}&conflict=karabakh&{ALL}").json()["items"]
        assert series["total"] == len(listed)
    talks = next(one for one in found["series"] if one["key"] == "talks_mediation")
    assert (talks["label"], talks["conflict"]) == ("Talks and mediation", "karabakh")


def test_hours_add_up_to_the_day(client: TestClient) -> None:
    hours = stats(client, f"by=all&bucket=hour&{ALL}")
    assert len(hours["starts"]) == len(hours["series"][0]["counts"]) == 48
    assert sum(hours["series"][0]["counts"]) == len(PIECES)
    at_two = hours["starts"].index("2021-01-11T14:00:00Z")
    listed = client.get("/items?since=2021-01-11T14:00:00Z&until=2021-01-11T15:00:00Z").json()["items"]
    assert hours["series"][0]["counts"][at_two] == len(listed) > 0


def test_filters_and_words_narrow_the_counts(client: TestClient) -> None:
    assert totals(stats(client, f"by=language&q=stepanakert&{ALL}")) == {"ru": 1}
    assert totals(stats(client, f"by=verdict&country=IR&{ALL}")).keys() <= {"relevant", "possible", "no"}
    assert stats(client, "by=language&since=2020-01-01&until=2020-01-03")["series"] == []


def test_too_many_buckets_are_refused(client: TestClient) -> None:
    answer = client.get("/stats?bucket=hour&since=2000-01-01&until=2021-01-01")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "since"


def test_weeks_begin_on_monday() -> None:
    sunday = datetime(2021, 1, 10, 23, 59, tzinfo=UTC)
    assert start_of(sunday, Bucket.WEEK) == datetime(2021, 1, 4, tzinfo=UTC)
    assert list(starts_between(sunday, sunday + timedelta(minutes=1), Bucket.WEEK)) == [
        datetime(2021, 1, 4, tzinfo=UTC)
    ]
    assert len(starts_between(sunday, sunday + timedelta(minutes=2), Bucket.WEEK)) == 2
