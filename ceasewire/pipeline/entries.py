"""What all readers of feeds share: the context of a reading, how an entry is made, what a whole feed shows of it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from re import compile as regex
from sys import getsizeof
from urllib.parse import urlsplit

from ceasewire.items import DateKind, Entry, FeedData, ParsedFeed
from ceasewire.pipeline.dates import ParsedDate, parse_date
from ceasewire.pipeline.html import one_line, plain_text, without_cdata
from ceasewire.pipeline.memo import NOTHING, Memo
from ceasewire.pipeline.urls import absolute_url, url_key

MAX_ENTRIES = 2000
MAX_BODY = 1_000_000  # characters of one body of an entry; no article is so long, and each takes some forty bytes
_LANGUAGE = regex(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*")
_WORD = regex(r"\w+")
_TOLD = 0.9  # of an excerpt's words stand in the full text too
_UNPRINTABLE = regex("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader knows beside the body. `url` is where it came from; `language` and `timezone` are the source's."""

    url: str
    first_seen_at: datetime
    language: str | None = None
    timezone: str | None = None
    memo: Memo = NOTHING  # of entries made before

    def date(self, *candidates: str | None) -> ParsedDate | None:
        """The first of `candidates` that holds a date."""
        parsed = (parse_date(each, self.timezone, seen_at=self.first_seen_at) for each in candidates if each)
        return next((each for each in parsed if each), None)


@dataclass(frozen=True, slots=True)
class RawEntry:
    """An entry's fields as a feed gives them. `titles_html`: the title is markup; dates are in order of preference."""

    guid: str | None
    url: str | None
    title: str
    title_is_html: bool
    bodies: tuple[str, ...]  # HTML, a summary before the full text
    author: str | None
    published: tuple[str | None, ...]
    updated: str | None
    language: str | None


def clean(value: object) -> str | None:
    """A field as text without characters that no store takes; None when there is nothing in it."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    text = str(value)
    return (text if text.isprintable() else _UNPRINTABLE.sub("", text)).strip() or None


def web_address(url: str | None) -> str | None:
    """An address of the web, whole or relative; None for others: feeds also give URNs."""
    try:
        return url if url and urlsplit(url).scheme in ("", "http", "https") else None
    except ValueError:
        return None


def language_code(value: object) -> str | None:
    """Lower-case BCP 47, or None for what is no language tag."""
    code = (clean(value) or "").lower().replace("_", "-")
    return code if _LANGUAGE.fullmatch(code) else None


def make_entry(raw: RawEntry, reading: Reading) -> Entry:
    """Dates read, bodies joined, text made readable. An undated entry is dated by its first sighting."""
    if any(len(body) > MAX_BODY for body in raw.bodies):
        raw = replace(raw, bodies=tuple(body[:MAX_BODY] for body in raw.bodies))
    published = reading.date(*raw.published) or ParsedDate(reading.first_seen_at, DateKind.FIRST_SEEN)
    updated = reading.date(raw.updated)
    return reading.memo.ask(_dated_entry, raw, reading.url, published, updated, size=_size)


def _dated_entry(raw: RawEntry, base_url: str, published: ParsedDate, updated: ParsedDate | None) -> Entry:
    text, html = _fullest(raw.bodies)
    return Entry(
        guid=clean(raw.guid),
        url=absolute_url(clean(raw.url), base_url),
        title=one_line(raw.title) if raw.title_is_html else " ".join(without_cdata(raw.title).split()),
        html=html,
        text=text,
        author=" ".join(plain_text(raw.author or "").split()) or None,
        published_at=published.at,
        updated_at=updated.at if updated else None,
        date_kind=published.kind,
        language=language_code(raw.language),
    )


def _size(entry: Entry) -> int:
    """Of the entry and of the fields that it was made of, which are about as long as its HTML."""
    return 2 * getsizeof(entry.html) + getsizeof(entry.text) + 2 * getsizeof(entry.title)


def finish(feed: FeedData, entries: Iterable[Entry], total: int, warnings: Iterable[str] = ()) -> ParsedFeed:
    """See through guids and links that several entries share: such name no entry. `total` is before the cap."""
    kept = list(entries)
    notes = list(warnings)
    if total > MAX_ENTRIES:
        notes.append(f"{total} entries, of which only the first {MAX_ENTRIES} were read")
    if cut := sum(len(entry.html) >= MAX_BODY for entry in kept):
        notes.append(f"{cut} entries so long that only their first {MAX_BODY:,} characters were read")
    kept = _without_shared_guids(kept, notes)
    kept = _with_links_judged(kept, notes)
    return ParsedFeed(feed, tuple(kept), tuple(notes))


def _fullest(bodies: tuple[str, ...]) -> tuple[str, str]:
    """The body with the longest text, and those that say something else: a lead, a caption. Text and HTML."""
    read = [(plain_text(body), body) for body in dict.fromkeys(bodies) if body]
    if not read:
        return "", ""
    longest = max(read, key=lambda pair: len(pair[0]))
    kept = [pair for pair in read if pair is longest or not _is_told(pair[0], longest[0])]
    return "\n\n".join(text for text, _ in kept if text), "\n".join(html for _, html in kept)


def _is_told(text: str, by: str) -> bool:
    words = set(_WORD.findall(text.lower()))
    return len(words & set(_WORD.findall(by.lower()))) >= _TOLD * len(words)


def _without_shared_guids(entries: list[Entry], notes: list[str]) -> list[Entry]:
    """A guid on two entries with the same link is a repeated entry; on entries with other links it is worthless."""
    distinct = {(entry.guid, entry.url or entry.title) for entry in entries if entry.guid}
    shared = {guid for guid, count in Counter(guid for guid, _ in distinct).items() if count > 1}
    if not shared:
        return entries
    notes.append(f"one guid on several entries, not used as identity: {', '.join(sorted(map(str, shared))[:3])}")
    return [replace(entry, guid=None) if entry.guid in shared else entry for entry in entries]


def _with_links_judged(entries: list[Entry], notes: list[str]) -> list[Entry]:
    """A link on entries with other guids and titles (a live blog, a front page) names no entry either."""
    keys = [url_key(entry.url) if entry.url else None for entry in entries]
    distinct = {(key, entry.guid, entry.title) for key, entry in zip(keys, entries, strict=True) if key and entry.guid}
    guids = Counter(key for key, _ in {(key, guid) for key, guid, _ in distinct})
    titles = Counter(key for key, _ in {(key, title) for key, _, title in distinct})
    shared = {key for key in guids if guids[key] > 1 and titles[key] > 1}
    if not shared:
        return entries
    notes.append(f"one link on several entries, not used as identity: {', '.join(sorted(map(str, shared))[:3])}")
    return [replace(entry, own_link=key not in shared) for key, entry in zip(keys, entries, strict=True)]
