"""Items, what tells that two are the same, where they were seen, and the stories their copies make."""

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from ceasewire.store.columns import index_where, json_list, time, time_or_none

BARE = "kind = 'post' AND title = '' AND text = ''"  # a post known only by its id
IN_SERVICE = "enriched_at IS NOT NULL AND failed_reason IS NULL"  # an item that is tagged, and not set aside


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
        Index("ix_item_state", "translation_state", "published_at", "id"),
        Index("ix_item_language", "language", "published_at", "id"),
        index_where("ix_item_to_enrich", "published_at", where="enriched_at IS NULL"),
        index_where("ix_item_to_translate", "published_at", where="translation_state = 'pending'"),
        index_where("ix_item_unavailable", "language", "published_at", where="translation_state = 'unavailable'"),
        index_where("ix_item_models", "models_sha256", "published_at", where=IN_SERVICE),
        index_where("ix_item_vanished", "published_at", "id", where="vanished_at IS NOT NULL"),
        index_where("ix_item_bare", "published_at", where=BARE),
        index_where("ix_item_platform", "platform", "published_at", "id", where="platform IS NOT NULL"),
        index_where("ix_item_set_aside", "id", where="failed_reason IS NOT NULL"),
        index_where("ix_item_enriched_at", "enriched_at", where="enriched_at IS NOT NULL"),
        index_where("ix_item_translated_at", "translated_at", where="translated_at IS NOT NULL"),
        index_where("ix_item_sample", "published_at", "id", where="sample", sqlite_where="sample = 1"),
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
    vanished_at: datetime | None = time_or_none()  # seen gone from an official source; its text is kept
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

    __table_args__ = (Index("ix_sighting_source", "source_id", "published_at", "item_id"),)

    item_id: int = Field(foreign_key="item.id", primary_key=True)
    source_id: str = Field(foreign_key="source.id", primary_key=True)
    published_at: datetime = time()  # of the item: the index gives the newest that a source carried
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
