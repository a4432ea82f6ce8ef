"""Dates as feeds of this region write them, and what is known of each: exact, assumed, or only the day.

Reads ISO 8601, RFC 822 and what comes of hand-written ones: offsets such as `+04` and `GMT+4`, zone names such as MSK
and AZT, month names in Russian, Turkish, Azerbaijani, Armenian and English, `сегодня, 14:05` beside a known day.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil import parser as dateutil_parser

from ceasewire.errors import Permanent
from ceasewire.items import DateKind
from ceasewire.pipeline.datewords import MONTHS, OFFSET_HOURS, RELATIVE_DAYS

_EARLIEST = 1971  # 1 January 1970 and year 1 are what software writes when it knows no date
_LONGEST = 120
_ISO = re.compile(
    r"^(?P<y>\d{4})[-/.]?(?P<m>\d{2})[-/.]?(?P<d>\d{2})(?:[t ,]+(?P<clock>\d{1,2}:?\d{2}.*))?$",
    re.IGNORECASE,
)
_DAY_MONTH_YEAR = re.compile(
    r"(?<!\d)(?P<d>\d{1,2})(?:st|nd|rd|th)?[\s\-./]+@(?P<m>\d+)@[\s\-./,]*(?P<y>\d{4}|\d{2})\b"
)
_MONTH_DAY_YEAR = re.compile(r"@(?P<m>\d+)@[\s\-./]*(?P<d>\d{1,2})(?:st|nd|rd|th)?(?!\d|:)[\s,]+(?P<y>\d{4})\b")
_YEAR_MONTH_DAY = re.compile(r"\b(?P<y>\d{4})[\s\-./,]*(?:թ|г|год|il|yıl)?[\s.,]*@(?P<m>\d+)@[\s\-./]*(?P<d>\d{1,2})\b")
_NUMERIC = re.compile(r"(?<!\d)(?P<d>\d{1,2})[./\-](?P<m>\d{1,2})[./\-](?P<y>\d{4}|\d{2})(?!\d)")
_WORD_FORMS = (_DAY_MONTH_YEAR, _MONTH_DAY_YEAR, _YEAR_MONTH_DAY, _NUMERIC)
_CLOCK = re.compile(
    r"(?<![\d:])(?P<h>\d{1,2})[:.](?P<min>\d{2})(?::(?P<s>\d{2})(?:[.,](?P<fraction>\d+))?)?(?!\d)\s*(?P<half>[ap]\.?m\b)?",
    re.IGNORECASE,
)
_OFFSET = re.compile(
    r"(?:\b(?:gmt|utc)\s*|(?<=[\d\s]))(?P<sign>[+\u2212-])(?P<h>\d{1,2}):?(?P<min>\d{2})?\b", re.IGNORECASE
)
_RFC_822 = re.compile(  # as nearly all feeds of RSS give it; the other forms take longer to tell
    r"(?:[A-Z][a-z]{2}, ?)?(?P<d>\d{1,2}) (?P<m>[A-Z][a-z]{2}) (?P<y>\d{4}) "
    r"(?P<h>[01]\d|2[0-3]):(?P<min>[0-5]\d)(?::(?P<s>[0-5]\d))? (?:GMT|(?P<sign>[+-])(?P<oh>[01]\d)(?P<om>\d\d))",
    re.ASCII,
)
_RFC_822_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class ParsedDate:
    """A point in time, aware UTC. For `DateKind.DAY` it is midnight UTC of the day as printed."""

    at: datetime
    kind: DateKind


def parse_date(text: str | None, timezone: str | None = None, *, seen_at: datetime | None = None) -> ParsedDate | None:
    """Read one date; None where it holds none.

    `timezone` is the IANA name of the source's zone, for dates without an offset; `seen_at` is the day that words
    such as "yesterday" and a bare clock time are read beside.
    """
    if not text or not text.strip():
        return None
    zone = _zone(timezone)
    try:
        if (usual := _RFC_822.fullmatch(text)) and usual["m"] in _RFC_822_MONTHS:
            return _rfc_822(usual)
        cleaned = _with_month_numbers(" ".join(text.split())[:_LONGEST])
        found = _epoch(cleaned) or _iso(cleaned, zone) or _words(cleaned, zone) or _relative(cleaned, zone, seen_at)
        found = found or _by_dateutil(text.strip()[:_LONGEST], zone)
    except (ValueError, OverflowError):
        return None
    return found if found and found.at.year >= _EARLIEST else None


def _rfc_822(match: re.Match[str]) -> ParsedDate | None:
    offset = timedelta(hours=int(match["oh"] or 0), minutes=int(match["om"] or 0))
    at = datetime(
        int(match["y"]),
        _RFC_822_MONTHS.index(match["m"]) + 1,
        int(match["d"]),
        int(match["h"]),
        int(match["min"]),
        int(match["s"] or 0),
        tzinfo=UTC,
    )
    at += offset if match["sign"] == "-" else -offset
    return ParsedDate(at, DateKind.EXACT) if at.year >= _EARLIEST else None


def _zone(name: str | None) -> tzinfo:
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Permanent("no such time zone", about=name, remedy="use an IANA name such as Asia/Baku") from error


def _with_month_numbers(text: str) -> str:
    """Lower case, with `@9@` for the name of the ninth month in any of the languages."""

    def numbered(match: re.Match[str]) -> str:
        number = MONTHS.get(match.group().replace("\u0307", ""))
        return f"@{number}@" if number else match.group()

    return _WORD.sub(numbered, text.replace("İ", "i").lower())


def _epoch(text: str) -> ParsedDate | None:
    """Seconds or milliseconds since 1970, as some JSON feeds give them."""
    if not re.fullmatch(r"\d{10}|\d{13}", text):
        return None
    return ParsedDate(datetime.fromtimestamp(int(text[:10]), UTC), DateKind.EXACT)


def _iso(text: str, zone: tzinfo) -> ParsedDate | None:
    match = _ISO.match(text)
    if not match:
        return None
    clock = match["clock"]
    if clock and re.match(r"\d{4}", clock):  # the basic form 20210111T100500Z
        clock = re.sub(r"^(\d{2})(\d{2})(\d{2})?", lambda m: ":".join(part for part in m.groups() if part), clock)
    return _at(_day(match), clock or "", zone)


def _words(text: str, zone: tzinfo) -> ParsedDate | None:
    for form in _WORD_FORMS:
        match = form.search(text)
        if match:
            return _at(_day(match), text[: match.start()] + " " + text[match.end() :], zone)
    return None


def _relative(text: str, zone: tzinfo, seen_at: datetime | None) -> ParsedDate | None:
    if seen_at is None:
        return None
    today = seen_at.astimezone(zone).date()
    for word in _WORD.findall(text.replace("bu gün", "bugün")):
        if word in RELATIVE_DAYS:
            return _at(today + timedelta(days=RELATIVE_DAYS[word]), text, zone)
    if _CLOCK.fullmatch(text):
        return _at(today, text, zone)
    return None


def _by_dateutil(text: str, zone: tzinfo) -> ParsedDate | None:
    """Last resort. It fills what is missing from a default, so two defaults tell what it made up."""
    if not re.search(r"\d", text):
        return None
    try:
        first, second = (dateutil_parser.parse(text, default=datetime(2000 + n, n, n)) for n in (1, 2))
    except (ValueError, OverflowError, TypeError, AttributeError):
        return None
    if first.date() != second.date():
        return None
    if first.tzinfo is not None:
        return ParsedDate(first.astimezone(UTC), DateKind.EXACT)
    if first.time() == time():
        return ParsedDate(first.replace(tzinfo=UTC), DateKind.DAY)
    return ParsedDate(first.replace(tzinfo=zone).astimezone(UTC), DateKind.ASSUMED)


def _day(match: re.Match[str]) -> date:
    year = int(match["y"])
    if len(match["y"]) == 2:
        year += 2000 if year < 70 else 1900
    day, month = int(match["d"]), int(match["m"])
    if month > 12 >= day:  # 09/15/2026, the American order
        day, month = month, day
    return date(year, month, day)


def _at(day: date, rest: str, zone: tzinfo) -> ParsedDate:
    clock = _CLOCK.search(rest)
    if not clock:
        return ParsedDate(datetime.combine(day, time(), UTC), DateKind.DAY)
    hour, minute, second = int(clock["h"]), int(clock["min"]), min(int(clock["s"] or 0), 59)
    if clock["half"]:
        hour = hour % 12 + (12 if clock["half"].lower().startswith("p") else 0)
    microsecond = int(((clock["fraction"] or "") + "000000")[:6])
    days, hour = divmod(hour, 24) if hour == 24 else (0, hour)
    naive = datetime.combine(day, time(hour, minute, second, microsecond)) + timedelta(days=days)
    given = _given_zone(rest[clock.end() :])
    return ParsedDate(
        naive.replace(tzinfo=given or zone).astimezone(UTC), DateKind.EXACT if given else DateKind.ASSUMED
    )


def _given_zone(after_clock: str) -> tzinfo | None:
    offset = _OFFSET.search(" " + after_clock)
    if offset:
        minutes = int(offset["h"]) * 60 + int(offset["min"] or 0)
        if minutes <= 15 * 60:
            return timezone(timedelta(minutes=-minutes if offset["sign"] != "+" else minutes))
    for word in _WORD.findall(after_clock):
        if word in OFFSET_HOURS:
            return timezone(timedelta(hours=OFFSET_HOURS[word]))
    return None
