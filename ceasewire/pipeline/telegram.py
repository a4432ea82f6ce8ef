"""Telegram's public preview page, `t.me/s/CHANNEL`: each message an Entry that is itself a post."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement

from ceasewire.errors import NotAFeed
from ceasewire.items import DateKind, Decoded, Entry, FeedData, ParsedFeed
from ceasewire.pipeline.css import select
from ceasewire.pipeline.entries import MAX_ENTRIES, Reading, finish
from ceasewire.pipeline.html import parse_html, text_of
from ceasewire.pipeline.urls import telegram_address

_MESSAGE = ".tgme_widget_message[data-post]"
_TITLES = (".tgme_channel_info_header_title", ".tgme_page_title")
_TEXTS = (".tgme_widget_message_text", ".tgme_widget_message_poll_question", ".tgme_widget_message_document_title")


def parse_telegram(decoded: Decoded, reading: Reading) -> ParsedFeed:
    """Messages of a preview page, oldest first as on the page.

    Raises:
        NotAFeed: there is none: the channel is private, renamed or gone, or its owner turned previews off.
    """
    root = parse_html(decoded.text)
    entries = [entry for message in select(root, _MESSAGE) if (entry := _entry(message, reading))]
    if not entries:
        raise NotAFeed(
            "no message on the preview page",
            about=reading.url,
            remedy="open the address: the channel may be renamed, private, or without previews",
        )
    handle = entries[-1].handle
    feed = FeedData(_title(root), f"https://t.me/{handle}", reading.language, None, "telegram")
    return finish(feed, entries[-MAX_ENTRIES:], len(entries))


def older_page(parsed: ParsedFeed, url: str) -> str | None:
    """Address of the page with the messages before these, on the channel's own `url`; None when none are before."""
    first = min((int(entry.post_id) for entry in parsed.entries if entry.post_id), default=1)
    return urlsplit(url)._replace(query=f"before={first}").geturl() if first > 1 else None


def message_text(message: HtmlElement) -> HtmlElement | None:
    """The element with a message's own text, not that of a message it answers."""
    for selector in _TEXTS:
        for found in select(message, selector):
            if not any("tgme_widget_message_reply" in (above.get("class") or "") for above in found.iterancestors()):
                return found
    return None


def message_time(message: HtmlElement) -> str | None:
    """When it was sent, ISO 8601; a video's duration is a `time` too, so it must have a date."""
    times = (each.get("datetime") for each in select(message, "time[datetime]"))
    return next((each for each in times if each), None)


def message_author(message: HtmlElement) -> str | None:
    """The channel's name, with the signature where a message has one."""
    found = [*_texts(message, ".tgme_widget_message_owner_name"), *_texts(message, ".tgme_widget_message_from_author")]
    return ", ".join(dict.fromkeys(found)) or None


def _entry(message: HtmlElement, reading: Reading) -> Entry | None:
    handle, _, number = (message.get("data-post") or "").partition("/")
    if not handle or not number.isdecimal() or "service_message" in (message.get("class") or ""):
        return None
    body = message_text(message)
    sent = reading.date(message_time(message))
    address = telegram_address(handle, number)
    return Entry(
        guid=address.url,
        url=address.url,
        title="",
        html=_inner_html(body) if body is not None else "",
        text=text_of(body) if body is not None else "",
        author=message_author(message),
        published_at=sent.at if sent else reading.first_seen_at,
        updated_at=None,
        date_kind=sent.kind if sent else DateKind.FIRST_SEEN,
        language=reading.language,
        platform="telegram",
        handle=handle,
        post_id=number,
    )


def _title(root: HtmlElement) -> str | None:
    for selector in _TITLES:
        for text in _texts(root, selector):
            return text
    return next((each.get("content") for each in select(root, 'meta[property="og:title"]')), None)


def _texts(root: HtmlElement, selector: str) -> Iterator[str]:
    for element in select(root, selector):
        text = " ".join(text_of(element).split())
        if text:
            yield text


def _inner_html(element: HtmlElement) -> str:
    """Markup inside an element."""
    start = element.text or ""
    return etree.tostring(element, encoding="unicode", with_tail=False, method="html") if len(element) else start
