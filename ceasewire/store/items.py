"""Items: who they are, what they said before, who carried them; what waits for a worker stands in `work`."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, String, bindparam, delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from ceasewire.items import Changed, DateKind, ItemDraft, Judgement, KnownItem, New, SourceForPoll
from ceasewire.store.columns import UTCDateTime
from ceasewire.store.fulltext import request_pages
from ceasewire.store.search import index_again, index_new_items, move_in_index
from ceasewire.store.statements import (
    insert_new,
    insert_selected,
    is_postgres,
    is_storable,
    storable,
    take_ids,
    values_of,
)
from ceasewire.store.tables import (
    ARTICLE_PAGE,
    ASSESSMENT,
    EMBEDDING,
    ITEM,
    ITEM_KEY,
    REVISION,
    SIGHTING,
    SOURCE,
    STORY_BAND,
    TAG,
    TRANSLATION,
)
from ceasewire.store.tables.items import Item
from ceasewire.store.taggings import delete_taggings
from ceasewire.store.unite import unite_items

BATCH = 500  # keys a statement, below every database's limit of parameters
IDENTITY_LOCK = 0x6964656E  # "iden": PostgreSQL decides identities one transaction at a time, as SQLite does
NOT_YET: Mapping[str, Any] = {
    "enriched_at": None,
    "translation_state": "pending",
    "translation_reason": "",
    "translated_at": None,
    "attempts": 0,
    "failed_reason": None,
    "lease_until": None,
    "rung_at": None,
}
TEXTS = ("url", "guid", "title", "text", "html", "author", "handle", "post_id", "content_hash", "parent")
# A new item's other columns; those that are null are left out, which is a third less to bind for each of fifty items.
FRESH = {name: value for name, value in values_of(Item.model_construct()).items() if value is not None}
INSERT_ITEMS = insert(ITEM)
# Made once: a statement with a hundred keys takes longer to build than to run.
_BY_FEED = func.coalesce(ARTICLE_PAGE.c.feed_hash, ITEM.c.content_hash).label("content_hash")
KNOWN = (
    select(ITEM_KEY.c.key, ITEM.c.id, _BY_FEED, (ITEM.c.title + ITEM.c.text != "").label("has_text"), ITEM.c.source_id)
    .join(ITEM, ITEM.c.id == ITEM_KEY.c.item_id)
    .outerjoin(ARTICLE_PAGE, ARTICLE_PAGE.c.item_id == ITEM.c.id)
    .where(ITEM_KEY.c.key.in_(bindparam("keys", expanding=True)))
)
_NAMED = ITEM.c.id.in_(bindparam("ids", expanding=True))
_ORIGIN = ("url", "guid", "author", "handle", "post_id", "published_at", "date_kind")
ORIGINS = select(ITEM.c.id, *(ITEM.c[name] for name in _ORIGIN)).where(_NAMED)
# Locked in the order of their ids, as by whoever enriches or translates many, lest PostgreSQL see a deadlock.
_IN_ORDER = select(ITEM.c.id).where(_NAMED).order_by(ITEM.c.id).with_for_update(key_share=True)
SEEN_AGAIN = update(ITEM).where(ITEM.c.id.in_(_IN_ORDER)).values(last_seen_at=bindparam("now", type_=UTCDateTime))
CARRIED = (
    select(ITEM.c.id, bindparam("by", type_=String), ITEM.c.published_at, bindparam("now", type_=UTCDateTime))
    .where(_NAMED)
    .order_by(ITEM.c.id)
)
BETTER_DATE = {DateKind.FIRST_SEEN: 0, DateKind.DAY: 1, DateKind.ASSUMED: 2, DateKind.EXACT: 3}


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of a batch. `seen` counts the drafts that were known as they are."""

    new_ids: Sequence[int]
    changed_ids: Sequence[int]
    seen: int


@dataclass(slots=True)
class _Batch:
    """One call of `save_items`. `owners` is the item behind each key, as far as known."""

    s: Session
    source: SourceForPoll
    now: datetime
    owners: dict[str, int]
    rows: dict[int, Row[Any]]  # as they were before: what a sighting may know better
    free_ids: Iterator[int] = field(default_factory=lambda: iter(()))
    new_rows: dict[int, dict[str, Any]] = field(default_factory=dict)  # not yet written, by id
    new_keys: list[dict[str, Any]] = field(default_factory=list)  # not yet written
    new_ids: list[int] = field(default_factory=list)
    changed_ids: list[int] = field(default_factory=list)
    seen: int = 0


def get_known(s: Session, keys: Iterable[str]) -> dict[str, KnownItem]:
    """The items behind these keys; keys nobody has are left out.

    Until the transaction ends nobody else gives these keys to items: what is judged by the answer holds.
    """
    _lock_identities(s)
    known: dict[str, KnownItem] = {}
    wanted = {storable(key): key for key in keys}
    for some in _batches(wanted):
        for row in s.execute(KNOWN, {"keys": some}):
            known[wanted[row.key]] = KnownItem(row.id, row.key, row.content_hash, bool(row.has_text), row.source_id)
    return known


def _lock_identities(s: Session) -> None:
    if is_postgres(s):
        s.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": IDENTITY_LOCK})


def count_seen(s: Session, source_id: str, item_ids: Collection[int]) -> int:
    """How many of these items the source itself has carried before."""
    if not item_ids:
        return 0
    seen = select(func.count()).where(SIGHTING.c.source_id == source_id, SIGHTING.c.item_id.in_(item_ids))
    return s.scalar(seen) or 0


def _batches(keys: Iterable[str]) -> Iterable[list[str]]:
    unique = sorted(set(keys))
    return (unique[start : start + BATCH] for start in range(0, len(unique), BATCH))


def save_items(
    s: Session,
    source: SourceForPoll,
    judgements: Sequence[Judgement],
    now: datetime,
    known: Mapping[str, KnownItem] | None = None,
) -> Saved:
    """Store a batch: new items, revisions, sightings, further keys, embeddings. Twice is the same as once.

    A draft judged new whose key was taken meanwhile is a sighting of the item that has it. `known` is what
    `get_known` gave for all keys of these drafts in this same transaction, and saves asking again.
    Raises ValueError if a post names a parent that is neither stored nor in the batch.
    """
    _lock_identities(s)
    judgements = [replace(one, draft=_storable_draft(one.draft)) for one in judgements]
    drafts = [judgement.draft for judgement in judgements]
    owners = _owners(s, drafts, known)
    batch = _Batch(s, source, now, owners, _origins(s, set(owners.values())))
    batch.free_ids = iter(take_ids(s, ITEM, sum(isinstance(one, New) for one in judgements)))
    for judgement in judgements:
        _save_one(batch, judgement)
    fresh = dict(batch.new_rows)
    _flush(batch)
    ids = [batch.owners[draft.keys[0]] for draft in drafts]  # a later draft may have shown two items to be one
    _save_sightings(batch, fresh, set(ids) - fresh.keys())
    _save_embeddings(batch, drafts, ids)
    _index(batch, fresh)
    request_pages(s, source, [*batch.new_ids, *batch.changed_ids], now)
    if batch.new_ids:
        s.execute(update(SOURCE).where(SOURCE.c.id == source.id).values(last_new_item_at=now))
    return Saved(tuple(batch.new_ids), tuple(batch.changed_ids), batch.seen)


def _storable_draft(draft: ItemDraft) -> ItemDraft:
    texts: dict[str, Any] = {name: value for name in TEXTS if isinstance(value := getattr(draft, name), str)}
    if all(map(is_storable, (*texts.values(), *draft.keys))):
        return draft
    texts = {name: storable(value) for name, value in texts.items()}
    return replace(draft, keys=tuple(storable(key) for key in draft.keys), **texts)


def _owners(s: Session, drafts: Sequence[ItemDraft], known: Mapping[str, KnownItem] | None) -> dict[str, int]:
    """The item behind each key that a draft or its parent has; a parent among the drafts needs no asking twice."""
    keys = {key for draft in drafts for key in draft.keys}
    owners = {storable(key): item.id for key, item in known.items()} if known is not None else {}
    asked = {parent for draft in drafts for parent in _parents(draft)} - keys
    for some in _batches(asked if known is not None else asked | keys):
        found = select(ITEM_KEY.c.key, ITEM_KEY.c.item_id).where(ITEM_KEY.c.key.in_(some))
        owners.update({row.key: row.item_id for row in s.execute(found)})
    return owners


def _save_one(batch: _Batch, judgement: Judgement) -> int:
    draft = judgement.draft
    owners = sorted({batch.owners[key] for key in draft.keys if key in batch.owners})
    item_id = owners[0] if owners else None if isinstance(judgement, New) else judgement.item_id
    if item_id in batch.new_rows or len(owners) > 1:
        _flush(batch)
    if item_id is None:
        item_id = _add(batch, draft)
    elif (_unite(batch, owners) or isinstance(judgement, Changed)) and _revise(batch, item_id, draft):
        batch.changed_ids.append(item_id)
    else:
        _complete(batch, item_id, draft)
        batch.seen += 1
    _save_keys(batch, item_id, draft.keys)
    return item_id


def _unite(batch: _Batch, owners: Sequence[int]) -> bool:
    """A draft with keys of several items shows them to be one: the oldest stays."""
    if len(owners) > 1:
        batch.rows.clear()
    for item_id in owners[1:]:
        unite_items(batch.s, owners[0], item_id)
        batch.owners.update({key: owners[0] for key, owner in batch.owners.items() if owner == item_id})
        for ids in (batch.new_ids, batch.changed_ids):
            ids[:] = [one for one in ids if one != item_id]
    return len(owners) > 1


def _add(batch: _Batch, draft: ItemDraft) -> int:
    item_id = next(batch.free_ids)
    batch.new_ids.append(item_id)
    batch.new_rows[item_id] = {
        **FRESH,
        "id": item_id,
        "kind": str(draft.kind),
        "source_id": batch.source.id,
        "platform": draft.platform,
        "first_seen_at": batch.now,
        "last_seen_at": batch.now,
        "sample": batch.source.sample,
        **_content(draft),
        **_origin(draft),
    }
    return item_id


def _content(draft: ItemDraft) -> dict[str, Any]:
    """What a revision changes."""
    return {
        "title": draft.title,
        "text": draft.text,
        "html": draft.html,
        "content_hash": draft.content_hash,
        "declared_language": draft.declared_language,
    }


def _origin(draft: ItemDraft) -> dict[str, Any]:
    """What a later sighting may know better."""
    return {
        "url": draft.url,
        "guid": draft.guid,
        "author": draft.author,
        "handle": draft.handle,
        "post_id": draft.post_id,
        "published_at": draft.published_at.replace(microsecond=0),  # the index of SQLite sorts by whole seconds
        "date_kind": str(draft.date_kind),
    }


def _revise(batch: _Batch, item_id: int, draft: ItemDraft) -> bool:
    """Keep the old text as a revision and start over with the new one; False if it is the stored one already."""
    s = batch.s
    old = s.execute(select(ITEM).where(ITEM.c.id == item_id).with_for_update()).one()
    if old.content_hash == draft.content_hash:
        return False
    if old.title or old.text:
        said = {"item_id": item_id, "replaced_at": batch.now}
        said |= {name: getattr(old, name) for name in ("title", "text", "html", "content_hash")}
        s.execute(insert(REVISION).values(said))
    s.execute(update(ITEM).where(ITEM.c.id == item_id).values(_content(draft) | dict(NOT_YET)))
    s.execute(delete(TRANSLATION).where(TRANSLATION.c.item_id == item_id))
    delete_taggings(s, item_id)
    batch.rows.pop(item_id, None)
    _complete(batch, item_id, draft)
    return True


def _complete(batch: _Batch, item_id: int, draft: ItemDraft) -> None:
    """Fill in what the first sighting did not know: a plain-text embed has no id, an id alone no date."""
    old = batch.rows.get(item_id) or _origins(batch.s, [item_id])[item_id]
    known = {name: value for name, value in _origin(draft).items() if value is not None}
    better = {name: value for name, value in known.items() if getattr(old, name) is None}
    if BETTER_DATE[draft.date_kind] > BETTER_DATE[DateKind(old.date_kind)]:
        better |= {"published_at": known["published_at"], "date_kind": known["date_kind"]}
        _move(batch.s, item_id, old.published_at, known["published_at"])
    if better:
        batch.rows.pop(item_id, None)
        batch.s.execute(update(ITEM).where(ITEM.c.id == item_id).values(better))


def _move(s: Session, item_id: int, old: datetime, new: datetime) -> None:
    """The time of publication stands where things are sorted by it, too."""
    move_in_index(s, item_id, old, new)
    for table in (TAG, ASSESSMENT, SIGHTING, STORY_BAND):
        s.execute(update(table).where(table.c.item_id == item_id).values(published_at=new))


def _save_keys(batch: _Batch, item_id: int, keys: Sequence[str]) -> None:
    rows = [{"key": key, "item_id": item_id, "strength": place} for place, key in enumerate(keys)]
    batch.new_keys += [row for row in rows if row["key"] not in batch.owners]
    batch.owners.update({key: item_id for key in keys if key not in batch.owners})


def _flush(batch: _Batch) -> None:
    """Write what is new so far: what follows may have to change it."""
    if batch.new_rows:
        batch.s.execute(INSERT_ITEMS, list(batch.new_rows.values()))
    insert_new(batch.s, ITEM_KEY, batch.new_keys)
    batch.new_rows.clear()
    batch.new_keys.clear()


def _index(batch: _Batch, fresh: Mapping[int, Mapping[str, Any]]) -> None:
    """For search: new items as they were written, or as they are where the batch itself has changed them since."""
    s = batch.s
    rewritten = _rows(s, set(batch.new_ids) - fresh.keys())
    texts = [(row.id, row.published_at, (row.title, row.text)) for row in rewritten]
    texts += [(item_id, row["published_at"], (row["title"], row["text"])) for item_id, row in fresh.items()]
    index_new_items(s, texts)
    changed = _rows(s, batch.changed_ids)
    index_again(s, [(row.id, row.published_at, (row.title, row.text)) for row in changed])


def _save_sightings(batch: _Batch, fresh: Mapping[int, Mapping[str, Any]], ids: Collection[int]) -> None:
    """Of new items, and of others by their ids: these are seen again, too."""
    first = {"source_id": batch.source.id, "seen_at": batch.now}
    rows = [first | {"item_id": item_id, "published_at": row["published_at"]} for item_id, row in fresh.items()]
    insert_new(batch.s, SIGHTING, rows)
    if not ids:
        return
    seen = {"ids": list(ids), "now": batch.now}
    batch.s.execute(SEEN_AGAIN, seen)
    columns = ("item_id", "source_id", "published_at", "seen_at")
    insert_selected(batch.s, SIGHTING, columns, CARRIED, seen | {"by": batch.source.id})


def _save_embeddings(batch: _Batch, drafts: Sequence[ItemDraft], ids: Sequence[int]) -> None:
    rows = []
    for draft, item_id in zip(drafts, ids, strict=True):
        for parent in _parents(draft):
            if parent not in batch.owners:
                raise ValueError(f"post {draft.keys[0]!r} names a parent that is not stored: {parent!r}")
            row = {"article_id": batch.owners[parent], "post_id": item_id, "seen_at": batch.now}
            rows.append(row | {"shape": draft.shape or ""})
    insert_new(batch.s, EMBEDDING, rows)


def _parents(draft: ItemDraft) -> list[str]:
    return [key for key in (draft.parent, *draft.also_embedded_in) if key is not None]


def _origins(s: Session, ids: Collection[int]) -> dict[int, Row[Any]]:
    return {row.id: row for row in s.execute(ORIGINS, {"ids": list(ids)})} if ids else {}


def _rows(s: Session, ids: Collection[int]) -> Sequence[Row[Any]]:
    return [] if not ids else s.execute(select(ITEM).where(ITEM.c.id.in_(ids))).all()
