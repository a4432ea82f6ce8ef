"""Items ready to be stored, and what they are to those already there."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ceasewire.items.reading import DateKind


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
