"""Decoded text to a ParsedFeed: RSS, RDF and Atom through feedparser, and the other kinds of source through theirs.

feedparser runs unsanitised, as its sanitiser deletes embedded posts; nothing of `Entry.html` may be stored unsanitised.
"""

import io
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import feedparser
from lxml import etree

from ceasewire.errors import CeasewireError, NotAFeed, Permanent
from ceasewire.items import Decoded, Entry, FeedData, ParsedFeed, SourceForPoll, SourceKind
from ceasewire.pipeline.entries import (
    MAX_ENTRIES,
    RawEntry,
    Reading,
    clean,
    finish,
    language_code,
    make_entry,
    web_address,
)
from ceasewire.pipeline.html import first_tag, text_to_html
from ceasewire.pipeline.jsonfeed import parse_json_feed
from ceasewire.pipeline.memo import NOTHING as NOT_KEPT
from ceasewire.pipeline.memo import Memo
from ceasewire.pipeline.page import parse_page
from ceasewire.pipeline.plainrss import plain_entry, split_plain_rss
from ceasewire.pipeline.telegram import parse_telegram
from ceasewire.pipeline.urls import post_address, x_address
from ceasewire.pipeline.xmltext import as_written, clean_xml, first_items

NOTHING: Mapping[int, Mapping[str, str]] = MappingProxyType({})
_FEED_ROOT = re.compile(r"<(?:\w+:)?(?:rss|rdf|feed)\b", re.IGNORECASE)
_PERIOD_SECONDS = {"hourly": 3600, "daily": 86400, "weekly": 604800, "monthly": 2592000, "yearly": 31536000}


def parse_source(
    decoded: Decoded, source: SourceForPoll, url: str, first_seen_at: datetime, memo: Memo = NOT_KEPT
) -> ParsedFeed:
    """Read a source's answer by its kind; `url` is where the body came from. A feed without entries is a feed.

    With a `memo` entries that it knows are not made again; what comes out is the same.

    Raises:
        NotAFeed: an HTML page, or nothing.
        Permanent: nothing of that kind can be found in it, or it breaks the parser. Both name `url`.
    """
    reading = Reading(url, first_seen_at, source.language, source.timezone, memo)
    if source.kind is SourceKind.TELEGRAM:
        parsed = parse_telegram(decoded, reading)
    elif source.kind is SourceKind.PAGE:
        parsed = parse_page(decoded, source.options.get("selectors"), reading)
    else:
        parsed = _parse_feed(decoded, reading)
    return _with_damage(parsed, decoded)


def _parse_feed(decoded: Decoded, reading: Reading) -> ParsedFeed:
    text = decoded.text.lstrip("\ufeff \t\r\n")
    if not text:
        raise NotAFeed("an empty body instead of a feed", about=reading.url)
    if text.startswith("{"):
        return parse_json_feed(text, reading)
    if first_tag(text) in ("html", "head", "body") and not _FEED_ROOT.search(text):
        raise NotAFeed("an HTML page instead of a feed", about=reading.url, remedy="look for the feed's new address")
    try:
        return _read_xml(text, reading)
    except CeasewireError:
        raise
    except Exception as error:  # feedparser raises whatever its parts raise (KeyError, ValueError, …)
        raise Permanent(f"the parser failed on it: {error!r}", about=reading.url) from error


def _read_xml(text: str, reading: Reading) -> ParsedFeed:
    """By feedparser, but for the plain items of RSS 2.0, if its reading of the rest agrees."""
    text, left_out = first_items(text, MAX_ENTRIES)
    split = split_plain_rss(as_written(text, reading.url))
    if split is None:
        split = split_plain_rss(clean_xml(text, reading.url))
    if split:
        result = _run_feedparser(clean_xml(split.rest, reading.url))
        if result.version.startswith("rss") and len(result.entries) == split.total - len(split.plain):
            return _read(result, reading, split.plain, left_out)
    return _read(_run_feedparser(clean_xml(text, reading.url)), reading, left_out=left_out)


def _run_feedparser(xml: bytes) -> Any:
    """feedparser's result; where it fails or finds nothing, once more with what libxml2 makes of the text.

    It is not told the feed's address, which it would resolve anew at each element: links are made absolute here.
    """
    headers = {"content-type": "application/xml; charset=utf-8"}
    options = {"response_headers": headers, "sanitize_html": False, "resolve_relative_uris": False}
    try:
        result = feedparser.parse(io.BytesIO(xml), **options)
        if result.get("version") or result.entries:
            return result
    except Exception:
        return feedparser.parse(io.BytesIO(_recovered(xml)), **options)
    recovered = feedparser.parse(io.BytesIO(_recovered(xml)), **options)
    return recovered if recovered.entries else result


def _recovered(xml: bytes) -> bytes:
    root = etree.fromstring(xml, etree.XMLParser(recover=True, resolve_entities=False, no_network=True))
    return b"" if root is None else etree.tostring(root, encoding="utf-8")


def _read(
    result: Any, reading: Reading, plain: Mapping[int, Mapping[str, str]] = NOTHING, left_out: int = 0
) -> ParsedFeed:
    """`plain` are further entries by their places among all, `left_out` the number of those beyond the limit."""
    total = len(result.entries) + len(plain)
    if not result.get("version") and not total:
        raise Permanent("no feed found in it", about=reading.url, remedy="check the address in a browser")
    own_language = language_code(result.feed.get("language"))
    language = reading.language or own_language
    feed = FeedData(
        title=clean(result.feed.get("title")),
        url=clean(result.feed.get("link")),
        language=own_language,
        ttl_seconds=_ttl_seconds(result.feed),
        format=result.version or "unknown",
    )
    warnings = [f"not well-formed: {result.bozo_exception}"] if result.get("bozo") else []
    if feed.url and not reading.url.startswith("http"):
        reading = replace(reading, url=feed.url)  # a file: relative links are relative to the feed's site
    others = iter(result.entries)
    raw = (
        plain_entry(plain[place], language) if place in plain else _raw(next(others), own_language, language)
        for place in range(min(total, MAX_ENTRIES))
    )
    return finish(feed, [_as_post(make_entry(each, reading), feed) for each in raw], total + left_out, warnings)


def _raw(entry: Mapping[str, Any], feed_language: str | None, language: str | None) -> RawEntry:
    """Plain `dict` lookups: feedparser's own answer `updated` with `published`, and warn."""
    fields: dict[str, Any] = dict(entry)
    title = fields.get("title_detail") or {}
    details = [*fields.get("content", ()), fields.get("summary_detail") or {}]
    own_language = next((code for each in [*details, title] if (code := language_code(each.get("language")))), None)
    return RawEntry(
        guid=fields.get("id"),
        url=_address(fields),
        title=clean(fields.get("title")) or "",
        title_is_html=title.get("type") != "text/plain",
        bodies=_bodies(fields),
        author=_author(fields),
        published=tuple(fields.get(name) for name in ("published", "created", "updated")),
        updated=fields.get("updated"),
        language=own_language if own_language and own_language != feed_language else language,
    )


def _address(fields: Mapping[str, Any]) -> str | None:
    """The link to a page about the entry, else Atom's to the entry itself; feedparser also offers URNs."""
    candidates = [
        fields.get("link"),
        *(each.get("href") for each in fields.get("links", ()) if each.get("rel") == "self"),
    ]
    return next((each for each in candidates if web_address(each)), None)


def _bodies(fields: Mapping[str, Any]) -> tuple[str, ...]:
    details = [fields.get("summary_detail") or {"value": fields.get("summary")}, *fields.get("content", ())]
    return tuple(_as_html(each) for each in details if each.get("value"))


def _as_html(detail: Mapping[str, Any]) -> str:
    value = str(detail["value"])
    return text_to_html(value) if detail.get("type") == "text/plain" else value


def _author(fields: Mapping[str, Any]) -> str | None:
    names = [each.get("name") for each in fields.get("authors", ()) if each.get("name")]
    return clean(", ".join(dict.fromkeys(names)) or fields.get("author"))


def _ttl_seconds(feed: Mapping[str, Any]) -> int | None:
    """RSS `ttl` is in minutes; of the syndication module, the period parted by the frequency."""
    ttl = str(feed.get("ttl") or "").strip()
    if ttl.isdecimal() and 0 < int(ttl) < 1_000_000:
        return int(ttl) * 60
    period = _PERIOD_SECONDS.get(str(feed.get("sy_updateperiod") or "").strip().lower())
    frequency = str(feed.get("sy_updatefrequency") or "1").strip()
    return period // int(frequency) if period and frequency.isdecimal() and 0 < int(frequency) <= period else None


def _as_post(entry: Entry, feed: FeedData) -> Entry:
    """An entry of a social account's own feed is itself a post. Nitter's declared language is always false."""
    address = post_address(entry.url or "")
    if address and _host(entry.url) == _host(feed.url):
        handle = address.handle
    elif entry.url and entry.url.endswith("#m") and (mirrored := _mirrored(entry.url)):
        address, handle = mirrored, mirrored.handle
        entry = replace(entry, language=None)
    else:
        return entry
    return replace(entry, platform=address.platform, handle=handle, post_id=address.post_id)


def _mirrored(url: str) -> Any:
    """A Nitter link, on whatever host, names the status on X."""
    address = post_address("https://x.com" + urlsplit(url).path)
    return x_address(address.post_id, address.handle) if address else None


def _host(url: str | None) -> str:
    return (urlsplit(url or "").hostname or "").removeprefix("www.")


def _with_damage(parsed: ParsedFeed, decoded: Decoded) -> ParsedFeed:
    if not decoded.lost:
        return parsed
    note = f"{decoded.lost} characters could not be read as {decoded.encoding} ({decoded.method})"
    return replace(parsed, warnings=(*parsed.warnings, note))
