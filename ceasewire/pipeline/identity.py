"""Which item a draft is: keys that several sightings of one thing share, and what a known item makes of a new one.

An entry is known by its canonical link, else by guid and date together (some sources give one guid to every item, so
never by the guid alone), else by title and date. A post is known by platform and id; a copied post without an id by
handle, day and text. A post on X with an id and a text has that key too, so that both are one item: its id tells the
moment, the copy only the day as printed somewhere on earth, so the days before and after count as well.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from sys import getsizeof

from ceasewire.items import (
    Article,
    Changed,
    DateKind,
    EmbeddedPost,
    Entry,
    ItemDraft,
    ItemKind,
    Judgement,
    KnownItem,
    New,
    ParsedFeed,
    Unchanged,
)
from ceasewire.pipeline.embeds import articles, as_article
from ceasewire.pipeline.html import sanitise, text_to_html
from ceasewire.pipeline.memo import EACH, NOTHING, Memo
from ceasewire.pipeline.urls import canonical_url, post_key, url_key

__all__ = ["articles", "content_hash", "drafts", "drafts_of", "judge"]

_LINKS = re.compile(r"(?:https?://|www\.|pic\.(?:twitter|x)\.com/|t\.co/)\S+")
_INVISIBLE = dict.fromkeys((0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF))
_PLATFORMS = ("x:", "telegram:", "facebook:", "instagram:", "bluesky:")


def drafts(article: Article, source_id: str) -> tuple[ItemDraft, ...]:
    """The article's own draft first, then one for each post that it embeds, with the article as parent."""
    own = _entry_draft(article.entry, source_id)
    return (own, *(_post_draft(post, article.entry, own.keys[0], source_id) for post in article.posts))


def drafts_of(parsed: ParsedFeed, source_id: str, memo: Memo = NOTHING) -> list[ItemDraft]:
    """The drafts of all entries; with a `memo` those that it knows are not made again."""
    found = (memo.ask(_drafts_of_entry, entry, source_id, size=_size) for entry in parsed.entries)
    return [draft for some in found for draft in some]


def _drafts_of_entry(entry: Entry, source_id: str) -> tuple[ItemDraft, ...]:
    return drafts(as_article(entry), source_id)


def _size(found: Sequence[ItemDraft]) -> int:
    return sum(getsizeof(draft.html) + getsizeof(draft.text) + EACH for draft in found)


def content_hash(title: str, text: str) -> str:
    """Hash of what a reader reads: white space, invisible characters and Unicode forms make no difference."""
    read = "".join(_nfkc(f"{title}\n{text}").split())
    return _digest(read if read.isascii() else read.translate(_INVISIBLE), 32)


def _nfkc(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def judge(drafts: Sequence[ItemDraft], known: Mapping[str, KnownItem]) -> list[Judgement]:
    """One judgement for each thing in the batch; drafts of one thing are made one first.

    `known` holds the stored items under every key they share with a draft. A draft without text changes nothing that
    has one; an article's copy of a post, or another source's version of an article, is a sighting and no revision.
    A post that its own account shows with another text is a revision, though an article may have shown it first.
    """
    return [_judged(draft, _match(draft, known)) for draft in _collapsed(drafts)]


def _judged(draft: ItemDraft, item: KnownItem | None) -> Judgement:
    if item is None:
        return New(draft)
    if not (draft.text or draft.title) or draft.content_hash == item.content_hash:
        return Unchanged(draft, item.id)
    if not item.has_text:
        return Changed(draft, item.id)
    if draft.parent is not None or (draft.kind is ItemKind.ENTRY and not _same_source(draft, item)):
        return Unchanged(draft, item.id)
    return Changed(draft, item.id)


def _same_source(draft: ItemDraft, item: KnownItem) -> bool:
    return item.source_id is None or draft.source_id is None or item.source_id == draft.source_id


def _match(draft: ItemDraft, known: Mapping[str, KnownItem]) -> KnownItem | None:
    for key in draft.keys:
        item = known.get(key)
        if item and not _differ(draft.keys[0], item.key):
            return item
    return None


def _differ(key: str, other: str) -> bool:
    """Two ids given by one platform are two posts, whatever else they share."""
    return key != other and any(key.startswith(each) and other.startswith(each) for each in _PLATFORMS)


def _collapsed(drafts: Sequence[ItemDraft]) -> list[ItemDraft]:
    groups: list[ItemDraft] = []
    by_key: dict[str, int] = {}
    for draft in drafts:
        at = next((by_key[key] for key in draft.keys if key in by_key and _one(groups[by_key[key]], draft)), None)
        if at is None:
            at = len(groups)
            groups.append(draft)
        else:
            groups[at] = _united(groups[at], draft)
        for key in draft.keys:
            by_key.setdefault(key, at)
    return groups


def _one(draft: ItemDraft, other: ItemDraft) -> bool:
    return not _differ(draft.keys[0], other.keys[0])


def _united(first: ItemDraft, second: ItemDraft) -> ItemDraft:
    """The one with the stronger key and the text, with the keys and parents of both."""
    ranked = sorted((first, second), key=lambda draft: (not draft.post_id, not draft.text, draft.parent is not None))
    best, other = ranked
    told = best if best.text or best.title else other
    parents = dict.fromkeys(
        each for draft in (first, second) for each in (draft.parent, *draft.also_embedded_in) if each
    )
    return replace(
        best,
        keys=tuple(dict.fromkeys((*best.keys, *other.keys))),
        title=told.title,
        text=told.text,
        html=told.html,
        content_hash=told.content_hash,
        author=best.author or other.author,
        handle=best.handle or other.handle,
        declared_language=best.declared_language or other.declared_language,
        parent=next(iter(parents), None) if first.parent and second.parent else None,
        also_embedded_in=tuple(parents)[1:] if first.parent and second.parent else tuple(parents),
    )


def _entry_draft(entry: Entry, source_id: str) -> ItemDraft:
    at = entry.published_at
    if at is None:
        raise ValueError("an entry is dated when it is parsed, by its first sighting at the latest")
    is_post = entry.platform is not None
    title = "" if is_post and _is_beginning(entry.title, entry.text) else entry.title
    return ItemDraft(
        keys=tuple(dict.fromkeys(_entry_keys(entry, at, source_id))),
        kind=ItemKind.POST if is_post else ItemKind.ENTRY,
        url=canonical_url(entry.url) if entry.url else None,
        guid=entry.guid,
        title=title,
        text=entry.text,
        html=sanitise(entry.html, entry.url),
        author=entry.author,
        platform=entry.platform,
        handle=entry.handle,
        post_id=entry.post_id,
        declared_language=entry.language,
        published_at=at,
        date_kind=entry.date_kind,
        content_hash=content_hash(title, entry.text),
        parent=None,
        shape=None,
        source_id=source_id,
    )


def _entry_keys(entry: Entry, at: datetime, source_id: str) -> Iterator[str]:
    if entry.platform and entry.post_id:
        yield post_key(entry.platform, entry.post_id, entry.handle)
        if entry.platform == "x":
            yield from _text_keys(entry.handle, entry.text, at, entry.date_kind)
        return
    key = url_key(entry.url) if entry.url and entry.own_link else None
    if key:
        yield key
    undated = entry.date_kind is DateKind.FIRST_SEEN
    when = _digest(_letters(entry.title), 16) if undated else f"{at:%Y-%m-%dT%H:%M:%SZ}"
    if entry.guid:
        yield f"guid:{source_id}:{_bounded(entry.guid)}@{when}"
    if not key and not entry.guid:
        content = entry.title if not undated else f"{entry.title}\n{entry.text}"
        yield f"hash:{source_id}:{_digest(_letters(content), 16)}@{when}"


def _post_draft(post: EmbeddedPost, entry: Entry, parent: str, source_id: str) -> ItemDraft:
    at = post.published_at or entry.published_at
    if at is None:
        raise ValueError("an entry is dated when it is parsed, by its first sighting at the latest")
    text = post.text or ""
    return ItemDraft(
        keys=tuple(dict.fromkeys(_post_keys(post, at))),
        kind=ItemKind.POST,
        url=post.url,
        guid=None,
        title="",
        text=text,
        html=sanitise(text_to_html(text)),
        author=post.author,
        platform=post.platform,
        handle=post.handle,
        post_id=post.post_id,
        declared_language=post.language,
        published_at=at,
        date_kind=post.date_kind if post.published_at else DateKind.FIRST_SEEN,
        content_hash=content_hash("", text),
        parent=parent,
        shape=post.shape,
        source_id=source_id,
    )


def _post_keys(post: EmbeddedPost, at: datetime) -> Iterator[str]:
    if post.post_id:
        yield post_key(post.platform, post.post_id, post.handle)
    if post.platform == "x":
        yield from _text_keys(post.handle, post.text or "", at, post.date_kind)


def _text_keys(handle: str | None, text: str, at: datetime, kind: DateKind) -> Iterator[str]:
    """`text:HANDLE:DAY:HASH`; for a moment, also the days that it is elsewhere on earth."""
    letters = _letters(_LINKS.sub(" ", text))
    if not handle or not letters:
        return
    for days in (0,) if kind is DateKind.DAY else (0, -1, 1):
        yield f"text:{handle.lower()}:{at + timedelta(days=days):%Y-%m-%d}:{_digest(letters, 16)}"


def _is_beginning(title: str, text: str) -> bool:
    """Does the text say what the title says, as in feeds of posts, which have no titles of their own?"""
    beginning = _letters(title.rstrip("…. "))
    return _letters(text).startswith(beginning)


def _letters(text: str) -> str:
    """Letters and digits alone: copies differ in quotes, spaces and dashes."""
    return re.sub(r"[\W_]+", "", _nfkc(text).casefold())


def _bounded(guid: str) -> str:
    """Keys are indexed: a guid that holds a whole text is named by its hash."""
    return guid if len(guid) <= 300 else _digest(guid, 32)


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:length]
