"""An article's own HTML page as an entry with its posts: the main text by trafilatura, the posts from the HTML."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import trafilatura
from lxml.html import HtmlElement

from ceasewire.errors import Permanent
from ceasewire.items import Article, DateKind, Decoded, Entry, SourceForPoll
from ceasewire.pipeline.css import select
from ceasewire.pipeline.embeds import articles, extract_posts
from ceasewire.pipeline.entries import Reading, clean, language_code
from ceasewire.pipeline.html import first_tag, one_line, parse_html, text_to_html
from ceasewire.pipeline.telegram import parse_telegram
from ceasewire.pipeline.urls import absolute_url

_FEED_TAGS = frozenset({"rss", "rdf", "feed"})
_FEED_ANYWHERE = re.compile(r"<(?:rss|rdf:RDF|feed)\s[^>]*(?:version|xmlns)", re.IGNORECASE)
_HTML_ROOT = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_TAG = re.compile(r"<[a-zA-Z]")
_PREVIEW = re.compile(r"tgme_widget_message[^>]*\bdata-post=")
_DATE_META = (
    "meta[property='article:published_time']",
    "meta[itemprop='datePublished']",
    "meta[name='date']",
    "meta[name='pubdate']",
    "meta[property='og:article:published_time']",
)
_TITLE_META = ("meta[property='og:title']", "meta[name='twitter:title']")


def is_page(text: str) -> bool:
    """Is it HTML rather than a feed? A fragment of a page is; a JSON Feed or anything with a feed's root is not."""
    beginning = text.lstrip("\ufeff \t\r\n")
    if not beginning or beginning.startswith("{") or first_tag(beginning) in _FEED_TAGS:
        return False
    root, feed = _HTML_ROOT.search(beginning), _FEED_ANYWHERE.search(beginning)
    if root and feed:
        return root.start() < feed.start() and "</html" in beginning.lower()
    return not feed and not beginning.startswith("<?xml") and bool(_TAG.search(beginning))


def read_page(decoded: Decoded, source: SourceForPoll, url: str, first_seen_at: datetime) -> tuple[Article, ...]:
    """A Telegram preview page as its messages, any other page as one article with the posts that it embeds."""
    reading = Reading(url, first_seen_at, source.language, source.timezone)
    if _PREVIEW.search(decoded.text):
        return articles(parse_telegram(decoded, reading))
    entry = page_entry(decoded.text, reading)
    return (Article(entry, extract_posts(decoded.text, entry.url)),)


def page_entry(html: str, reading: Reading) -> Entry:
    """An article page as an entry: title, main text, author and date as its metadata give them.

    Raises:
        Permanent: the page breaks the extractor.
    """
    root = parse_html(html)
    found = _extracted(html, reading.url)
    published = reading.date(*_contents(root, _DATE_META), clean(found.get("date")))
    title = clean(found.get("title")) or next(_contents(root, _TITLE_META), None) or _title(root)
    text = _without_heading(str(found.get("text") or ""), one_line(title or ""))
    return Entry(
        guid=None,
        url=_address(root, reading.url),
        title=one_line(title or ""),
        html=text_to_html(text),
        text=text,
        author=clean(found.get("author")),
        published_at=published.at if published else reading.first_seen_at,
        updated_at=None,
        date_kind=published.kind if published else DateKind.FIRST_SEEN,
        language=language_code(root.get("lang")) or reading.language,
    )


def _extracted(html: str, url: str) -> dict[str, Any]:
    """Main text and metadata; a page in which no main text is found gives none, which is no error."""
    try:
        document = trafilatura.bare_extraction(html, url=url if url.startswith("http") else None, with_metadata=True)
    except Exception as error:  # trafilatura raises whatever its parts raise on hostile pages
        raise Permanent(f"the text extractor failed on it: {error!r}", about=url) from error
    fields: dict[str, Any] = document.as_dict() if document else {}  # type: ignore[union-attr]
    return fields


def _without_heading(text: str, title: str) -> str:
    """The paragraphs, without the page's heading before them."""
    paragraphs = [each.strip() for each in text.split("\n") if each.strip()]
    if paragraphs and paragraphs[0] == title:
        del paragraphs[0]
    return "\n\n".join(paragraphs)


def _address(root: HtmlElement, url: str) -> str | None:
    """Where the page says it lives, else where it came from."""
    canonical = (each.get("href") for each in select(root, "link[rel=canonical]"))
    addresses = (absolute_url(each, url) for each in (*canonical, url))
    return next((each for each in addresses if each), None)


def _contents(root: HtmlElement, selectors: tuple[str, ...]) -> Iterator[str]:
    for selector in selectors:
        for element in select(root, selector):
            content = clean(element.get("content"))
            if content:
                yield content


def _title(root: HtmlElement) -> str | None:
    return next((clean(each.text) for each in root.iter("title")), None)
