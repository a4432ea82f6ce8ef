"""What an answer's headers say of time and identity: Retry-After, freshness, validators. Pure."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

RETRY_AFTER_CAP_SECONDS = 86_400
_MAX_AGE_CAP_SECONDS = 2**31  # RFC 9111 §1.2.2: greater values are this one


def raw_header(headers: httpx.Headers, name: str) -> str | None:
    """The first value of a header, verbatim: Latin-1 keeps every byte, and `as_sent` turns it back. None if empty."""
    wanted = name.lower().encode()
    values = (value for key, value in headers.raw if key.lower() == wanted)
    return next(values, b"").decode("latin-1") or None


def as_sent(value: str) -> bytes:
    """A value of `raw_header` as the bytes that it was; what cannot come from there (an option) as UTF-8."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode()


def retry_after_seconds(headers: httpx.Headers, now: datetime) -> int | None:
    """Seconds to wait by `Retry-After`, a number or a date (RFC 9110 §10.2.3), at most 24 h; None if it says none."""
    value = _single(headers, "retry-after")
    if _is_number(value):
        return min(int(value), RETRY_AFTER_CAP_SECONDS)
    at = http_date(value)
    if at is None:
        return None
    return min(max(0, round((at - now).total_seconds())), RETRY_AFTER_CAP_SECONDS)


def max_age_seconds(headers: httpx.Headers, now: datetime) -> int | None:
    """How long the answer stays fresh: `Cache-Control: max-age`, else `Expires` less `Date` (RFC 9111 §4.2.1).

    The `Age` that it had in caches on the way is taken off (§4.2.3). None where the headers say nothing.
    """
    lifetime = _max_age(headers.get("cache-control", ""))
    if lifetime is None:
        lifetime = _expires_in(headers, now)
    if lifetime is None:
        return None
    age = _single(headers, "age")
    return max(0, lifetime - (int(age) if _is_number(age) else 0))


def http_date(value: str) -> datetime | None:
    """A date in any of the three forms of RFC 9110 §5.6.7, as aware UTC; None if it is none of them."""
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _max_age(cache_control: str) -> int | None:
    for directive in cache_control.lower().split(","):
        name, _, value = directive.partition("=")
        value = value.strip().strip('"')
        if name.strip() == "max-age" and _is_number(value):
            return min(int(value), _MAX_AGE_CAP_SECONDS)
    return None


def _expires_in(headers: httpx.Headers, now: datetime) -> int | None:
    value = _single(headers, "expires")
    if not value:
        return None
    expires = http_date(value)
    if expires is None:  # "0" and the like mean: already (RFC 9111 §5.3)
        return 0
    date = http_date(_single(headers, "date")) or now
    return max(0, round((expires - date).total_seconds()))


def _single(headers: httpx.Headers, name: str) -> str:
    """A header that has one value; where a server sends it twice, the first."""
    return (raw_header(headers, name) or "").strip()


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 20  # int() of a million digits takes its time
