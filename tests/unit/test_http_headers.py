"""Headers that speak of time."""

from datetime import UTC, datetime

import httpx
import pytest

from worker.http_headers import as_sent, http_date, max_age_seconds, raw_header, retry_after_seconds

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DATE = "Mon, 02 Mar 2026 11:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Cache-Control": "no-store"}, None),
        ({"Cache-Control": "max-age=600"}, 600),
        ({"Cache-Control": 'public, Max-Age = "600", must-revalidate'}, 600),
        ({"Cache-Control": "s-maxage=600"}, None),  # for shared caches
        ({"Cache-Control": "max-age=soon"}, None),
        ({"Cache-Control": "max-age=-1"}, None),
        ({"Cache-Control": "max-age=0"}, 0),
        ({"Cache-Control": "max-age=600", "Age": "100"}, 500),
        ({"Cache-Control": "max-age=600", "Age": "900"}, 0),
        ({"Cache-Control": "max-age=99999999999999999"}, 2**31),
        ({"Expires": "Mon, 02 Mar 2026 13:00:00 GMT", "Date": DATE}, 7200),
        ({"Expires": "Mon, 02 Mar 2026 13:00:00 GMT"}, 3600),  # no Date: our clock
        ({"Expires": DATE, "Date": DATE}, 0),
        ({"Expires": "Thu, 19 Nov 1981 08:52:00 GMT", "Date": DATE}, 0),  # what PHP sends
        ({"Expires": "0"}, 0),
        ({"Expires": "-1"}, 0),
        ({"Cache-Control": "max-age=60", "Expires": "Mon, 02 Mar 2026 13:00:00 GMT", "Date": DATE}, 60),
    ],
)
def test_max_age(headers: dict[str, str], seconds: int | None) -> None:
    assert max_age_seconds(httpx.Headers(headers), NOW) == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 120 ", 120),
        ("86401", 86_400),
        ("1" * 19, 86_400),
        ("Mon, 02 Mar 2026 12:00:30 GMT", 30),
        (DATE, 0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("١٢٠", None),
        ("", None),
        ("9" * 100_000, None),
    ],
)
def test_retry_after(value: str, seconds: int | None) -> None:
    headers = httpx.Headers([(b"Retry-After", value.encode())])
    assert retry_after_seconds(headers, NOW) == seconds


def test_of_two_the_first_counts() -> None:
    headers = httpx.Headers([("Retry-After", "60"), ("Retry-After", "90")])
    assert retry_after_seconds(headers, NOW) == 60


@pytest.mark.parametrize(
    "value",
    [
        "Mon, 02 Mar 2026 11:00:00 GMT",
        "Monday, 02-Mar-26 11:00:00 GMT",
        "Mon Mar  2 11:00:00 2026",
        "Mon, 02 Mar 2026 15:00:00 +0400",
    ],
)
def test_dates_in_all_forms(value: str) -> None:
    assert http_date(value) == datetime(2026, 3, 2, 11, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", ["", "0", "never", "Mon, 32 Mar 2026 11:00:00 GMT", "Mon, 02 Mar 999999 11:00:00 GMT"]
)
def test_dates_that_are_none(value: str) -> None:
    assert http_date(value) is None


@pytest.mark.parametrize("sent", [b'"33a64"', b'W/"1"', b'"\xd0\xba"', b'"\xe9\xff"', b"bare, words"])
def test_validators_come_back_byte_for_byte(sent: bytes) -> None:
    kept = raw_header(httpx.Headers([(b"ETag", sent)]), "etag")
    assert kept is not None
    assert as_sent(kept) == sent
