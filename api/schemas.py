"""What the API answers with. `from_attributes` reads the store's views; labels are added by `present`."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ceasewire.health import SourceHealth
from ceasewire.items import DateKind, ItemKind, Publisher, Salience, SourceKind, TagKind, Verdict

TranslationState = Literal["pending", "translated", "not_needed", "unavailable", "failed"]


class Model(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(from_attributes=True)


class SourceRef(Model):
    """Who published an item."""

    id: str
    name: str
    kind: SourceKind
    publisher: Publisher
    country: str | None = None
    side: str | None = None


class EvidenceOut(Model):
    """Why: `field[start:end] == text`, offsets in code points of the whole field."""

    term: str
    language: str
    field: Annotated[str, Field(examples=["text", "translation.title"])]
    start: int
    end: int
    text: str
    weight: float = 1.0
    note: str = ""


class TagOut(Model):
    """A topic, actor or place on an item. `derived`: a parent of a topic that was found.

    `only_in` of a translated item: original and translation disagree, and this one alone has the tag.
    """

    conflict: str
    kind: TagKind
    id: str
    label: str
    score: float
    salience: Salience
    derived: bool
    reason: str = ""
    only_in: Literal["original", "translation"] | None = None
    evidence: list[EvidenceOut]


class LanguageOut(Model):
    """The language of the original and how it is known."""

    code: str
    confidence: float
    method: str
    others: list[str] = []


class WarningOut(Model):
    """What a reader of a translation must know."""

    code: str
    message: str


class TranslationOut(Model):
    """A translation with where it came from. `confidence` sample: a word-by-word model for demonstration."""

    title: str
    text: str
    source_language: str
    target_language: str
    engine: str
    package: str
    package_version: str
    confidence: str
    warnings: list[WarningOut]
    created_at: datetime


class StateOut(Model):
    """How far an item is, in one word and in a sentence."""

    translation: TranslationState
    summary: str = Field(examples=["translated", "untranslated: no model for hy"])
    remedy: str = Field("", description="What the operator can do", examples=["ceasewire models install hy"])
    tagged: bool
    failed: str | None = None


class ItemRef(Model):
    """Another item, in a line. `lead` is the beginning of its text: a post has no title."""

    id: int
    kind: ItemKind
    title: str
    lead: str
    url: str | None = None
    platform: str | None = None
    handle: str | None = None
    published_at: datetime
    source: SourceRef
    shape: str | None = Field(None, description="How the post was embedded: blockquote, plain-text, …")


class AssessmentOut(Model):
    """One conflict's verdict, with the model that gave it."""

    conflict: str
    verdict: Verdict
    score: float
    model_version: str
    model_sha256: str = ""
    evidence: list[EvidenceOut] = []


class ItemOut(Model):
    """An item of a list. `text` may be cut (`text_cut`): the whole stands at `/items/{id}`."""

    id: int
    kind: ItemKind
    url: str | None
    title: str
    text: str
    text_cut: bool
    author: str | None
    platform: str | None
    handle: str | None
    source: SourceRef
    language: LanguageOut | None = Field(description="null: not yet read")
    published_at: datetime
    date_kind: DateKind
    first_seen_at: datetime
    lag_seconds: float = Field(description="First seen after publication; below 0 where the source dates ahead")
    vanished_at: datetime | None = Field(description="Taken back by its official source; the text is kept")
    sample: bool = Field(description="Recorded sample, not live news")
    story_id: int | None = Field(description="Shared by the copies of one report, see `/stories/{id}`")
    state: StateOut
    translation: TranslationOut | None
    assessments: list[AssessmentOut]
    tags: list[TagOut]
    embedded_in: list[ItemRef] = Field(description="Articles that carry this post")
    embeds: list[ItemRef] = Field(description="Posts that this article carries")


class RevisionOut(Model):
    """What an item said before it was changed."""

    replaced_at: datetime
    title: str
    text: str


class SightingOut(Model):
    """A source that carried the item."""

    source: SourceRef
    seen_at: datetime


class StoryMemberOut(Model):
    """One of the copies of a report."""

    id: int
    kind: ItemKind
    title: str
    url: str | None
    language: str | None
    published_at: datetime
    source: SourceRef


class StoryPartOut(Model):
    """The members of a story that one side, or one language, has; `first_at`: the earliest publication among them."""

    key: str = Field(description="The side or language; empty where it is not known", examples=["armenia", "hy"])
    first_at: datetime
    items: list[int]


class StoryOut(Model):
    """Copies of one report. The lead was published first; the copies follow in the order of their publication."""

    id: int
    language: str
    origin: str | None = Field(description="The agency it came from, where a copy tells it", examples=["TASS"])
    count: int = Field(description="Copies beside the lead")
    sources: list[str] = Field(description="Ids of the sources that have it")
    sides: list[StoryPartOut] = Field(description="Its members by side, that which had it first before the others")
    languages: list[StoryPartOut] = Field(description="Its members by language, in the same order")
    lead: StoryMemberOut
    copies: list[StoryMemberOut]


class FullTextOut(Model):
    """An entry's own page, whose text replaces the feed's where it says more."""

    state: Literal["waiting", "read", "failed"]
    reason: str
    feed_text: str


class AbsenceOut(Model):
    """Its official source lists it no more, though older ones still are; what its own address answered."""

    since_at: datetime
    asked_at: datetime | None
    outcome: Literal["waiting", "vanished", "there", "unclear"]
    reason: str


class LookupOut(Model):
    """A post that was known only by its id, and what its platform said of it."""

    asked_at: datetime | None
    outcome: Literal["waiting", "filled", "gone", "refused", "textless", "unclear"]
    reason: str


class ItemDetailOut(ItemOut):
    """All that is known of one item."""

    post_id: str | None
    guid: str | None
    keys: list[str] = Field(description="Identities: whatever shares one is the same item")
    last_seen_at: datetime
    revisions: list[RevisionOut]
    sightings: list[SightingOut]
    story: StoryOut | None = Field(description="The item with its copies; null where there never was one")
    full_text: FullTextOut | None = Field(description="Its page, where the feed gives leads")
    absence: AbsenceOut | None = Field(description="null: it is listed, or rolled out of its source's window")
    lookup: LookupOut | None = Field(description="null: its platform was not asked for it")


class ItemPage(Model):
    """Newest first. `next` is the cursor of the following page, null on the last."""

    items: list[ItemOut]
    next: str | None


class SourceOut(SourceRef):
    """A source, how it is, and when it is asked next and why."""

    url: str
    language: str | None
    enabled: bool
    disabled_reason: str | None
    sample: bool
    health: SourceHealth
    last_polled_at: datetime | None
    last_outcome: str | None
    last_reason: str
    last_success_at: datetime | None
    last_new_item_at: datetime | None
    failing_since_at: datetime | None
    silent_since_at: datetime | None
    next_poll_at: datetime | None
    next_poll_reason: str
    items_per_day: float


class SourceList(Model):
    """All sources."""

    sources: list[SourceOut]


class TopicOut(Model):
    """A topic, actor or place of a conflict. `count`: items since `since`, for topics."""

    id: str
    label: str
    parent: str | None = None
    count: int | None = None


class ConflictOut(Model):
    """A conflict's model as it is loaded."""

    id: str
    label: str
    version: str
    sha256: str
    languages: list[str]
    topics: int
    actors: int
    places: int


class ConflictList(Model):
    """All conflicts."""

    conflicts: list[ConflictOut]


class ConflictTopics(Model):
    """The topics of one conflict."""

    conflict: str
    label: str
    topics: list[TopicOut]


class TopicList(Model):
    """Topics of all conflicts, with how often each was reported since `since`."""

    since: datetime
    conflicts: list[ConflictTopics]


class ConflictConcepts(Model):
    """The actors or places of one conflict."""

    conflict: str
    label: str
    entries: list[TopicOut]


class CountedConcepts(Model):
    """Actors or places of all conflicts, with how often each was reported since `since`."""

    since: datetime
    conflicts: list[ConflictConcepts]


class ConceptList(Model):
    """Actors or places of one conflict."""

    conflict: str
    entries: list[TopicOut]


class EventOut(Model):
    """Something a user must see."""

    at: datetime
    kind: str
    about: str
    message: str


class EventList(Model):
    """Newest first."""

    events: list[EventOut]


class Health(Model):
    """Is it alive, and if not, what is wrong. `degraded`: what is stored is served, and nothing new comes in."""

    status: Literal["ok", "degraded", "unavailable"]
    version: str
    checks: dict[str, str]


class Readiness(Health):
    """`/readyz` also says how much waits in each queue, since when, and when each part was last heard of."""

    waiting: dict[str, int] = {}
    oldest_seconds: dict[str, float] = Field(default={}, description="How long the longest waiting has been due")
    heartbeats: dict[str, datetime] = {}
