"""Posts known only by their id, asked of their platforms: which address to ask, and what its answer says.

    x          oEmbed (oembed.com), without script and without tracking: HTML with the text, shape A of `embeds_x`
    telegram   the message's own embed page

Facebook and Instagram are left out: their oEmbed answers only to the access token of an app that Meta has reviewed
(Graph API, oembed_read), which each operator would have to ask for; their embed pages without one hold no text.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from ceasewire.errors import CeasewireError
from ceasewire.items import DateKind, EmbeddedPost, Entry, FailureKind, Fetched, FetchFailed, FetchOutcome
from ceasewire.pipeline.css import select
from ceasewire.pipeline.decode import decode
from ceasewire.pipeline.embeds import extract_posts
from ceasewire.pipeline.entries import Reading
from ceasewire.pipeline.html import parse_html, text_of, text_to_html
from ceasewire.pipeline.telegram import parse_telegram
from ceasewire.pipeline.urls import x_address

PLATFORMS = ("x", "telegram")
PAUSES = (timedelta(minutes=5), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
PASSING = frozenset({FailureKind.NETWORK, FailureKind.TIMEOUT, FailureKind.SERVER, FailureKind.THROTTLED})
_ERROR = ".tgme_widget_message_error"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Base addresses: X's oEmbed endpoint, and the host of Telegram's embed pages."""

    x: str
    telegram: str


@dataclass(frozen=True, slots=True)
class BarePost:
    """A post known only by its id. `published_at` is what its first sighting made of it."""

    platform: str
    post_id: str
    handle: str | None
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Filled:
    """What the platform says of the post."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class NotFilled:
    """Why there is no text. `outcome`: gone, refused, textless, or unclear, which may pass."""

    outcome: str
    reason: str


def lookup_url(post: BarePost, endpoints: Endpoints) -> str | None:
    """The address to ask; None for a post that cannot be asked for: another platform, or a message of no channel."""
    if post.platform == "x":
        asked = {"url": x_address(post.post_id, post.handle).url, "omit_script": "1", "dnt": "1"}
        return f"{endpoints.x}?{urlencode(asked)}"
    if post.platform == "telegram" and post.handle:
        return f"{endpoints.telegram.rstrip('/')}/{post.handle}/{post.post_id}?embed=1&mode=tme"
    return None


def read_answer(post: BarePost, outcome: FetchOutcome) -> Filled | NotFilled:
    """What became of asking: the post, or why not."""
    if isinstance(outcome, FetchFailed):
        return NotFilled(_failure(outcome.kind), outcome.reason)
    if not isinstance(outcome, Fetched):
        return NotFilled("unclear", "an answer without a body")
    entry = _from_x(post, outcome) if post.platform == "x" else _from_telegram(post, outcome)
    if isinstance(entry, Entry) and not entry.text:
        return NotFilled("textless", "it has no text: a picture or a video alone")
    return Filled(entry) if isinstance(entry, Entry) else entry


def _failure(kind: FailureKind) -> str:
    if kind in (FailureKind.MISSING, FailureKind.GONE):
        return "gone"
    return "unclear" if kind in PASSING else "refused"


def _from_x(post: BarePost, fetched: Fetched) -> Entry | NotFilled:
    try:
        answer: Any = json.loads(fetched.body)
    except ValueError as error:
        return NotFilled("unclear", f"no JSON came: {error}")
    html = answer.get("html") if isinstance(answer, dict) else None
    posts = extract_posts(html, fetched.url) if isinstance(html, str) else ()
    found = next((each for each in posts if each.platform == "x" and each.post_id == post.post_id), None)
    return NotFilled("unclear", "the answer holds another post, or none") if found is None else _entry(post, found)


def _entry(post: BarePost, found: EmbeddedPost) -> Entry:
    return Entry(
        guid=None,
        url=found.url,
        title="",
        html=text_to_html(found.text or ""),
        text=found.text or "",
        author=found.author,
        published_at=found.published_at or post.published_at,
        updated_at=None,
        date_kind=found.date_kind if found.published_at else DateKind.FIRST_SEEN,
        language=found.language,
        platform="x",
        handle=found.handle or post.handle,
        post_id=post.post_id,
    )


def _from_telegram(post: BarePost, fetched: Fetched) -> Entry | NotFilled:
    decoded = decode(fetched.body, fetched.content_type)
    try:
        entries = parse_telegram(decoded, Reading(fetched.url, post.published_at)).entries
    except CeasewireError as error:
        said = [text_of(each) for each in select(parse_html(decoded.text), _ERROR)]
        if not said:
            return NotFilled("unclear", error.message)
        return NotFilled("gone" if "not found" in said[0].lower() else "refused", f"Telegram says: {said[0]}")
    found = next((each for each in entries if each.post_id == post.post_id), None)
    return found or NotFilled("unclear", "the answer holds another message")
