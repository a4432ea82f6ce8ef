"""A listing page without a feed, read by the CSS selectors in the source's row.

`selectors` is a mapping: `item` is required and finds one element per entry; `title`, `link`, `date`, `text` and
`author` are looked for inside it. `SELECTOR@ATTRIBUTE` takes an attribute instead of the text, as in `time@datetime`.
"""

from collections.abc import Mapping

from lxml import etree
from lxml.html import HtmlElement

from ceasewire.errors import ConfigError, NotAFeed
from ceasewire.items import Decoded, FeedData, ParsedFeed
from ceasewire.pipeline.css import select
from ceasewire.pipeline.entries import MAX_ENTRIES, RawEntry, Reading, clean, finish, language_code, make_entry
from ceasewire.pipeline.html import one_line, parse_html, text_of
from ceasewire.pipeline.urls import absolute_url

_FIELDS = frozenset({"item", "title", "link", "date", "text", "author"})


def parse_page(decoded: Decoded, selectors: object, reading: Reading) -> ParsedFeed:
    """Entries of a listing page, in its order.

    Raises:
        ConfigError: the selectors are missing, unknown or wrong.
        NotAFeed: the page holds no entry, so it changed or is another page.
    """
    chosen = _checked(selectors, reading.url)
    root = parse_html(decoded.text)
    language = reading.language or language_code(root.get("lang"))
    items = select(root, chosen["item"])
    entries = [make_entry(_raw(item, chosen, language, reading), reading) for item in items[:MAX_ENTRIES]]
    entries = [entry for entry in entries if entry.url or entry.text]
    if not entries:
        raise NotAFeed(
            f"no entry found by the selector {chosen['item']!r}",
            about=reading.url,
            remedy="look at the page and correct the source's `selectors`",
        )
    title = next((one_line(each.text or "") for each in root.iter("title")), None)
    return finish(FeedData(title, reading.url, language, None, "page"), entries, len(items))


def _checked(selectors: object, url: str) -> Mapping[str, str]:
    if not isinstance(selectors, Mapping) or not selectors.get("item"):
        raise ConfigError("a source of kind `page` needs `selectors` with `item`", about=url)
    unknown = sorted(str(name) for name in selectors if name not in _FIELDS)
    if unknown:
        known = ", ".join(sorted(_FIELDS))
        raise ConfigError(f"unknown selectors: {', '.join(unknown)}", about=url, remedy=f"use {known}")
    return {str(name): str(value) for name, value in selectors.items() if value}


def _raw(item: HtmlElement, chosen: Mapping[str, str], language: str | None, reading: Reading) -> RawEntry:
    link = _value(item, chosen.get("link", "a@href"), "href")
    if link is None and item.tag == "a":
        link = item.get("href")
    title = _value(item, chosen["title"]) if "title" in chosen else None
    body = _first(item, chosen["text"]) if "text" in chosen else None
    url = absolute_url(link, reading.url)
    return RawEntry(
        guid=None,
        url=url,
        title=title or _link_text(item, link),
        title_is_html=False,
        bodies=(etree.tostring(body, encoding="unicode", with_tail=False),) if body is not None else (),
        author=_value(item, chosen["author"]) if "author" in chosen else None,
        published=(_value(item, chosen.get("date", "time@datetime")), _value(item, chosen.get("date", "time"))),
        updated=None,
        language=language,
    )


def _link_text(item: HtmlElement, link: str | None) -> str:
    """Without a title's selector: what the link says."""
    anchors = [item] if item.tag == "a" else [each for each in item.iter("a") if each.get("href") == link]
    texts = [" ".join(text_of(each).split()) for each in anchors]
    return max(texts, key=len, default="")


def _value(item: HtmlElement, selector: str, attribute: str | None = None) -> str | None:
    """Text or attribute of the first match."""
    path, _, named = selector.partition("@")
    found = _first(item, path)
    if found is None:
        return None
    name = named or attribute
    return clean(found.get(name)) if name else clean(" ".join(text_of(found).split()))


def _first(item: HtmlElement, selector: str) -> HtmlElement | None:
    found = select(item, selector.partition("@")[0])
    return found[0] if found else None
