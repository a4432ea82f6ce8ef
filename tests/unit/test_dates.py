"""Dates as sources of the region write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceasewire.errors import Permanent
from ceasewire.items import DateKind
from ceasewire.pipeline.dates import parse_date

SEEN = datetime(2021, 1, 11, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mon, 11 Jan 2021 14:20:00 +0400", "2021-01-11T10:20"),
        ("Mon, 11 Jan 2021 14:20:00 +04", "2021-01-11T10:20"),
        ("Mon, 11 Jan 2021 13:20:00 MSK", "2021-01-11T10:20"),
        ("Mon, 11 Jan 2021 14:20:00 AMT", "2021-01-11T10:20"),
        ("Mon, 11 Jan 2021 14:20:00 AZT", "2021-01-11T10:20"),
        ("Mon, 11 Jan 2021 14:20 GET", "2021-01-11T10:20"),
        ("11.01.2021 13:20 TRT", "2021-01-11T10:20"),
        ("Mon, 11 Jan 2021 14:20:00 GMT+4", "2021-01-11T10:20"),
        ("2021-01-11 14:20 (UTC+04:00)", "2021-01-11T10:20"),
        ("Mon, 11-Jan-21 05:20:00 EST", "2021-01-11T10:20"),
        ("2021-01-11T10:20Z", "2021-01-11T10:20"),
        ("2021-01-11T13:20:00.123456789+03:00", "2021-01-11T10:20"),
        ("20210111T102000Z", "2021-01-11T10:20"),
        ("Пн, 11 янв. 2021 13:20:00 +0300", "2021-01-11T10:20"),
        ("1610360400", "2021-01-11T10:20"),
        ("Sun, 10 Jan 2021 24:00:00 GMT", "2021-01-11T00:00"),
    ],
)
def test_exact(text: str, expected: str) -> None:
    parsed = parse_date(text, "Asia/Tokyo")
    assert parsed is not None
    assert (parsed.at.strftime("%Y-%m-%dT%H:%M"), parsed.kind) == (expected, DateKind.EXACT)


@pytest.mark.parametrize(
    "text",
    [
        "11 января 2021, 14:20",
        "11 Ocak 2021 Pazartesi 14:20",
        "11 Yanvar 2021 14:20",
        "11 հունվարի, 2021 14:20",
        "2021 թ. հունվարի 11, 14:20",
        "January 11, 2021 2:20 PM",
        "11.01.2021 14:20:00",
        "2021/01/11 14:20",
        "Monday, January 11, 2021 - 14:20",
        "bugün 14:20",
        "14:20",
    ],
)
def test_without_offset_the_sources_zone_counts(text: str) -> None:
    parsed = parse_date(text, "Asia/Baku", seen_at=SEEN)
    assert parsed is not None
    assert (parsed.at, parsed.kind) == (datetime(2021, 1, 11, 10, 20, tzinfo=UTC), DateKind.ASSUMED)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("January 11, 2021", "2021-01-11"),
        ("11 İyun 2021", "2021-06-11"),
        ("11 Kasım 2021", "2021-11-11"),
        ("01/25/2021", "2021-01-25"),
        ("вчера", "2021-01-10"),
    ],
)
def test_a_day_stays_the_day_printed(text: str, day: str) -> None:
    parsed = parse_date(text, "Asia/Baku", seen_at=SEEN)
    assert parsed is not None
    assert (f"{parsed.at:%Y-%m-%d %H:%M}", parsed.kind) == (f"{day} 00:00", DateKind.DAY)


@pytest.mark.parametrize(
    "text", [None, "", "soon", "31 февраля 2021", "Thu, 1 Jan 1970 00:00:00 GMT", "0001-01-01T00:00:00Z", "Jan 2021"]
)
def test_no_date_is_none(text: str | None) -> None:
    assert parse_date(text, seen_at=SEEN) is None


def test_unknown_zone_is_an_error_that_names_it() -> None:
    with pytest.raises(Permanent, match="Asia/Bakuu"):
        parse_date("11.01.2021 14:20", "Asia/Bakuu")


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_a_date_or_none(text: str) -> None:
    parsed = parse_date(text, "Europe/Moscow", seen_at=SEEN)
    assert parsed is None or parsed.at.tzinfo is not None


@settings(deadline=None)
@given(st.datetimes(datetime(1972, 1, 1), datetime(2100, 1, 1)))
def test_iso_times_come_back(at: datetime) -> None:
    aware = at.replace(tzinfo=UTC)
    parsed = parse_date(aware.isoformat())
    assert parsed is not None
    assert parsed.at == aware
