"""Verdicts and tags of items, one set per conflict, and what earlier models said."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.orm import Session

from ceasewire.items import Evidence, Tag, Tagging
from ceasewire.store.statements import upsert_unique
from ceasewire.store.tables import ASSESSMENT, ASSESSMENT_HISTORY, ITEM, TAG

TAG_FIELDS = ("kind", "tag", "score", "salience", "derived", "reason", "evidence")
EVIDENCE_FIELDS = tuple(field.name for field in fields(Evidence))  # asdict copies deeply, at a third of all time
INSERT_ASSESSMENTS, INSERT_TAGS = insert(ASSESSMENT), insert(TAG)
ASSESSMENT_FIELDS = ("conflict", "verdict", "score", "evidence", "model_version", "model_sha256", "assessed_at")


@dataclass(frozen=True, slots=True)
class ItemTaggings:
    """What the models of some conflicts say of one item; `published_at` is the item's."""

    item_id: int
    published_at: datetime
    taggings: Sequence[Tagging]


def models_sha256(models: Mapping[str, str]) -> str:
    """One hash for a set of conflict models, {conflict id: sha256 of its model}."""
    return hashlib.sha256(json.dumps(sorted(models.items())).encode()).hexdigest()


def save_taggings(s: Session, items: Iterable[ItemTaggings], now: datetime) -> None:
    """Put these conflicts' verdicts and tags in the place of what they said before; other conflicts' stay.

    What another model of the same conflict said goes to the history, unless the new one says just the same.
    """
    items = [one for one in items if one.taggings]
    if not items:
        return
    stored = _stored(s, [one.item_id for one in items])
    for one in items:
        _make_room(s, one, stored[one.item_id], now)
    assessments = [_place(one) | _assessment(tagging, now) for one in items for tagging in one.taggings]
    s.execute(INSERT_ASSESSMENTS, assessments)
    tags = [_place(one) | _tag(said.conflict, tag) for one in items for said in one.taggings for tag in said.tags]
    if tags:
        s.execute(INSERT_TAGS, tags)
    _stamp(s, {one.item_id: _models(stored[one.item_id]) | _hashes(one.taggings) for one in items})


def _stored(s: Session, item_ids: Sequence[int]) -> Mapping[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in s.execute(select(ASSESSMENT).where(ASSESSMENT.c.item_id.in_(item_ids))):
        found[row.item_id].append(row)
    return found


def _make_room(s: Session, item: ItemTaggings, stored: Iterable[Row[Any]], now: datetime) -> None:
    new = {tagging.conflict: tagging for tagging in item.taggings}
    replaced = [row for row in stored if row.conflict in new]
    outdated = [row for row in replaced if row.model_sha256 != new[row.conflict].model_sha256]
    if outdated:
        said = {conflict: _said(tagging) for conflict, tagging in new.items()}
        _keep(s, item.item_id, outdated, said, now)
    if replaced:
        _delete(s, item.item_id, new)


def _place(item: ItemTaggings) -> dict[str, Any]:
    return {"item_id": item.item_id, "published_at": item.published_at}


def retire_taggings(s: Session, item_id: int, loaded: Mapping[str, str], now: datetime) -> None:
    """Move what conflicts say that are no longer `loaded` ({id: sha256 of its model}) to the history."""
    stored = _stored(s, [item_id])[item_id]
    gone = [row for row in stored if row.conflict not in loaded]
    if gone:
        _keep(s, item_id, gone, {}, now)
        _delete(s, item_id, [row.conflict for row in gone])
    _stamp(s, {item_id: _models(row for row in stored if row.conflict in loaded)})


def delete_taggings(s: Session, item_id: int) -> None:
    """Forget all verdicts and tags: the text that their evidence points into is gone."""
    for table in (ASSESSMENT, TAG):
        s.execute(delete(table).where(table.c.item_id == item_id))


def list_history(s: Session, item_id: int) -> Sequence[Row[Any]]:
    """What earlier models said of an item, the last first; rows of AssessmentHistory."""
    of_item = select(ASSESSMENT_HISTORY).where(ASSESSMENT_HISTORY.c.item_id == item_id)
    return s.execute(of_item.order_by(ASSESSMENT_HISTORY.c.replaced_at.desc(), ASSESSMENT_HISTORY.c.conflict)).all()


def _keep(
    s: Session, item_id: int, rows: Sequence[Row[Any]], new: Mapping[str, tuple[str, set[Any]]], now: datetime
) -> None:
    tags = s.execute(select(TAG).where(TAG.c.item_id == item_id).order_by(TAG.c.id)).all()
    for row in rows:
        own = [tag for tag in tags if tag.conflict == row.conflict]
        said = row.verdict, {(tag.kind, tag.tag, tag.salience) for tag in own}
        if said != new.get(row.conflict):
            old = {name: getattr(row, name) for name in ASSESSMENT_FIELDS}
            old["tags"] = [{name: getattr(tag, name) for name in TAG_FIELDS} for tag in own]
            keys = ("item_id", "conflict", "model_sha256")
            upsert_unique(s, ASSESSMENT_HISTORY, keys, old | {"item_id": item_id, "replaced_at": now})


def _said(tagging: Tagging) -> tuple[str, set[Any]]:
    """What a reader sees of it; the score and the evidence behind it may move."""
    return str(tagging.verdict), {(str(tag.kind), tag.id, str(tag.salience)) for tag in tagging.tags}


def _delete(s: Session, item_id: int, conflicts: Iterable[str]) -> None:
    for table in (ASSESSMENT, TAG):
        s.execute(delete(table).where(table.c.item_id == item_id, table.c.conflict.in_(list(conflicts))))


def _models(rows: Iterable[Row[Any]]) -> dict[str, str]:
    return {row.conflict: row.model_sha256 for row in rows}


def _hashes(taggings: Sequence[Tagging]) -> dict[str, str]:
    return {tagging.conflict: tagging.model_sha256 for tagging in taggings}


def _stamp(s: Session, models: Mapping[int, Mapping[str, str]]) -> None:
    """Note by which models each item is tagged, so that those by others are found through an index."""
    alike: dict[str, list[int]] = defaultdict(list)
    for item_id, tagged_by in models.items():
        alike[models_sha256(tagged_by)].append(item_id)
    for stamp, item_ids in alike.items():
        s.execute(update(ITEM).where(ITEM.c.id.in_(item_ids)).values(models_sha256=stamp))


def _assessment(tagging: Tagging, now: datetime) -> dict[str, Any]:
    return {
        "conflict": tagging.conflict,
        "verdict": str(tagging.verdict),
        "score": tagging.score,
        "evidence": _evidence(tagging.evidence),
        "model_version": tagging.model_version,
        "model_sha256": tagging.model_sha256,
        "assessed_at": now,
    }


def _tag(conflict: str, tag: Tag) -> dict[str, Any]:
    return {
        "conflict": conflict,
        "kind": str(tag.kind),
        "tag": tag.id,
        "score": tag.score,
        "salience": str(tag.salience),
        "derived": tag.derived,
        "reason": tag.reason,
        "evidence": _evidence(tag.evidence),
    }


def _evidence(evidence: Sequence[Evidence]) -> list[dict[str, Any]]:
    return [{name: getattr(one, name) for name in EVIDENCE_FIELDS} for one in evidence]
