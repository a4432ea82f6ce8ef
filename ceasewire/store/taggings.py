"""Verdicts and tags of items, one set per conflict, and what earlier models said."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.orm import Session

from ceasewire.items import Evidence, Tag, Tagging
from ceasewire.store.statements import upsert_unique
from ceasewire.store.tables import ASSESSMENT, ASSESSMENT_HISTORY, ITEM, TAG

TAG_FIELDS = ("kind", "tag", "score", "salience", "derived", "reason", "evidence")
EVIDENCE_FIELDS = tuple(field.name for field in fields(Evidence))  # asdict copies deeply, at a third of all time
ASSESSMENT_FIELDS = ("conflict", "verdict", "score", "evidence", "model_version", "model_sha256", "assessed_at")


def models_sha256(models: Mapping[str, str]) -> str:
    """One hash for a set of conflict models, {conflict id: sha256 of its model}."""
    return hashlib.sha256(json.dumps(sorted(models.items())).encode()).hexdigest()


def save_taggings(s: Session, item_id: int, published_at: datetime, taggings: Sequence[Tagging], now: datetime) -> None:
    """Put these conflicts' verdicts and tags in the place of what they said before; other conflicts' stay.

    What another model of the same conflict said goes to the history, unless the new one says just the same.
    """
    if not taggings:
        return
    stored = s.execute(select(ASSESSMENT).where(ASSESSMENT.c.item_id == item_id)).all()
    new = {tagging.conflict: tagging for tagging in taggings}
    outdated = [row for row in stored if row.conflict in new and row.model_sha256 != new[row.conflict].model_sha256]
    if outdated:
        _keep(s, item_id, outdated, {conflict: _said(tagging) for conflict, tagging in new.items()}, now)
    _delete(s, item_id, new)
    common = {"item_id": item_id, "published_at": published_at}
    s.execute(insert(ASSESSMENT), [common | _assessment(tagging, now) for tagging in taggings])
    tags = [common | _tag(tagging.conflict, tag) for tagging in taggings for tag in tagging.tags]
    if tags:
        s.execute(insert(TAG), tags)
    _stamp(s, item_id, {row.conflict: row.model_sha256 for row in stored} | _hashes(taggings))


def retire_taggings(s: Session, item_id: int, loaded: Mapping[str, str], now: datetime) -> None:
    """Move what conflicts say that are no longer `loaded` ({id: sha256 of its model}) to the history."""
    stored = s.execute(select(ASSESSMENT).where(ASSESSMENT.c.item_id == item_id)).all()
    gone = [row for row in stored if row.conflict not in loaded]
    if gone:
        _keep(s, item_id, gone, {}, now)
        _delete(s, item_id, [row.conflict for row in gone])
    _stamp(s, item_id, {row.conflict: row.model_sha256 for row in stored if row.conflict in loaded})


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


def _hashes(taggings: Sequence[Tagging]) -> dict[str, str]:
    return {tagging.conflict: tagging.model_sha256 for tagging in taggings}


def _stamp(s: Session, item_id: int, models: Mapping[str, str]) -> None:
    """Note by which models the item is tagged, so that those by others are found through an index."""
    s.execute(update(ITEM).where(ITEM.c.id == item_id).values(models_sha256=models_sha256(models)))


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
