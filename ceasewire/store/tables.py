"""The tables. Rows belong to a session and do not flow: queries turn them into the types of `ceasewire.items`.

State is nullable timestamps: what is null is still to be done. A claim sets `lease_until` by compare-and-set; a row
whose lease has passed is due again, and `attempts` tells a row that kills its worker from one that was interrupted.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, UniqueConstraint
from sqlmodel import Field, SQLModel

from ceasewire.store.columns import index_where, json_list, json_object, time, time_or_none

IN_SERVICE = "enriched_at IS NOT NULL AND failed_reason IS NULL"  # an item that is tagged, and not set aside


class Source(SQLModel, table=True):
    """A source: its configuration as last read, and the state of its polling."""

    id: str = Field(primary_key=True)
    name: str
    url: str
    kind: str
    language: str | None = None
    country: str | None = None
    publisher: str
    side: str | None = None
    timezone: str | None = None
    enabled: bool = True
    disabled_reason: str | None = None
    disabled_by: str | None = None  # config | poll | user: a restart lifts only what the configuration did
    sample: bool = False
    options: dict[str, Any] = json_object()
    config_url: str = ""  # as configured; `url` may have followed a permanent redirect

    etag: str | None = None
    last_modified: str | None = None
    body_sha256: str | None = None
    next_poll_at: datetime | None = time_or_none(index=True)
    next_poll_reason: str = "never polled yet"
    interval_seconds: int = 900
    ttl_seconds: int | None = None  # as the last body asked
    older_url: str | None = None  # a further page to read before the next poll of `url`
    older_pages: int = 0  # asked for in a row
    entries: int = 0  # of the last body
    failure_weight: float = 0.0
    failing_since_at: datetime | None = time_or_none()
    last_polled_at: datetime | None = time_or_none()
    last_outcome: str | None = None  # new | unchanged | not_modified | a FailureKind
    last_reason: str = ""
    last_success_at: datetime | None = time_or_none()
    last_full_at: datetime | None = time_or_none()
    last_new_item_at: datetime | None = time_or_none()
    silence_told_at: datetime | None = time_or_none()  # null: not silent, or not yet told
    moved_to: str | None = None
    moved_count: int = 0
    lease_until: datetime | None = time_or_none()
    rung_at: datetime | None = time_or_none()


class Fetch(SQLModel, table=True):
    """A body fetched and not yet read. The bytes are dropped once it is read."""

    __table_args__ = (index_where("ix_fetch_unread", "id", where="read_at IS NULL"),)

    id: int | None = Field(default=None, primary_key=True)
    source_id: str = Field(foreign_key="source.id", index=True)
    url: str
    content_type: str | None = None
    body: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    max_age_seconds: int | None = None
    permanent_url: str | None = None
    etag: str | None = None  # these become the source's once the body is read
    last_modified: str | None = None
    seconds: float = 0.0
    fetched_at: datetime = time()
    read_at: datetime | None = time_or_none()
    attempts: int = 0
    failed_reason: str | None = None  # set aside after three tries, with the reason; the body is kept
    lease_until: datetime | None = time_or_none()
    rung_at: datetime | None = time_or_none()


class Poll(SQLModel, table=True):
    """The log of polls: what each did."""

    __table_args__ = (Index("ix_poll_source", "source_id", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    source_id: str = Field(foreign_key="source.id")
    at: datetime = time(index=True)
    outcome: str
    reason: str = ""
    entries: int = 0
    new_items: int = 0
    changed_items: int = 0
    bytes: int = 0
    seconds: float = 0.0


class Story(SQLModel, table=True):
    """Copies of one report, two at least when it is made. The lead is the member published first."""

    id: int | None = Field(default=None, primary_key=True)
    created_at: datetime = time(index=True)
    language: str
    origin: str | None = None  # the agency it came from, where it can be told
    first_item_id: int  # the member that was here first: alerts on any of them are alerts on it, for ever


class Item(SQLModel, table=True):
    """An entry of a source, or a post."""

    __table_args__ = (
        Index("ix_item_recent", "published_at", "id"),
        Index("ix_item_source", "source_id", "published_at", "id"),
        Index("ix_item_state", "translation_state", "enriched_at", "failed_reason"),
        Index("ix_item_language", "language", "published_at", "id"),
        index_where("ix_item_to_enrich", "published_at", where="enriched_at IS NULL"),
        index_where("ix_item_to_translate", "published_at", where="translation_state = 'pending'"),
        index_where("ix_item_unavailable", "language", "published_at", where="translation_state = 'unavailable'"),
        index_where("ix_item_models", "models_sha256", "published_at", where=IN_SERVICE),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str  # entry | post
    source_id: str = Field(foreign_key="source.id")  # where it was first seen
    url: str | None = None
    guid: str | None = None
    title: str = ""
    text: str = ""
    html: str = ""  # sanitised
    author: str | None = None
    platform: str | None = None
    handle: str | None = Field(default=None, index=True)
    post_id: str | None = None
    declared_language: str | None = None
    published_at: datetime = time()
    date_kind: str
    first_seen_at: datetime = time(index=True)
    last_seen_at: datetime = time()
    content_hash: str
    sample: bool = False
    story_id: int | None = Field(default=None, foreign_key="story.id", index=True)

    language: str | None = None
    language_confidence: float | None = None
    language_method: str | None = None
    other_languages: list[str] = json_list()

    enriched_at: datetime | None = time_or_none()  # language and tags on the original are stored
    translation_state: str = "pending"  # pending|translated|not_needed|unavailable|failed
    translation_reason: str = ""
    translated_at: datetime | None = time_or_none()
    models_sha256: str = ""  # of the conflict models that its assessments are by; another one means: tag it again
    attempts: int = 0
    failed_reason: str | None = None  # set aside after three tries, with the reason
    lease_until: datetime | None = time_or_none()
    rung_at: datetime | None = time_or_none()


class ItemKey(SQLModel, table=True):
    """An identity of an item: a match on any key is the same item."""

    key: str = Field(primary_key=True)
    item_id: int = Field(foreign_key="item.id", index=True)
    strength: int = 0  # 0 is the item's own


class StoryBand(SQLModel, table=True):
    """A band of the MinHash of an item's text: items that share one are compared."""

    __table_args__ = ({"sqlite_with_rowid": False},)

    band: int = Field(primary_key=True, sa_type=BigInteger)
    item_id: int = Field(foreign_key="item.id", primary_key=True, index=True)
    published_at: datetime = time(index=True)  # of the item: bands are dropped when no copy can come any more


class Sighting(SQLModel, table=True):
    """A source that carried an item."""

    __table_args__ = (Index("ix_sighting_source", "source_id", "item_id"),)

    item_id: int = Field(foreign_key="item.id", primary_key=True)
    source_id: str = Field(foreign_key="source.id", primary_key=True)
    seen_at: datetime = time()


class Embedding(SQLModel, table=True):
    """A post inside an article."""

    article_id: int = Field(foreign_key="item.id", primary_key=True)
    post_id: int = Field(foreign_key="item.id", primary_key=True, index=True)
    shape: str
    seen_at: datetime = time()


class Revision(SQLModel, table=True):
    """What an item said before it was changed."""

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="item.id", index=True)
    replaced_at: datetime = time()
    title: str
    text: str
    html: str = ""
    content_hash: str


class ArticlePage(SQLModel, table=True):
    """The page of an entry whose source wants full texts, and the feed's own text, which it may replace."""

    __tablename__ = "article_page"
    __table_args__ = (index_where("ix_article_page_waiting", "due_at", where="read_at IS NULL"),)

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="item.id", unique=True)
    feed_text: str
    feed_html: str
    feed_hash: str  # the item's content_hash by the feed: an edit is told by it
    requested_at: datetime = time()
    due_at: datetime = time()
    read_at: datetime | None = time_or_none()
    last_reason: str = ""
    attempts: int = 0
    failed_reason: str | None = None  # the item stays with the feed's text
    lease_until: datetime | None = time_or_none()
    rung_at: datetime | None = time_or_none()


class StoredTranslation(SQLModel, table=True):
    """The current translation of an item, with its provenance."""

    __tablename__ = "translation"
    __table_args__ = (
        Index("ix_translation_model", "source_language", "confidence", "package", "package_version", "item_id"),
    )

    item_id: int = Field(foreign_key="item.id", primary_key=True)
    title: str
    text: str
    source_language: str
    target_language: str
    engine: str
    package: str
    package_version: str
    settings: dict[str, Any] = json_object()
    confidence: str
    warnings: list[dict[str, str]] = json_list()
    created_at: datetime = time()


class TranslationHistory(SQLModel, table=True):
    """Where a translation came from that a better one has replaced."""

    __tablename__ = "translation_history"

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="item.id", index=True)
    source_language: str
    engine: str
    package: str
    package_version: str
    settings: dict[str, Any] = json_object()
    confidence: str
    created_at: datetime = time()
    replaced_at: datetime = time()


class MemoryEntry(SQLModel, table=True):
    """The translation memory: sentence, model and settings hashed into a key."""

    __tablename__ = "translation_memory"

    key: str = Field(primary_key=True)
    text: str
    used_at: datetime = time(index=True)


class Assessment(SQLModel, table=True):
    """One conflict's verdict on one item."""

    __table_args__ = (
        UniqueConstraint("item_id", "conflict"),
        Index("ix_assessment_recent", "verdict", "conflict", "published_at", "item_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="item.id")
    published_at: datetime = time()  # of the item: the index gives the newest of a verdict
    conflict: str
    verdict: str
    score: float
    evidence: list[dict[str, Any]] = json_list()
    model_version: str
    model_sha256: str
    assessed_at: datetime = time()


class AssessmentHistory(SQLModel, table=True):
    """What an earlier model of a conflict said of an item, its tags with it: `replaced_at` is until when."""

    __tablename__ = "assessment_history"
    __table_args__ = (UniqueConstraint("item_id", "conflict", "model_sha256"),)

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="item.id")
    conflict: str
    verdict: str
    score: float
    evidence: list[dict[str, Any]] = json_list()
    tags: list[dict[str, Any]] = json_list()
    model_version: str
    model_sha256: str
    assessed_at: datetime = time()
    replaced_at: datetime = time()


class StoredTag(SQLModel, table=True):
    """A topic, actor or place on an item, with its evidence."""

    __tablename__ = "tag"
    __table_args__ = (
        UniqueConstraint("item_id", "kind", "tag", "conflict"),
        Index("ix_tag_recent", "kind", "tag", "conflict", "published_at", "item_id"),
        Index("ix_tag_since", "conflict", "published_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="item.id")
    published_at: datetime = time()  # of the item: the index gives the newest of a tag
    conflict: str
    kind: str  # topic | actor | place
    tag: str  # id in the conflict file
    score: float
    salience: str
    derived: bool = False
    reason: str = ""
    evidence: list[dict[str, Any]] = json_list()


class Subscription(SQLModel, table=True):
    """A saved query with a channel."""

    id: str = Field(primary_key=True)
    name: str
    query: dict[str, Any] = json_object()
    channel: str  # webhook, …
    target: str  # address
    secret: str = ""  # encrypted
    created_at: datetime = time()
    paused_at: datetime | None = time_or_none()
    paused_reason: str = ""


class Alert(SQLModel, table=True):
    """The outbox: one delivery of one subscription. `key` is the idempotency key of every attempt."""

    __table_args__ = (UniqueConstraint("subscription_id", "dedupe_key"), Index("ix_alert_due", "state", "due_at"))

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    subscription_id: str = Field(foreign_key="subscription.id")
    item_id: int = Field(foreign_key="item.id", index=True)
    dedupe_key: str
    reasons: list[str] = json_list()
    state: str = "pending"  # pending | delivered | dead
    created_at: datetime = time()
    due_at: datetime = time()
    attempts: int = 0
    lease_until: datetime | None = time_or_none()
    rung_at: datetime | None = time_or_none()
    last_error: str = ""
    delivered_at: datetime | None = time_or_none()


class Event(SQLModel, table=True):
    """Something a user must see: a source died, moved or fell silent; a rule was refused; a channel fails."""

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = time(index=True)
    kind: str = Field(index=True)
    about: str = Field(index=True)
    message: str


class Heartbeat(SQLModel, table=True):
    """When each part of the service was last alive, and what it has to say (models installed, conflicts loaded)."""

    name: str = Field(primary_key=True)
    at: datetime = time()
    details: dict[str, Any] = json_object()


def table(model: type[SQLModel]) -> Table:
    """The Core table of a model: statements on it return plain rows, which no session keeps alive."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


SOURCE, FETCH, POLL, STORY, ITEM = table(Source), table(Fetch), table(Poll), table(Story), table(Item)
ITEM_KEY, SIGHTING, EMBEDDING, REVISION = table(ItemKey), table(Sighting), table(Embedding), table(Revision)
STORY_BAND, ARTICLE_PAGE = table(StoryBand), table(ArticlePage)
TRANSLATION, MEMORY = table(StoredTranslation), table(MemoryEntry)
ASSESSMENT, TAG = table(Assessment), table(StoredTag)
TRANSLATION_HISTORY, ASSESSMENT_HISTORY = table(TranslationHistory), table(AssessmentHistory)
SUBSCRIPTION, ALERT, EVENT, HEARTBEAT = table(Subscription), table(Alert), table(Event), table(Heartbeat)
