"""The frozen types that flow through the pipeline, one per stage; nothing here waits to be filled in later.

    SourceForPoll -fetch-> Fetched | NotModified | FetchFailed
      -decode->    Decoded -parse-> ParsedFeed(FeedData, entries)
      -embeds->    Article(Entry, EmbeddedPosts)
      -identity->  ItemDraft, judged against what is known: New | Changed | Unchanged
      -detect->    Language
      -tag->       Tagging, on the original and later on the translation
      -translate-> Translation | NotNeeded | Unavailable
      -alert->     AlertIntent

Times are aware UTC and end in `_at`. Languages are lower-case BCP 47, countries ISO 3166-1 alpha-2.
`None` means "the source does not say", never "not yet computed".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

NO_OPTIONS: Mapping[str, Any] = MappingProxyType({})


# --- polling ---------------------------------------------------------------------------------------------------


class SourceKind(StrEnum):
    """How a source is read."""

    FEED = "feed"  # RSS, RDF, Atom, JSON Feed
    TELEGRAM = "telegram"  # the public preview page t.me/s/CHANNEL
    PAGE = "page"  # a listing page without a feed, read by CSS selectors


class Publisher(StrEnum):
    """Who stands behind a source."""

    STATE = "state"
    WIRE = "wire"
    INDEPENDENT = "independent"
    REGIONAL = "regional"
    NGO = "ngo"


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """One row of `sources.yaml`, validated. `options` holds the quirks: user_agent, full_text, selectors, …"""

    id: str
    name: str
    url: str
    kind: SourceKind
    language: str | None
    country: str | None
    publisher: Publisher
    side: str | None  # whose view the source gives: armenia, azerbaijan, russia, turkey, international, …
    timezone: str | None  # IANA name, for dates without an offset
    enabled: bool
    disabled_reason: str | None
    sample: bool = False  # recorded sample, not live news; marked wherever it shows
    options: Mapping[str, Any] = field(default_factory=lambda: NO_OPTIONS)


@dataclass(frozen=True, slots=True)
class SourceForPoll:
    """What the fetcher and the parser need to know of a source, with the validators of its last answer."""

    id: str
    name: str
    url: str
    kind: SourceKind
    language: str | None
    timezone: str | None
    sample: bool
    options: Mapping[str, Any]
    etag: str | None
    last_modified: str | None
    body_sha256: str | None


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer with a body, decompressed, not yet decoded to text."""

    url: str  # where the body came from, after redirects
    status: int
    content_type: str | None  # the header as sent
    body: bytes
    etag: str | None  # verbatim
    last_modified: str | None  # verbatim
    max_age_seconds: int | None  # Cache-Control max-age, else Expires - Date (RFC 9111 §4.2.1)
    permanent_url: str | None  # target, if every redirect on the way was 301 or 308
    fetched_at: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class NotModified:
    """304: the source has nothing new. A validator that the answer leaves out is the one that was sent."""

    etag: str | None
    last_modified: str | None
    max_age_seconds: int | None
    fetched_at: datetime
    seconds: float
    permanent_url: str | None = None  # as in Fetched: a source that moved may answer 304 at its new address


class FailureKind(StrEnum):
    """Why a poll failed; each kind weighs differently in the schedule."""

    GONE = "gone"  # 410
    REFUSED = "refused"  # 401, 403, 451
    MISSING = "missing"  # 404
    THROTTLED = "throttled"  # 429, or 503 with Retry-After
    SERVER = "server"  # 5xx
    NETWORK = "network"  # DNS, connection, TLS
    TIMEOUT = "timeout"  # the deadline around the whole exchange
    TOO_LARGE = "too_large"  # over the size cap after decompression
    BAD_REDIRECT = "bad_redirect"  # loop, too many, no target
    BLOCKED = "blocked"  # the address guard refused
    NOT_A_FEED = "not_a_feed"  # HTML, or an empty body, with status 200
    MALFORMED = "malformed"  # the parser found no feed in it, or crashed


@dataclass(frozen=True, slots=True)
class FetchFailed:
    """No usable answer. `reason` is a sentence for a person."""

    kind: FailureKind
    reason: str
    status: int | None
    retry_after_seconds: int | None
    fetched_at: datetime
    seconds: float


FetchOutcome = Fetched | NotModified | FetchFailed


# --- reading ---------------------------------------------------------------------------------------------------


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


# --- identity --------------------------------------------------------------------------------------------------


class ItemKind(StrEnum):
    """An Item is an entry of a source, or a post (a source's own or embedded in an article)."""

    ENTRY = "entry"
    POST = "post"


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """An item ready to be stored: canonical address, sanitised HTML, identity keys.

    `keys` are identities in falling strength, e.g. `x:1348…`, `url:https://…`, `guid:SOURCE:…`,
    `text:HANDLE:DATE:HASH`; the first is the item's own, a match on any of them is the same item.
    `parent` is the first key of the article that embeds a post.
    """

    keys: tuple[str, ...]
    kind: ItemKind
    url: str | None
    guid: str | None
    title: str
    text: str
    html: str  # sanitised
    author: str | None
    platform: str | None
    handle: str | None
    post_id: str | None
    declared_language: str | None
    published_at: datetime
    date_kind: DateKind
    content_hash: str  # of title and text, normalised: a change of it is a revision
    parent: str | None
    shape: str | None
    also_embedded_in: tuple[str, ...] = ()  # first keys of further articles of the same batch that embed this post
    source_id: str | None = None  # the source it was read from


@dataclass(frozen=True, slots=True)
class KnownItem:
    """What the store knows of an item that shares a key with a draft."""

    id: int
    key: str
    content_hash: str
    has_text: bool
    source_id: str | None = None  # the source whose text is stored; None where that is not told


@dataclass(frozen=True, slots=True)
class New:
    """Never seen: store it."""

    draft: ItemDraft


@dataclass(frozen=True, slots=True)
class Changed:
    """Known, with another text: keep the old one as a revision."""

    draft: ItemDraft
    item_id: int


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Known as it is; it may be a new sighting, from another source or article."""

    draft: ItemDraft
    item_id: int


Judgement = New | Changed | Unchanged


# --- language and translation ----------------------------------------------------------------------------------

UNDETERMINED = "und"


@dataclass(frozen=True, slots=True)
class Language:
    """Language of a text. `method`: script, letters, statistics, declared, none. `others`: in mixed texts."""

    code: str  # `und` rather than a guess
    confidence: float  # calibrated: of answers at 0.9 nine in ten are right
    method: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextForTranslation:
    """Title and body of one item, to be translated together."""

    item_id: int
    title: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Warning:
    """Something a reader of a translation must know. `code`: number_lost, negation_lost, untranslated, loop, …"""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Translation:
    """A translation with its provenance."""

    title: str
    text: str
    source_language: str
    target_language: str
    engine: str  # e.g. ctranslate2
    package: str  # e.g. translate-ru_en, or a chain joined by "+"
    package_version: str
    settings: Mapping[str, Any]
    confidence: str  # good | low | sample
    warnings: tuple[Warning, ...]


@dataclass(frozen=True, slots=True)
class ModelInUse:
    """What would translate a language now; the fields mean the same as those of a Translation."""

    language: str
    package: str
    version: str
    confidence: str


@dataclass(frozen=True, slots=True)
class NotNeeded:
    """The text is in the target language already."""

    language: str


@dataclass(frozen=True, slots=True)
class Unavailable:
    """No model: a loud state. `reason` reads e.g. "no model for hy", `remedy` says which command installs one."""

    language: str
    reason: str
    remedy: str


TranslationOutcome = Translation | NotNeeded | Unavailable


# --- tags ------------------------------------------------------------------------------------------------------


class Verdict(StrEnum):
    """Is an item about the conflict? `possible` is stored for review and never alerted."""

    RELEVANT = "relevant"
    POSSIBLE = "possible"
    NO = "no"


class Salience(StrEnum):
    """A tag is what the text reports, or what it mentions as background."""

    REPORTED = "reported"
    BACKGROUND = "background"


class TagKind(StrEnum):
    """What a tag names."""

    TOPIC = "topic"
    ACTOR = "actor"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a tag was given: `field[start:end] == text`, offsets in code points of the original field."""

    term: str  # as written in the conflict file
    language: str  # of the term list it stands in
    field: str  # title | text | translation.title | translation.text
    start: int
    end: int
    text: str  # the matched slice
    weight: float = 1.0
    note: str = ""  # why it counts less or not at all, e.g. "background: after …"


@dataclass(frozen=True, slots=True)
class Tag:
    """A topic, actor or place on an item, with its evidence."""

    kind: TagKind
    id: str
    score: float
    salience: Salience
    derived: bool  # a parent topic of a tagged one
    evidence: tuple[Evidence, ...]
    reason: str = ""  # for background: what made it so


@dataclass(frozen=True, slots=True)
class Tagging:
    """All that one conflict's model says of one item."""

    conflict: str
    model_version: str
    model_sha256: str
    verdict: Verdict
    score: float
    evidence: tuple[Evidence, ...]  # of the relevance verdict, negatives with negative weight
    tags: tuple[Tag, ...]


# --- alerts ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AlertIntent:
    """A subscription matched an item. `dedupe_key` is unique in the outbox: one story, one alert."""

    subscription_id: str
    item_id: int
    dedupe_key: str
    reasons: tuple[str, ...]
