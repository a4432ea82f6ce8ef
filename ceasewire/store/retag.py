"""Items tagged by other models than those in use: which they are, their claims and results, how far it has come.

`models` is {conflict id: sha256 of its model}, of all conflicts that are loaded.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select, union_all, update
from sqlalchemy.orm import Session

from ceasewire.items import UNDETERMINED, Tagging, Translation, Warning
from ceasewire.store.background import claim_newest, in_service
from ceasewire.store.tables import ASSESSMENT, ITEM, TRANSLATION
from ceasewire.store.taggings import ItemTaggings, models_sha256, retire_taggings, save_taggings
from ceasewire.store.work import DONE

SPARE = 200  # more than all workers hold at a time: what they hold does not hide what is free


@dataclass(frozen=True, slots=True)
class ItemForTagging:
    """A stored item as it is tagged. `models` is {conflict: sha256 of the model that tagged it}."""

    id: int
    title: str
    text: str
    language: str
    published_at: datetime
    content_hash: str
    translated_at: datetime | None
    translation: Translation | None
    models: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ModelCount:
    """How many items one model of a conflict has assessed, of those whose assessment stands."""

    conflict: str
    version: str
    sha256: str
    items: int


def claim_for_retag(s: Session, models: Mapping[str, str], now: datetime, limit: int) -> list[ItemForTagging]:
    """Take up to `limit` items that other models have tagged, newest first; see `claim_newest`."""
    due = _due(models).subquery()
    newest = select(due.c.id).order_by(due.c.published_at.desc()).limit(limit + SPARE).subquery()
    return with_texts(s, claim_newest(s, select(newest.c.id), "tag again", now, limit))


def _due(models: Mapping[str, str]) -> Any:
    """Ids with times: two ranges of one index, where "another than" would read all of it."""
    ours, own = models_sha256(models), ITEM.c.models_sha256
    halves = [select(ITEM.c.id, ITEM.c.published_at).where(other, in_service()) for other in (own < ours, own > ours)]
    return union_all(*halves)


def count_due(s: Session, models: Mapping[str, str]) -> int:
    """How many items are to be tagged again."""
    return s.scalar(select(func.count()).select_from(_due(models).subquery())) or 0


def list_model_counts(s: Session) -> list[ModelCount]:
    """By conflict and model, the model with the most items first."""
    names = (ASSESSMENT.c.conflict, ASSESSMENT.c.model_version, ASSESSMENT.c.model_sha256)
    counted: Select[Any] = select(*names, func.count().label("items")).group_by(*names)
    rows = s.execute(counted.order_by(ASSESSMENT.c.conflict, func.count().desc()))
    return [ModelCount(*row) for row in rows]


def save_retagged(
    s: Session, item: ItemForTagging, taggings: Sequence[Tagging], models: Mapping[str, str], now: datetime
) -> bool:
    """Store the new tags and end the claim. False and nothing stored if text or translation changed meanwhile."""
    unchanged = (
        ITEM.c.id == item.id,
        ITEM.c.content_hash == item.content_hash,
        ITEM.c.translated_at.is_not_distinct_from(item.translated_at),
    )
    row = s.execute(update(ITEM).where(*unchanged).values(DONE).returning(ITEM.c.published_at)).first()
    if row is None:
        return False
    save_taggings(s, [ItemTaggings(item.id, row.published_at, taggings)], now)
    retire_taggings(s, item.id, models, now)
    return True


def with_texts(s: Session, rows: Sequence[Row[Any]]) -> list[ItemForTagging]:
    """Rows of Item with their translations and the models that tagged them."""
    ids = [row.id for row in rows]
    translations = {row.item_id: row for row in s.execute(select(TRANSLATION).where(TRANSLATION.c.item_id.in_(ids)))}
    models: dict[int, dict[str, str]] = defaultdict(dict)
    tagged_by = select(ASSESSMENT.c.item_id, ASSESSMENT.c.conflict, ASSESSMENT.c.model_sha256)
    for row in s.execute(tagged_by.where(ASSESSMENT.c.item_id.in_(ids))):
        models[row.item_id][row.conflict] = row.model_sha256
    return [
        ItemForTagging(
            id=row.id,
            title=row.title,
            text=row.text,
            language=row.language or UNDETERMINED,
            published_at=row.published_at,
            content_hash=row.content_hash,
            translated_at=row.translated_at,
            translation=_translation(translations.get(row.id)),
            models=models[row.id],
        )
        for row in rows
    ]


def _translation(row: Row[Any] | None) -> Translation | None:
    if row is None:
        return None
    fields = {name: getattr(row, name) for name in Translation.__dataclass_fields__}
    return Translation(**fields | {"warnings": tuple(Warning(**one) for one in row.warnings)})
