"""Verdicts and tags of items, one set per conflict."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from ceasewire.items import Evidence, Tag, Tagging
from ceasewire.store.tables import ASSESSMENT, TAG


def save_taggings(s: Session, item_id: int, published_at: datetime, taggings: Sequence[Tagging], now: datetime) -> None:
    """Put these conflicts' verdicts and tags in the place of what they said before; other conflicts' stay."""
    conflicts = [tagging.conflict for tagging in taggings]
    for table in (ASSESSMENT, TAG):
        s.execute(delete(table).where(table.c.item_id == item_id, table.c.conflict.in_(conflicts)))
    common = {"item_id": item_id, "published_at": published_at}
    if taggings:
        s.execute(insert(ASSESSMENT), [common | _assessment(tagging, now) for tagging in taggings])
    tags = [common | _tag(tagging.conflict, tag) for tagging in taggings for tag in tagging.tags]
    if tags:
        s.execute(insert(TAG), tags)


def delete_taggings(s: Session, item_id: int) -> None:
    """Forget all verdicts and tags: the text that their evidence points into is gone."""
    for table in (ASSESSMENT, TAG):
        s.execute(delete(table).where(table.c.item_id == item_id))


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
    return [asdict(one) for one in evidence]
