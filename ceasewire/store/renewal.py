"""Translations that another model would do now, no worse by its own word: which they are, their claims and results."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, insert, or_, select
from sqlalchemy.orm import Session

from ceasewire.items import ModelInUse, Tagging, Translation
from ceasewire.store.background import claim_newest, in_service
from ceasewire.store.retag import ItemForTagging, with_texts
from ceasewire.store.tables import ITEM, TRANSLATION, TRANSLATION_HISTORY
from ceasewire.store.work import save_translation

CONFIDENCES = ("sample", "low", "good")  # rising
PROVENANCE = (
    "item_id",
    "source_language",
    "engine",
    "package",
    "package_version",
    "settings",
    "confidence",
    "created_at",
)


def claim_for_renewal(
    s: Session, models: Sequence[ModelInUse], now: datetime, limit: int, lease_seconds: int = 60
) -> list[ItemForTagging]:
    """Take up to `limit` translated items that `models` would translate otherwise now, newest first."""
    if not models:
        return []
    return with_texts(s, claim_newest(s, _due(models), "renew the translation of", now, limit, lease_seconds))


def count_for_renewal(s: Session, models: Sequence[ModelInUse]) -> int:
    """How many translations are due for renewal."""
    return s.scalar(select(func.count()).select_from(_due(models).subquery())) or 0 if models else 0


def _due(models: Sequence[ModelInUse]) -> Select[Any]:
    outdated = or_(*(_outdated(model) for model in models))
    in_work = select(TRANSLATION.c.item_id).join(ITEM, ITEM.c.id == TRANSLATION.c.item_id)
    return in_work.where(outdated, ITEM.c.translation_state == "translated", in_service())


def _outdated(model: ModelInUse) -> ColumnElement[bool]:
    """By another chain or version, and not by one that promises more: a package removed takes nothing away."""
    own = TRANSLATION.c
    no_better = CONFIDENCES[: CONFIDENCES.index(model.confidence) + 1]
    other = or_(own.package != model.package, own.package_version != model.version)
    return and_(own.source_language == model.language, own.confidence.in_(no_better), other)


def save_renewal(
    s: Session, item: ItemForTagging, translation: Translation, taggings: Sequence[Tagging], now: datetime
) -> bool:
    """Replace the translation and keep where the old one came from. False if the text was changed meanwhile."""
    old = s.execute(select(TRANSLATION).where(TRANSLATION.c.item_id == item.id)).first()
    if not save_translation(s, item.id, translation, taggings, now, item.content_hash):
        return False
    if old is not None:
        provenance = {name: getattr(old, name) for name in PROVENANCE}
        s.execute(insert(TRANSLATION_HISTORY).values(provenance | {"replaced_at": now}))
    return True
