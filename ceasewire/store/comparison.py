"""Stored items with what one conflict says of them now, to be compared with what another model would say."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Table, select
from sqlalchemy.orm import Session

from ceasewire.store.cursors import below, write_cursor
from ceasewire.store.retag import ItemForTagging, with_texts
from ceasewire.store.tables import ASSESSMENT, ITEM, TAG

BATCH = 200


@dataclass(frozen=True, slots=True)
class StoredTagging:
    """An item and its tags as (kind, id, salience, derived). `verdict` is None where it was never assessed."""

    item: ItemForTagging
    verdict: str | None
    model_version: str | None
    tags: tuple[tuple[str, str, str, bool], ...]


def list_stored_taggings(s: Session, conflict: str, since: datetime | None = None) -> Iterator[StoredTagging]:
    """All items published since then whose language is known, newest first, read in batches."""
    after: str | None = None
    while batch := _batch(s, conflict, since, after):
        yield from batch
        after = write_cursor(batch[-1].item.published_at, batch[-1].item.id)


def _batch(s: Session, conflict: str, since: datetime | None, after: str | None) -> list[StoredTagging]:
    items = with_texts(s, s.execute(_newest(since, after)).all())
    ids = [item.id for item in items]
    said = {row.item_id: row for row in s.execute(_of(ASSESSMENT, conflict, ids))}
    tags: dict[int, list[tuple[str, str, str, bool]]] = defaultdict(list)
    for row in s.execute(_of(TAG, conflict, ids)):
        tags[row.item_id].append((row.kind, row.tag, row.salience, row.derived))
    return [
        StoredTagging(
            item=item,
            verdict=said[item.id].verdict if item.id in said else None,
            model_version=said[item.id].model_version if item.id in said else None,
            tags=tuple(tags[item.id]),
        )
        for item in items
    ]


def _newest(since: datetime | None, after: str | None) -> Select[Any]:
    newest = select(ITEM).where(ITEM.c.enriched_at.is_not(None))
    if since is not None:
        newest = newest.where(ITEM.c.published_at >= since)
    if after is not None:
        newest = newest.where(below(after, ITEM.c.published_at, ITEM.c.id))
    return newest.order_by(ITEM.c.published_at.desc(), ITEM.c.id.desc()).limit(BATCH)


def _of(table: Table, conflict: str, ids: list[int]) -> Select[Any]:
    return select(table).where(table.c.item_id.in_(ids), table.c.conflict == conflict)
