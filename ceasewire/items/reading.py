"""What a body holds: text, feed, entries, embedded posts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Decoded:
    """A body as text. `method`: bom, utf-8, nearly-utf-8, header, declaration, guess. `lost`: characters replaced."""

    text: str
    encoding: str
    method: str
    lost: int


class DateKind(StrEnum):
    """How a publication time is known."""

    EXACT = "exact"  # given with an offset, or a known time zone
    ASSUMED = "assumed"  # given without an offset, read in the source's time zone or UTC
    DAY = "day"  # only the day is known
    FIRST_SEEN = "first_seen"  # not given: when it was first seen


@dataclass(frozen=True, slots=True)
class FeedData:
    """What a feed says of itself."""

    title: str | None
    url: str | None
    language: str | None
    ttl_seconds: int | None  # RSS ttl or sy:updatePeriod
    format: str  # rss20, rdf, atom10, json, telegram, page, …


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed, or one message of a Telegram preview page. `html` is unsanitised: never store it."""

    guid: str | None
    url: str | None
    title: str
    html: str  # body as HTML, empty when the entry has none
    text: str  # the same as plain text, paragraphs parted by an empty line
    author: str | None
    published_at: datetime | None
    updated_at: datetime | None
    date_kind: DateKind
    language: str | None  # declared by entry or feed
    platform: str | None = None  # telegram, x, … when the entry is itself a post
    handle: str | None = None
    post_id: str | None = None
    own_link: bool = True  # False when entries of the feed share this link, so that it identifies none of them


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed read. `warnings` are sentences for the poll's log (damaged characters, entries over the cap, …)."""

    feed: FeedData
    entries: tuple[Entry, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EmbeddedPost:
    """A social post inside an article. `text` is None for a post known only by its id."""

    platform: str  # x, telegram, facebook, instagram
    post_id: str | None  # None for a plain-text embed, which carries no id
    handle: str | None  # without @
    author: str | None
    text: str | None
    url: str | None  # canonical
    published_at: datetime | None
    date_kind: DateKind
    language: str | None  # declared per post
    shape: str  # which shape it was read from: blockquote, plain-text, amp, …


@dataclass(frozen=True, slots=True)
class Article:
    """An entry with the posts that it embeds."""

    entry: Entry
    posts: tuple[EmbeddedPost, ...]
