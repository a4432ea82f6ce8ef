"""JSON Feed, versions 1 and 1.1 (jsonfeed.org/version/1.1), which feedparser does not read."""

import json
from collections.abc import Iterator
from typing import Any

from ceasewire.errors import Permanent
from ceasewire.items import FeedData, ParsedFeed
from ceasewire.pipeline.entries import MAX_ENTRIES, RawEntry, Reading, clean, finish, language_code, make_entry
from ceasewire.pipeline.html import text_to_html


def parse_json_feed(text: str, reading: Reading) -> ParsedFeed:
    """Read a JSON Feed.

    Raises:
        Permanent: it is not JSON, or not a feed.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Permanent(f"not valid JSON: {error}", about=reading.url) from error
    items = data.get("items") if isinstance(data, dict) else None
    if not isinstance(items, list):
        raise Permanent("JSON without an `items` list is no JSON Feed", about=reading.url)
    language = reading.language or language_code(data.get("language"))
    feed = FeedData(clean(data.get("title")), clean(data.get("home_page_url")), language, None, "json")
    objects = [item for item in items if isinstance(item, dict)]
    warnings = [f"{len(items) - len(objects)} items are no objects"] if len(objects) < len(items) else []
    entries = [make_entry(_raw(each, language), reading) for each in objects[:MAX_ENTRIES]]
    return finish(feed, entries, len(objects), warnings)


def _raw(item: dict[str, Any], language: str | None) -> RawEntry:
    return RawEntry(
        guid=clean(item.get("id")),
        url=clean(item.get("url")) or clean(item.get("external_url")),
        title=clean(item.get("title")) or "",
        title_is_html=False,
        bodies=tuple(_bodies(item)),
        author=_author(item),
        published=(clean(item.get("date_published")), clean(item.get("date_modified"))),
        updated=clean(item.get("date_modified")),
        language=clean(item.get("language")) or language,
    )


def _bodies(item: dict[str, Any]) -> Iterator[str]:
    for name in ("summary", "content_text"):
        text = clean(item.get(name))
        if text:
            yield text_to_html(text)
    html = clean(item.get("content_html"))
    if html:
        yield html


def _author(item: dict[str, Any]) -> str | None:
    authors = item.get("authors") or [item.get("author")]
    names = [clean(each.get("name")) for each in authors if isinstance(each, dict)] if isinstance(authors, list) else []
    return ", ".join(name for name in names if name) or None
