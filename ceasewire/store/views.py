"""What queries ask and answer: frozen, plain, free of the session."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of the answers, newest first. `next` is the cursor of the following page, None on the last."""

    items: Sequence[T]
    next: str | None


@dataclass(frozen=True, slots=True)
class ItemQuery:
    """Which items. Within a field any value matches, between fields all must; an empty field asks nothing.

    `topics`, `actors`, `places`, `verdicts` are those of `conflict`, or of any conflict where that is None.
    `salience` None takes tags that a text only mentions, too. `since` is inclusive, `until` is not.
    """

    conflict: str | None = None
    topics: Sequence[str] = ()
    actors: Sequence[str] = ()
    places: Sequence[str] = ()
    languages: Sequence[str] = ()
    sources: Sequence[str] = ()  # a source that carried it
    verdicts: Sequence[str] = ()
    since: datetime | None = None  # of publication
    until: datetime | None = None
    q: str | None = None  # see ceasewire.store.search
    platform: str | None = None
    sample: bool | None = None
    salience: str | None = "reported"
    states: Sequence[str] = ()  # translation states
    countries: Sequence[str] = ()  # of the source
    sides: Sequence[str] = ()
    source_kinds: Sequence[str] = ()
    min_score: float | None = None  # of the verdict
    vanished: bool | None = None  # taken back by its source
    story: int | None = None
    seen_since: datetime | None = None  # when it came here, whenever it was published


@dataclass(frozen=True, slots=True)
class SourceRef:
    """A source, in a line."""

    id: str
    name: str
    kind: str
    publisher: str
    country: str | None
    side: str | None


@dataclass(frozen=True, slots=True)
class TagView:
    """A tag with its evidence: mappings with the fields of `ceasewire.items.Evidence`."""

    conflict: str
    kind: str
    id: str
    score: float
    salience: str
    derived: bool
    reason: str
    evidence: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class AssessmentView:
    """One conflict's verdict."""

    conflict: str
    verdict: str
    score: float
    evidence: Sequence[Mapping[str, Any]]
    model_version: str
    model_sha256: str
    assessed_at: datetime


@dataclass(frozen=True, slots=True)
class TranslationView:
    """A translation with its provenance; `warnings` are mappings with `code` and `message`."""

    title: str
    text: str
    source_language: str
    target_language: str
    engine: str
    package: str
    package_version: str
    settings: Mapping[str, Any]
    confidence: str
    warnings: Sequence[Mapping[str, str]]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LinkedItem:
    """The other end of an embedding: an article that carries a post, or a post in an article.

    `lead` is the beginning of its text: a post has no title.
    """

    id: int
    kind: str
    title: str
    url: str | None
    platform: str | None
    handle: str | None
    lead: str
    published_at: datetime
    source: SourceRef
    shape: str


@dataclass(frozen=True, slots=True)
class RevisionView:
    """What an item said until `replaced_at`."""

    replaced_at: datetime
    title: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class FullTextView:
    """An entry's own page: `state` is waiting, read or failed; `feed_text` is what the feed says."""

    state: str
    reason: str
    feed_text: str


@dataclass(frozen=True, slots=True)
class AbsenceView:
    """An item that its official source lists no more since `since_at`, and what its own address said of it.

    `outcome`: waiting, vanished, there (still at its address), or unclear.
    """

    since_at: datetime
    asked_at: datetime | None
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class LookupView:
    """Asking a platform for a post known only by its id.

    `outcome`: waiting, filled, gone, refused, textless, or unclear.
    """

    asked_at: datetime | None
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class SightingView:
    """A source that carried an item, and since when."""

    source: SourceRef
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class StoryMember:
    """One of the copies of a report."""

    id: int
    kind: str
    title: str
    url: str | None
    language: str | None
    published_at: datetime
    source: SourceRef


@dataclass(frozen=True, slots=True)
class StoryView:
    """Copies of one report: the lead was published first. `origin`: the agency it came from, where that is told."""

    id: int
    created_at: datetime
    language: str
    origin: str | None
    lead: StoryMember
    copies: Sequence[StoryMember]


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item with everything a list shows. `source` is where it was first seen."""

    id: int
    kind: str
    source: SourceRef
    url: str | None
    guid: str | None
    title: str
    text: str
    html: str  # sanitised
    author: str | None
    platform: str | None
    handle: str | None
    post_id: str | None
    published_at: datetime
    date_kind: str
    first_seen_at: datetime
    last_seen_at: datetime
    sample: bool
    story_id: int | None
    language: str | None  # None: not yet read
    language_confidence: float | None
    language_method: str | None
    other_languages: Sequence[str]
    enriched_at: datetime | None
    translation_state: str
    translation_reason: str
    failed_reason: str | None
    vanished_at: datetime | None  # taken back by its source; the text is kept
    translation: TranslationView | None
    assessments: Sequence[AssessmentView]
    tags: Sequence[TagView]
    embedded_in: Sequence[LinkedItem]
    embeds: Sequence[LinkedItem]

    @property
    def source_id(self) -> str:
        """Id of the source where it was first seen."""
        return self.source.id

    @property
    def source_name(self) -> str:
        """Name of that source."""
        return self.source.name

    @property
    def country(self) -> str | None:
        """Country of that source."""
        return self.source.country

    @property
    def publisher(self) -> str:
        """Who stands behind that source."""
        return self.source.publisher


@dataclass(frozen=True, slots=True)
class ItemDetail(ItemView):
    """All that is known of one item."""

    keys: Sequence[str]
    revisions: Sequence[RevisionView]
    sightings: Sequence[SightingView]
    story: StoryView | None  # None: no copies are known
    full_text: FullTextView | None  # None: its source gives whole texts
    absence: AbsenceView | None  # None: it is listed, or rolled out of its source's window
    lookup: LookupView | None  # None: its platform was not asked for it
