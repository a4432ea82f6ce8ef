"""Posts on Telegram, Facebook and Instagram in a page."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from lxml.html import HtmlElement

from ceasewire.items import DateKind, EmbeddedPost
from ceasewire.pipeline.css import select
from ceasewire.pipeline.dates import parse_date
from ceasewire.pipeline.html import text_of
from ceasewire.pipeline.telegram import message_author, message_text, message_time
from ceasewire.pipeline.urls import PostAddress, instagram_address, post_address

Found = tuple[HtmlElement, EmbeddedPost]

_TELEGRAM_PATH = re.compile(r"^[A-Za-z]\w{3,31}/\d{1,10}$")
_IN_BRACKETS = re.compile(r"\(\s*@([\w.]{1,30})\s*\)")
_POSTED_BY = "a[href*='facebook.com']"
_URL_ATTRIBUTES = ("data-href", "data-instgrm-permalink", "data-oembed-url", "data-embed-url", "url", "cite", "src")


def other_posts(root: HtmlElement) -> Iterator[Found]:
    """Each post with the element that embeds it."""
    yield from _telegram_messages(root)
    yield from _telegram(root)
    yield from _facebook(root)
    yield from _instagram(root)


def _telegram_messages(root: HtmlElement) -> Iterator[Found]:
    """Messages rendered into the page, as on a preview page."""
    for element in select(root, ".tgme_widget_message[data-post]"):
        address = _telegram_address(element.get("data-post") or "")
        if address is None:
            continue
        body, sent = message_text(element), parse_date(message_time(element))
        yield (
            element,
            _post(
                address,
                "tme-preview-message",
                author=message_author(element),
                text=text_of(body) if body is not None else None,
                sent=message_time(element) if sent else None,
            ),
        )


def _telegram(root: HtmlElement) -> Iterator[Found]:
    for element in select(root, "[data-telegram-post]"):
        address = _telegram_address(element.get("data-telegram-post") or "")
        if address:
            yield element, _post(address, "telegram-script")
    for element in select(root, "iframe[src*='t.me/'], iframe[src*='telegram.'], [data-oembed-url*='t.me/']"):
        address = _address(element, "telegram")
        if address:
            yield element, _post(address, "telegram-frame")


def _telegram_address(path: str) -> PostAddress | None:
    path = path.strip().removeprefix("https://t.me/")
    return post_address(f"https://t.me/{path}") if _TELEGRAM_PATH.match(path) else None


def _facebook(root: HtmlElement) -> Iterator[Found]:
    holders = ".fb-post[data-href], .fb-video[data-href], amp-facebook[data-href], iframe[src*='facebook.com/plugins/']"
    for element in select(root, holders):
        address = _address(element, "facebook")
        if address:
            yield element, _facebook_post(element, address)


def _facebook_post(element: HtmlElement, address: PostAddress) -> EmbeddedPost:
    """The fallback inside: the text in paragraphs, then `Posted by NAME on DATE` outside of them."""
    quotes = list(element.iter("blockquote"))
    paragraphs = [text_of(each) for quote in quotes for each in quote.iter("p")]
    links = [each for quote in quotes for each in select(quote, _POSTED_BY)]
    outside = [each for each in links if not any(above.tag == "p" for above in each.iterancestors())]
    names = [text_of(each) for each in outside if post_address(each.get("href") or "") is None]
    dates = [text_of(each) for each in outside if post_address(each.get("href") or "")]
    return _post(
        address,
        "facebook",
        author=next((name for name in names if name), None),
        text="\n\n".join(each for each in paragraphs if each) or None,
        sent=next((each for each in dates if parse_date(each)), None),
    )


def _instagram(root: HtmlElement) -> Iterator[Found]:
    for element in select(root, "blockquote.instagram-media"):
        address = _address(element, "instagram") or _linked(element, "instagram")
        if address:
            yield element, _instagram_post(element, address)
    for element in select(root, "amp-instagram[data-shortcode]"):
        yield element, _post(instagram_address(element.get("data-shortcode") or "", None), "amp-instagram")
    for element in select(root, "iframe[src*='instagram.com/']"):
        address = _address(element, "instagram")
        if address:
            yield element, _post(address, "instagram-frame")


def _instagram_post(element: HtmlElement, address: PostAddress) -> EmbeddedPost:
    """The caption stands in a paragraph of its own, if at all; the last one reads `A post shared by NAME (@HANDLE)`."""
    paragraphs = [text for each in element.iter("p") if (text := text_of(each))]
    credit = next((each for each in reversed(paragraphs) if _IN_BRACKETS.search(each)), "")
    handle = _IN_BRACKETS.search(credit)
    caption = [each for each in paragraphs if each != credit]
    anchors = [text_of(each) for each in element.iter("a") if credit and text_of(each) and text_of(each) in credit]
    name = _IN_BRACKETS.sub("", anchors[-1]).strip() if anchors else ""
    return _post(
        instagram_address(address.post_id, handle.group(1) if handle else address.handle),
        "instagram",
        author=_without_phrase(name) or None,
        text="\n\n".join(caption) or None,
    )


def _without_phrase(name: str) -> str:
    return re.sub(r"^a (?:post|photo|video|reel) (?:shared|posted) by\s*", "", name, flags=re.IGNORECASE).strip("@ ")


def _linked(element: HtmlElement, platform: str) -> PostAddress | None:
    addresses = (post_address(anchor.get("href") or "") for anchor in element.iter("a"))
    return next((each for each in addresses if each and each.platform == platform), None)


def _address(element: HtmlElement, platform: str) -> PostAddress | None:
    """A post's address in an attribute of an element or of the quote inside, or in the `href` of a plugin's frame."""
    holders = [element, *element.iter("blockquote")]
    for value in (each.get(name) for each in holders for name in _URL_ATTRIBUTES):
        for url in _candidates(value or ""):
            address = post_address(url)
            if address and address.platform == platform:
                return address
    return None


def _candidates(value: str) -> Iterator[str]:
    value = f"https:{value}" if value.startswith("//") else value.strip()
    yield value
    try:
        yield from parse_qs(urlsplit(value).query).get("href", [])
    except ValueError:
        return


def _post(
    address: PostAddress, shape: str, *, author: str | None = None, text: str | None = None, sent: str | None = None
) -> EmbeddedPost:
    date = parse_date(sent)
    return EmbeddedPost(
        platform=address.platform,
        post_id=address.post_id,
        handle=address.handle,
        author=author,
        text=text or None,
        url=address.url,
        published_at=date.at if date else None,
        date_kind=date.kind if date else DateKind.FIRST_SEEN,
        language=None,
        shape=shape,
    )
