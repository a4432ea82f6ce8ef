"""A page of items in the formats of other readers: Atom (RFC 4287), RSS 2.0, JSON Feed 1.1, CSV, NDJSON."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from xml.etree import ElementTree

from api.schemas import ItemOut
from api.urls import safe_link

ATOM = "http://www.w3.org/2005/Atom"
XML_FORBIDDEN = dict.fromkeys([*range(0x20), 0x7F, 0xFFFE, 0xFFFF]) | {9: " ", 10: "\n", 13: "\n"}
CSV_FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = (
    "id",
    "published_at",
    "source",
    "country",
    "language",
    "title",
    "translated_title",
    "text",
    "translated_text",
    "translation_state",
    "verdict",
    "topics",
    "actors",
    "places",
    "url",
    "sample",
    "vanished_at",
)


@dataclass(frozen=True, slots=True)
class FeedInfo:
    """What a feed says of itself. `base` is the address of this server without a slash at the end."""

    title: str
    base: str
    self_url: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed, whatever it is made of. `tags` are (term, scheme, label); `extra` is for JSON Feed only."""

    id: str
    url: str
    title: str
    text: str
    published_at: datetime
    updated_at: datetime
    author: str
    extra: Mapping[str, Any]
    html: str = ""
    origin: str | None = None
    language: str | None = None
    tags: Sequence[tuple[str, str, str]] = ()


def item_entry(item: ItemOut, info: FeedInfo) -> Entry:
    """An item as an entry; as the API gives it, it stands under `_ceasewire`."""
    address = f"{info.base}/view/items/{item.id}"
    return Entry(
        id=address,
        url=address,
        title=headline(item),
        text=both_texts(item),
        published_at=item.published_at,
        updated_at=item.vanished_at or item.first_seen_at,
        author=item.source.name,
        extra=item.model_dump(mode="json"),
        origin=item.url,
        language=item.language.code if item.language else None,
        tags=[(tag.id, f"{info.base}/conflicts/{tag.conflict}/{tag.kind.value}s", tag.label) for tag in item.tags],
    )


def atom(entries: Sequence[Entry], info: FeedInfo) -> bytes:
    """RFC 4287, with the tags as categories."""
    feed = ElementTree.Element("feed", {"xmlns": ATOM})
    _add(feed, "title", info.title)
    _add(feed, "id", info.self_url)
    _add(feed, "updated", info.updated_at.isoformat())
    ElementTree.SubElement(feed, "link", {"rel": "self", "href": info.self_url})
    for entry in entries:
        _atom_entry(ElementTree.SubElement(feed, "entry"), entry)
    return _xml(feed)


def _atom_entry(element: ElementTree.Element, entry: Entry) -> None:
    _add(element, "title", entry.title)
    _add(element, "id", entry.id)
    _add(element, "published", entry.published_at.isoformat())
    _add(element, "updated", entry.updated_at.isoformat())
    _add(ElementTree.SubElement(element, "author"), "name", entry.author)
    ElementTree.SubElement(element, "link", {"rel": "alternate", "href": entry.url})
    if safe_link(entry.origin):
        ElementTree.SubElement(element, "link", {"rel": "via", "href": safe_link(entry.origin)})
    for term, scheme, label in entry.tags:
        ElementTree.SubElement(element, "category", {"term": term, "scheme": scheme, "label": label})
    _add(element, "content", entry.html or entry.text)
    if entry.html:
        element[-1].set("type", "html")


def rss(entries: Sequence[Entry], info: FeedInfo) -> bytes:
    """RSS 2.0, for readers that know nothing newer."""
    root = ElementTree.Element("rss", {"version": "2.0"})
    channel = ElementTree.SubElement(root, "channel")
    _add(channel, "title", info.title)
    _add(channel, "link", info.base)
    _add(channel, "description", "Recent items, original and translation")
    for entry in entries:
        element = ElementTree.SubElement(channel, "item")
        _add(element, "title", entry.title)
        _add(element, "link", entry.url)
        _add(element, "guid", entry.id)
        if entry.id != entry.url:
            element[-1].set("isPermaLink", "false")
        _add(element, "pubDate", format_datetime(entry.published_at, usegmt=True))
        _add(element, "description", entry.html or entry.text)
        for _, _, label in entry.tags:
            _add(element, "category", label)
    return _xml(root)


def json_feed(entries: Sequence[Entry], info: FeedInfo) -> bytes:
    """JSON Feed 1.1; what the API says of it stands under `_ceasewire`."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": info.title,
        "home_page_url": info.base,
        "feed_url": info.self_url,
        "items": [_json_entry(entry) for entry in entries],
    }
    return json.dumps(feed, ensure_ascii=False).encode()


def _json_entry(entry: Entry) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        "content_text": entry.text,
        "date_published": entry.published_at.isoformat(),
        "authors": [{"name": entry.author}],
        "tags": [label for _, _, label in entry.tags],
        "_ceasewire": entry.extra,
    }
    given = {"content_html": entry.html, "external_url": entry.origin, "language": entry.language}
    return made | {name: value for name, value in given.items() if value}


def csv_header() -> str:
    """The first line: names of the columns."""
    return ",".join(COLUMNS) + "\r\n"


def csv_lines(items: Iterable[ItemOut]) -> str:
    """RFC 4180 rows. A cell that a spreadsheet would take for a formula gets an apostrophe in front."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for item in items:
        writer.writerow([_cell(value) for value in _row(item)])
    return buffer.getvalue()


def _row(item: ItemOut) -> Sequence[object]:
    def ids(kind: str) -> str:
        return " ".join(tag.id for tag in item.tags if tag.kind.value == kind)

    return (
        item.id,
        item.published_at.isoformat(),
        item.source.id,
        item.source.country or "",
        item.language.code if item.language else "",
        item.title,
        item.translation.title if item.translation else "",
        item.text,
        item.translation.text if item.translation else "",
        item.state.translation,
        " ".join(f"{one.conflict}:{one.verdict.value}" for one in item.assessments),
        ids("topic"),
        ids("actor"),
        ids("place"),
        item.url or "",
        "yes" if item.sample else "no",
        item.vanished_at.isoformat() if item.vanished_at else "",
    )


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(CSV_FORMULA) else value


def ndjson_lines(items: Iterable[ItemOut]) -> str:
    """One JSON object a line, as `/items` gives it."""
    return "".join(item.model_dump_json() + "\n" for item in items)


def headline(item: ItemOut) -> str:
    """The translated title, else the original one, else the beginning of the text."""
    if item.translation and item.translation.title:
        return item.translation.title
    text = item.translation.text if item.translation else item.text
    return item.title or (text[:100] + "…" if len(text) > 100 else text)


def both_texts(item: ItemOut) -> str:
    """Translation first, then the original; the state where there is no translation. A withdrawal stands above all."""
    return f"{_withdrawal(item)}{_texts(item)}"


def _withdrawal(item: ItemOut) -> str:
    return f"[taken back by its source, seen {item.vanished_at:%F %R} UTC]\n\n" if item.vanished_at else ""


def _texts(item: ItemOut) -> str:
    original = "\n\n".join(part for part in (item.title, item.text) if part)
    if item.translation:
        translated = "\n\n".join(part for part in (item.translation.title, item.translation.text) if part)
        return f"{translated}\n\n— {item.state.summary} —\n\n{original}"
    return original if item.state.translation == "not_needed" else f"[{item.state.summary}]\n\n{original}"


FEEDS: dict[str, tuple[str, Callable[[Sequence[Entry], FeedInfo], bytes]]] = {
    "atom": ("application/atom+xml", atom),
    "rss": ("application/rss+xml", rss),
    "feed.json": ("application/feed+json", json_feed),
}


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = text.translate(XML_FORBIDDEN)


def _xml(root: ElementTree.Element) -> bytes:
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document
