"""Sources as configured and as polled, and what an exchange with one comes to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

NO_OPTIONS: Mapping[str, Any] = MappingProxyType({})


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
    publisher: Publisher | None = None  # None: a file, no configured source


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
