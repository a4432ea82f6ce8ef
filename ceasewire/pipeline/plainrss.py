"""The plain items of an RSS 2.0 feed, read straight from the tree: most items are, and feedparser's time goes there.

Whatever is not plain is left in the document for feedparser: the channel, other formats, and each item that has an
element, an attribute or a text whose meaning it would have to find out. What is read here is what feedparser 6 gives.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from lxml import etree

from ceasewire.pipeline.entries import RawEntry, clean, web_address

_CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_MEDIA = "{http://search.yahoo.com/mrss/}"
_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "title": "title",
        "link": "link",
        "guid": "guid",
        "description": "description",
        "pubDate": "published",
        "pubdate": "published",
        "author": "author",
        f"{_DC}creator": "author",
        f"{_DC}date": "updated",
        f"{_CONTENT}encoded": "content",
    }
)
_UNREAD = frozenset(  # say nothing that is stored, nor change what other elements say
    {
        *("category", "comments", "enclosure", "source"),
        *(f"{_DC}{name}" for name in ("subject", "identifier", "publisher", "type", "format")),
        *(f"{_MEDIA}{name}" for name in ("thumbnail", "content", "credit", "keywords", "category", "rating")),
        "{http://purl.org/rss/1.0/modules/slash/}comments",
        "{http://wellformedweb.org/CommentAPI/}commentRss",
        "{http://wellformedweb.org/CommentAPI/}comment",
        "{com-wordpress:feed-additions:1}post-id",
    }
)
_UNREAD_PREFIXES = frozenset({"yandex", "turbo", "mailru", "rambler"})  # feedparser knows none of these
_MAX_BYTES, _MAX_TAGS = 4_000_000, 100_000  # of a tree that takes at most some 30 MB; feedparser needs none
_MARKUP_LIKE = re.compile(r"</\w|&#?\w+;")  # in a title: is it text or HTML?
_CONTROLS = re.compile("[\x80-\x9f]")  # letters of cp1252 under wrong numbers
_LOOSE_REFERENCE = re.compile(r"&(\w+);", re.ASCII)


@dataclass(frozen=True, slots=True)
class PlainRss:
    """The document without its plain items, and the fields of these by their place; `total` counts all items."""

    rest: str
    plain: Mapping[int, Mapping[str, str]]
    total: int


class _NotPlain(Exception):
    """The item is for feedparser."""


def split_plain_rss(xml: bytes) -> PlainRss | None:
    """Take the plain items out of a feed as UTF-8; None where it is no RSS 2.0, not well-formed, too large, or odd."""
    if b"<rss" not in xml[:2000] or len(xml) > _MAX_BYTES or xml.count(b"<") > _MAX_TAGS:
        return None
    if b"<!DOCTYPE" in xml or b" xml:" in xml:
        return None
    try:
        root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True))
    except etree.LxmlError:
        return None
    channel = _only_channel(root)
    if channel is None:
        return None
    items = channel.findall("item")
    if len(items) != sum(1 for _ in root.iter("{*}item", "{*}entry")):
        return None
    plain: dict[int, Mapping[str, str]] = {}
    for place, item in enumerate(items):
        try:
            plain[place] = _fields(item)
        except _NotPlain:
            continue
        channel.remove(item)
    return PlainRss(etree.tostring(root, encoding="unicode"), plain, len(items))


def plain_entry(fields: Mapping[str, str], language: str | None) -> RawEntry:
    """A plain item, which says nothing of its language."""
    published, updated = fields.get("published"), fields.get("updated")
    return RawEntry(
        guid=fields.get("guid"),
        url=web_address(fields.get("link", fields.get("permalink"))),
        title=clean(fields.get("title")) or "",
        title_is_html=False,
        bodies=tuple(body for name in ("description", "content") if (body := fields.get(name))),
        author=clean(fields.get("author")),
        published=(published, updated),
        updated=updated,
        language=language,
    )


def _only_channel(root: Any) -> Any:
    """The channel of `<rss version="2.…"><channel>`, where neither says more; else None."""
    if root.tag != "rss" or set(root.attrib) != {"version"} or not root.get("version").startswith("2."):
        return None
    return root[0] if len(root) == 1 and root[0].tag == "channel" and not root[0].attrib else None


def _fields(item: Any) -> dict[str, str]:
    if item.attrib:
        raise _NotPlain
    found: dict[str, str] = {}
    for child in item:
        field = _FIELDS.get(child.tag)
        if len(child) or field in found:
            raise _NotPlain
        if field is not None:
            found[field] = _text(child, field)
            if field == "guid" and _is_permalink(child):
                found["permalink"] = found[field]
        elif child.tag not in _UNREAD and child.prefix not in _UNREAD_PREFIXES:
            raise _NotPlain
    if "///" in found.get("link", "") or "///" in found.get("permalink", ""):
        raise _NotPlain
    return found


def _text(child: Any, field: str) -> str:
    """The text, unless feedparser might take it for mis-encoded, for HTML, or for more than a name."""
    text = (child.text or "").strip()
    if child.attrib and field != "guid":
        raise _NotPlain
    if not text.isascii() and (_CONTROLS.search(text) or _is_latin(text)):
        raise _NotPlain
    if (field == "title" and _MARKUP_LIKE.search(text)) or (field == "author" and "@" in text):
        raise _NotPlain
    return _LOOSE_REFERENCE.sub(r"&\1", text.replace("&amp;", "&")) if field == "link" else text


def _is_latin(text: str) -> bool:
    """Whether the characters could be the bytes of UTF-8, read as Latin-1."""
    try:
        text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return False
    return True


def _is_permalink(guid: Any) -> bool:
    """RSS 2.0: a guid is the item's address unless it says otherwise."""
    said = {str(name).lower(): value for name, value in guid.attrib.items()}
    if said.keys() - {"ispermalink"}:
        raise _NotPlain
    return bool(said.get("ispermalink", "true") == "true")
