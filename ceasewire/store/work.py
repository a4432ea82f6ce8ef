"""What waits to be enriched or translated, and the results; callers import these functions from `items`.

A claim takes an item for a while (a lease); a worker that dies leaves a lease that runs out. An item that was claimed
three times without a result is set aside with the reason, lest it kill workers for ever.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from ceasewire.items import UNDETERMINED, Language, NotNeeded, Tagging, Translation, TranslationOutcome
from ceasewire.store.events import insert_event
from ceasewire.store.search import index_again
from ceasewire.store.statements import MAX_ATTEMPTS, is_free, is_silent, mark_rung, storable
from ceasewire.store.tables import ITEM, SOURCE, TRANSLATION
from ceasewire.store.taggings import ItemTaggings, save_taggings

Stage = Literal["enrich", "translate"]
SET_RESULT = update(ITEM).where(ITEM.c.id == bindparam("the_item"))
INSERT_TRANSLATIONS = insert(TRANSLATION)
DONE: dict[str, Any] = {"attempts": 0, "lease_until": None, "rung_at": None}


@dataclass(frozen=True, slots=True)
class ItemForEnrich:
    """A claimed item. `declared_language` is the item's own, else its source's; `attempts` counts this one."""

    id: int
    kind: str
    title: str
    text: str
    declared_language: str | None
    published_at: datetime
    source_id: str
    sample: bool
    attempts: int
    content_hash: str
    author: str | None


@dataclass(frozen=True, slots=True)
class ClaimedForEnrich:
    """`alone` are items whose worker did not come back: each is to be claimed by itself, and not with others."""

    items: Sequence[ItemForEnrich]
    alone: Sequence[int]


@dataclass(frozen=True, slots=True)
class EnrichedItem:
    """What was found out about the text of that hash; None: about whatever text the item has."""

    id: int
    language: Language
    taggings: Sequence[Tagging]
    needs_translation: bool
    content_hash: str | None = None


@dataclass(frozen=True, slots=True)
class TranslatedItem:
    """What came of translating the text of that hash, as `EnrichedItem`; `taggings` is empty without a translation."""

    id: int
    outcome: TranslationOutcome
    taggings: Sequence[Tagging]
    content_hash: str | None = None


@dataclass(frozen=True, slots=True)
class ItemForTranslation:
    """A claimed item whose language is known."""

    id: int
    title: str
    text: str
    language: str
    published_at: datetime
    sample: bool
    attempts: int
    content_hash: str


def _waiting(stage: Stage, languages: Collection[str]) -> ColumnElement[bool]:
    if stage == "enrich":
        return and_(ITEM.c.enriched_at.is_(None), ITEM.c.failed_reason.is_(None))
    pending = ITEM.c.translation_state == "pending"
    possible = and_(ITEM.c.translation_state == "unavailable", ITEM.c.language.in_(languages))
    return and_(or_(pending, possible), ITEM.c.enriched_at.is_not(None), ITEM.c.failed_reason.is_(None))


def ring_due_items(
    s: Session, stage: Stage, now: datetime, languages: Collection[str] = (), limit: int = 500
) -> list[int]:
    """Ids of the items that wait and are not being worked on, newest first; each is named once in 8 s.

    For translation also those that had no model when they were tried and whose language is in `languages` now.
    """
    due = and_(_waiting(stage, languages), is_free(ITEM, now), is_silent(ITEM, now))
    found = select(ITEM.c.id).where(due).order_by(ITEM.c.published_at.desc()).limit(limit)
    ids = list(s.scalars(found.with_for_update(skip_locked=True)))
    mark_rung(s, ITEM, ids, now)
    return ids


def is_waiting(s: Session, stage: Stage, now: datetime, languages: Collection[str] = ()) -> bool:
    """Does anything wait for that stage that nobody works on?"""
    waiting = and_(_waiting(stage, languages), is_free(ITEM, now))
    return s.scalar(select(ITEM.c.id).where(waiting).limit(1)) is not None


def claim_for_enrich(s: Session, item_ids: Collection[int], now: datetime, lease_seconds: int = 60) -> ClaimedForEnrich:
    """Take those of the items that wait and are free, by their ids; on its fourth try one is set aside."""
    rows = s.execute(_free_for_enrich(item_ids, now)).all()
    _give_up(s, [row.id for row in rows if row.attempts >= MAX_ATTEMPTS], "enrich", now)
    rows = [row for row in rows if row.attempts < MAX_ATTEMPTS]
    alone = [row.id for row in rows if row.attempts] if len(item_ids) > 1 else []
    taken = [row for row in rows if row.id not in alone]
    if taken:
        s.execute(_claim(ITEM.c.id.in_([row.id for row in taken]), now, lease_seconds))
    return ClaimedForEnrich([_item_for_enrich(row) for row in taken], alone)


def _free_for_enrich(item_ids: Collection[int], now: datetime) -> Select[Any]:
    free = and_(ITEM.c.id.in_(item_ids), _waiting("enrich", ()), is_free(ITEM, now))
    with_source = select(ITEM, SOURCE.c.language.label("source_language")).join(SOURCE, SOURCE.c.id == ITEM.c.source_id)
    return with_source.where(free).order_by(ITEM.c.id).with_for_update(key_share=True, of=ITEM)


def _item_for_enrich(row: Row[Any]) -> ItemForEnrich:
    names = ("id", "kind", "title", "text", "published_at", "source_id", "sample", "content_hash", "author")
    declared = row.declared_language or row.source_language
    return ItemForEnrich(declared_language=declared, attempts=row.attempts + 1, **_columns(row, names))


def claim_for_translation(
    s: Session, now: datetime, limit: int, languages: Collection[str], lease_seconds: int = 600
) -> list[ItemForTranslation]:
    """Take up to `limit` items, newest first. One whose worker did not come back comes alone, in no batch."""
    waiting = and_(_waiting("translate", languages), is_free(ITEM, now))
    tired = s.scalars(select(ITEM.c.id).where(waiting, ITEM.c.attempts >= MAX_ATTEMPTS)).all()
    _give_up(s, tired, "translate", now)
    found = select(ITEM.c.id, ITEM.c.attempts).where(waiting).order_by(ITEM.c.published_at.desc()).limit(limit)
    rows = s.execute(found.with_for_update(skip_locked=True)).all()
    ids = [row.id for row in rows if row.attempts == 0] if rows and rows[0].attempts == 0 else [r.id for r in rows[:1]]
    claimed = s.execute(_claim(ITEM.c.id.in_(ids), now, lease_seconds).returning(ITEM)).all()
    names = ("id", "title", "text", "published_at", "sample", "attempts", "content_hash")
    newest_first = sorted(claimed, key=lambda row: (row.published_at, row.id), reverse=True)
    return [ItemForTranslation(language=row.language or UNDETERMINED, **_columns(row, names)) for row in newest_first]


def _claim(condition: ColumnElement[bool], now: datetime, lease_seconds: int) -> Any:
    lease = {"lease_until": now + timedelta(seconds=lease_seconds), "attempts": ITEM.c.attempts + 1}
    return update(ITEM).where(condition).values(lease)


def _columns(row: Row[Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _give_up(s: Session, item_ids: Iterable[int], stage: Stage, now: datetime) -> None:
    for item_id in item_ids:
        reason = f"{MAX_ATTEMPTS} attempts to {stage} it ended without a result"
        set_aside(s, item_id, reason)
        insert_event(s, "item_set_aside", str(item_id), reason, now)


def set_aside(s: Session, item_id: int, reason: str) -> None:
    """Take an item out of work until its text changes; it stays readable as far as it got."""
    s.execute(update(ITEM).where(ITEM.c.id == item_id).values(failed_reason=storable(reason), lease_until=None))


def save_enriched(s: Session, enriched: Iterable[EnrichedItem], now: datetime) -> frozenset[int]:
    """Store languages and tags; returns the ids of the items. A text that was changed meanwhile is left out."""
    found = {one.id: one for one in enriched}
    rows = _unchanged(s, {one.id: one.content_hash for one in found.values()})
    if rows:
        s.execute(SET_RESULT, [_language(found[row.id], now) for row in rows])
    understood = [row.id for row in rows if not found[row.id].needs_translation]
    if understood:
        s.execute(update(ITEM).where(ITEM.c.id.in_(understood)).values(_needless(now)))
    save_taggings(s, [ItemTaggings(row.id, row.published_at, found[row.id].taggings) for row in rows], now)
    return frozenset(row.id for row in rows)


def _unchanged(s: Session, hashes: Mapping[int, str | None]) -> Sequence[Row[Any]]:
    """Rows of the items whose text has that hash still, locked in one order by whoever writes many of them."""
    names = ("id", "content_hash", "published_at", "title", "text")
    stored = select(*(ITEM.c[name] for name in names)).where(ITEM.c.id.in_(hashes))
    rows = s.execute(stored.order_by(ITEM.c.id).with_for_update(key_share=True)).all()
    return [row for row in rows if hashes[row.id] in (None, row.content_hash)]


def _language(found: EnrichedItem, now: datetime) -> dict[str, Any]:
    return {
        "the_item": found.id,
        "language": found.language.code,
        "language_confidence": found.language.confidence,
        "language_method": found.language.method,
        "other_languages": list(found.language.others),
        "enriched_at": now,
        **DONE,
    }


def save_translation(
    s: Session,
    item_id: int,
    outcome: TranslationOutcome,
    taggings: Sequence[Tagging],
    now: datetime,
    content_hash: str | None = None,
) -> bool:
    """As `save_translations`, of one item; False and nothing stored if its text was changed meanwhile."""
    return item_id in save_translations(s, [TranslatedItem(item_id, outcome, taggings, content_hash)], now)


def save_translations(s: Session, translated: Iterable[TranslatedItem], now: datetime) -> frozenset[int]:
    """Store what came of translating, and the tags made again with it; returns and leaves out as `save_enriched`."""
    found = {one.id: one for one in translated}
    rows = _unchanged(s, {one.id: one.content_hash for one in found.values()})
    if rows:
        s.execute(SET_RESULT, [{"the_item": row.id, **_state(found[row.id].outcome, now), **DONE} for row in rows])
    outcomes = [(row, found[row.id].outcome) for row in rows]
    _save_texts(s, [(row, outcome) for row, outcome in outcomes if isinstance(outcome, Translation)], now)
    save_taggings(s, [ItemTaggings(row.id, row.published_at, found[row.id].taggings) for row in rows], now)
    return frozenset(row.id for row in rows)


def _save_texts(s: Session, translations: Sequence[tuple[Row[Any], Translation]], now: datetime) -> None:
    if not translations:
        return
    s.execute(delete(TRANSLATION).where(TRANSLATION.c.item_id.in_([row.id for row, _ in translations])))
    s.execute(INSERT_TRANSLATIONS, [_translation(row.id, new, now) for row, new in translations])
    texts = [(row.id, row.published_at, (row.title, row.text, new.title, new.text)) for row, new in translations]
    index_again(s, texts)


def _state(outcome: TranslationOutcome, now: datetime) -> dict[str, Any]:
    if isinstance(outcome, Translation):
        return {"translation_state": "translated", "translation_reason": "", "translated_at": now}
    if isinstance(outcome, NotNeeded):
        return _needless(now)
    reason = f"{outcome.reason} ({outcome.remedy})" if outcome.remedy else outcome.reason
    return {"translation_state": "unavailable", "translation_reason": reason, "translated_at": None}


def _needless(now: datetime) -> dict[str, Any]:
    return {"translation_state": "not_needed", "translation_reason": "", "translated_at": now}


def _translation(item_id: int, translation: Translation, now: datetime) -> dict[str, Any]:
    return {
        "item_id": item_id,
        "title": storable(translation.title),
        "text": storable(translation.text),
        "source_language": translation.source_language,
        "target_language": translation.target_language,
        "engine": translation.engine,
        "package": translation.package,
        "package_version": translation.package_version,
        "settings": dict(translation.settings),
        "confidence": translation.confidence,
        "warnings": [asdict(warning) for warning in translation.warnings],
        "created_at": now,
    }
