"""Posts on X in a page: shapes A to G of embed code, from the classic blockquote to AMP and rendered frames."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from lxml.html import HtmlElement

from ceasewire.items import DateKind, EmbeddedPost
from ceasewire.pipeline.css import select
from ceasewire.pipeline.dates import parse_date
from ceasewire.pipeline.html import text_of
from ceasewire.pipeline.urls import PostAddress, post_address, x_address

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SNOWFLAKE_EPOCH_MS = 1288834974657  # Twitter's announcement of Snowflake, 2010
_FIRST_SNOWFLAKE = 29_700_859_247
_TAIL = 300  # characters that an attribution fits into
_BLOCKQUOTES = "blockquote.twitter-tweet, blockquote.twitter-video, blockquote.tweet, blockquote.twitter-tweet-rendered"
_FRAMES = (
    "[data-tweet-id], [data-tweetid], [data-twitter-id], "
    "iframe[src*='platform.twitter.com/embed'], iframe[src*='platform.x.com/embed']"
)
_LINK_HOLDERS = (
    "[data-social-embedded][data-href], [data-oembed-url], oembed[url], [data-embed-url], "
    "figure.wp-block-embed-twitter, div.wp-block-embed-twitter, figure.is-provider-twitter, div.embed-twitter"
)
_URL_ATTRIBUTES = ("data-tweetid", "data-href", "data-oembed-url", "url", "data-embed-url", "data-tweet-url")
_NO_LANGUAGE = frozenset({"und", "zxx", "art", "qam", "qct", "qht", "qme", "qst"})  # X's, for posts without words
_BEHIND_DASH = r"\s*(?P<name>(?:(?![—–―]).){0,120}?)\s*\(\s*@(?P<handle>\w{1,20})\s*\)\s*(?P<date>[^()]{0,80})$"
_ATTRIBUTIONS = (  # a hyphen counts only where there is no dash: names hold hyphens
    re.compile(r"(?:^|[\s\u200e\u200f])[—–―]" + _BEHIND_DASH, re.DOTALL),
    re.compile(r"(?:^|[\s\u200e\u200f])--?(?=\s)(?!.*\s--?\s)" + _BEHIND_DASH, re.DOTALL),
)


def status_time(post_id: str) -> datetime | None:
    """When a status was posted, exact to the millisecond, read from its id; None for ids older than Snowflake."""
    number = int(post_id)
    if number < _FIRST_SNOWFLAKE or number >= 1 << 63:
        return None
    return _EPOCH + timedelta(milliseconds=(number >> 22) + _SNOWFLAKE_EPOCH_MS)


def x_posts(root: HtmlElement) -> Iterator[tuple[HtmlElement, EmbeddedPost]]:
    """Each post with the element that embeds it."""
    for element in select(root, _BLOCKQUOTES):
        post = _from_blockquote(element)
        if post:
            yield element, post
    for element in select(root, _FRAMES):
        post_id = _frame_id(element)
        if post_id:
            shape = "amp-twitter" if element.tag == "amp-twitter" else "rendered"
            yield element, _bare(x_address(post_id, _handle_in(element, post_id)), shape)
    for element in select(root, _LINK_HOLDERS):
        address = _held_address(element)
        if address:
            yield element, _bare(address, "link-holder")


def split_attribution(text: str) -> tuple[str, str, str, str] | None:
    """`TEXT — NAME (@HANDLE) DATE` as its four parts; the last dash counts, as texts hold dashes too."""
    text = text.strip()
    found = next((match for each in _ATTRIBUTIONS if (match := each.search(text, max(0, len(text) - _TAIL)))), None)
    if not found:
        return None
    return text[: found.start()].strip(), found["name"].strip(), found["handle"], found["date"].strip()


def _from_blockquote(quote: HtmlElement) -> EmbeddedPost | None:
    address = _permalink(quote)
    parts = split_attribution(text_of(quote))
    if address is None and parts is None:
        return None
    text, name, handle, printed = parts or (_text_without_link(quote, address), "", None, "")
    if address:
        if not address.handle and handle:
            address = x_address(address.post_id, handle)
        at = status_time(address.post_id)
        kind = DateKind.EXACT if at else DateKind.FIRST_SEEN
    else:
        day = parse_date(printed)
        at, kind = (day.at, day.kind) if day else (None, DateKind.FIRST_SEEN)
        if not text or day is None:
            return None
    return EmbeddedPost(
        platform="x",
        post_id=address.post_id if address else None,
        handle=address.handle if address else handle,
        author=name or None,
        text=text or None,
        url=address.url if address else None,
        published_at=at,
        date_kind=kind,
        language=_language(quote),
        shape="blockquote" if text else "blockquote-empty",
    )


def _permalink(quote: HtmlElement) -> PostAddress | None:
    """The last link to a status: earlier ones stand in the text and name quoted or answered posts."""
    last = None
    for anchor in quote.iter("a"):
        address = post_address(anchor.get("href") or "")
        if address and address.platform == "x":
            last = address
    cited = post_address(quote.get("cite") or "")
    return last or (cited if cited and cited.platform == "x" else None)


def _text_without_link(quote: HtmlElement, address: PostAddress | None) -> str:
    """Text of a blockquote without attribution: its paragraphs, unless they hold nothing but the link."""
    paragraphs = [text_of(each) for each in quote.iter("p")]
    text = "\n\n".join(each for each in paragraphs if each)
    return "" if address and text.startswith("http") and " " not in text else text


def _frame_id(element: HtmlElement) -> str | None:
    for name in ("data-tweet-id", "data-tweetid", "data-twitter-id"):
        value = (element.get(name) or "").strip()
        if value.isdecimal() and len(value) <= 20:
            return value
        address = post_address(value)
        if address and address.platform == "x":
            return address.post_id
    query = parse_qs(_split(element.get("src") or ""))
    found = query.get("id", [""])[0]
    return found if found.isdecimal() and len(found) <= 20 else None


def _split(url: str) -> str:
    try:
        return urlsplit(url).query
    except ValueError:
        return ""


def _handle_in(element: HtmlElement, post_id: str) -> str | None:
    """A handle, where an attribute or a link inside gives the full address."""
    candidates = [element.get(name) or "" for name in _URL_ATTRIBUTES]
    candidates += [anchor.get("href") or "" for anchor in element.iter("a")]
    addresses = [post_address(each) for each in candidates]
    return next((each.handle for each in addresses if each and each.post_id == post_id and each.handle), None)


def _held_address(element: HtmlElement) -> PostAddress | None:
    candidates = [element.get(name) or "" for name in _URL_ATTRIBUTES]
    text = " ".join(text_of(element).split())
    addresses = [post_address(each) for each in [*candidates, text if " " not in text else ""]]
    return next((each for each in addresses if each and each.platform == "x"), None)


def _bare(address: PostAddress, shape: str) -> EmbeddedPost:
    at = status_time(address.post_id)
    kind = DateKind.EXACT if at else DateKind.FIRST_SEEN
    return EmbeddedPost("x", address.post_id, address.handle, None, None, address.url, at, kind, None, shape)


def _language(quote: HtmlElement) -> str | None:
    for element in (*quote.iter("p"), quote):
        code = (element.get("lang") or "").strip().lower().replace("_", "-")
        if code:
            return None if code in _NO_LANGUAGE else {"in": "id", "iw": "he"}.get(code, code)
    return None
