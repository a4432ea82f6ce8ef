"""From the store's views to answers: labels for ids, a sentence for each state, long texts cut."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from api.catalogue import Catalogue
from api.schemas import (
    AbsenceOut,
    AssessmentOut,
    FullTextOut,
    ItemDetailOut,
    ItemOut,
    ItemRef,
    LanguageOut,
    LookupOut,
    RevisionOut,
    SightingOut,
    SourceOut,
    SourceRef,
    StateOut,
    StoryMemberOut,
    StoryOut,
    StoryPartOut,
    TagOut,
    TranslationOut,
)
from ceasewire.health import health_of
from ceasewire.items import SourceConfig
from ceasewire.pipeline.schedule import silent_since
from ceasewire.pipeline.tag import only_in
from ceasewire.store.sources import SourceStatus
from ceasewire.store.views import ItemDetail, ItemView, StoryMember, StoryView, TagView

LIST_TEXT = 3000  # code points of a text in a list; the page's excerpts come from these


def present_item(view: ItemView, catalogue: Catalogue) -> ItemOut:
    """An item of a list."""
    return ItemOut(**_shared(view, catalogue), **_texts(view, LIST_TEXT))  # type: ignore[arg-type]


def present_detail(view: ItemDetail, catalogue: Catalogue) -> ItemDetailOut:
    """An item with everything behind it."""
    return ItemDetailOut(
        **_shared(view, catalogue),  # type: ignore[arg-type]
        **_texts(view, None),  # type: ignore[arg-type]
        post_id=view.post_id,
        guid=view.guid,
        keys=list(view.keys),
        last_seen_at=view.last_seen_at,
        revisions=[RevisionOut.model_validate(one) for one in view.revisions],
        sightings=[SightingOut.model_validate(one) for one in view.sightings],
        story=None if view.story is None else present_story(view.story),
        full_text=None if view.full_text is None else FullTextOut.model_validate(view.full_text),
        absence=None if view.absence is None else AbsenceOut.model_validate(view.absence),
        lookup=None if view.lookup is None else LookupOut.model_validate(view.lookup),
    )


def present_story(view: StoryView) -> StoryOut:
    """A story with its members."""
    members = (view.lead, *view.copies)
    return StoryOut(
        id=view.id,
        language=view.language,
        origin=view.origin,
        count=len(view.copies),
        sources=list(dict.fromkeys(member.source.id for member in members)),
        sides=_parts(members, lambda member: member.source.side),
        languages=_parts(members, lambda member: member.language),
        lead=StoryMemberOut.model_validate(view.lead),
        copies=[StoryMemberOut.model_validate(one) for one in view.copies],
    )


def _parts(members: Sequence[StoryMember], key: Callable[[StoryMember], str | None]) -> list[StoryPartOut]:
    """Members come in the order of their publication."""
    found: dict[str, list[StoryMember]] = {}
    for member in members:
        found.setdefault(key(member) or "", []).append(member)
    return [
        StoryPartOut(key=name, first_at=own[0].published_at, items=[one.id for one in own])
        for name, own in found.items()
    ]


def _shared(view: ItemView, catalogue: Catalogue) -> dict[str, object]:
    same = ("id", "kind", "url", "title", "author", "platform", "handle", "published_at", "date_kind")
    return {name: getattr(view, name) for name in (*same, "first_seen_at", "vanished_at", "sample", "story_id")} | {
        "source": SourceRef.model_validate(view.source),
        "language": _language(view),
        "lag_seconds": (view.first_seen_at - view.published_at).total_seconds(),
        "state": _state(view),
        "assessments": [AssessmentOut.model_validate(one) for one in view.assessments],
        "tags": _tags(view.tags, catalogue, translated=view.translation is not None),
        "embedded_in": [ItemRef.model_validate(one) for one in view.embedded_in],
        "embeds": [ItemRef.model_validate(one) for one in view.embeds],
    }


def _texts(view: ItemView, limit: int | None) -> dict[str, object]:
    translation = TranslationOut.model_validate(view.translation) if view.translation else None
    cut = limit is not None and max(len(view.text), len(translation.text) if translation else 0) > limit
    if cut and translation:
        translation = translation.model_copy(update={"text": translation.text[:limit]})
    return {"text": view.text[:limit], "text_cut": cut, "translation": translation}


def _language(view: ItemView) -> LanguageOut | None:
    if view.language is None:
        return None
    return LanguageOut(
        code=view.language,
        confidence=view.language_confidence or 0.0,
        method=view.language_method or "",
        others=list(view.other_languages),
    )


def _tags(tags: Iterable[TagView], catalogue: Catalogue, *, translated: bool) -> list[TagOut]:
    found = []
    for tag in tags:
        fields = {name: getattr(tag, name) for name in TagView.__dataclass_fields__}
        one_side = only_in(one["field"] for one in tag.evidence) if translated else None
        found.append(TagOut(**fields, label=catalogue.label(tag.conflict, tag.kind, tag.id), only_in=one_side))
    return found


def _state(view: ItemView) -> StateOut:
    return StateOut(
        translation=view.translation_state,  # type: ignore[arg-type]  # pydantic checks it
        summary=_summary(view),
        remedy=_remedy(view.translation_reason),
        tagged=view.enriched_at is not None,
        failed=view.failed_reason,
    )


def _remedy(reason: str) -> str:
    """The store keeps "reason (remedy)"."""
    return reason.partition(" (")[2].removesuffix(")")


def _summary(view: ItemView) -> str:
    if view.enriched_at is None:
        return "waiting to be read and tagged"
    if view.translation_state == "translated":
        rough = view.translation is not None and view.translation.confidence == "sample"
        return "translated by the word-by-word sample model" if rough else "translated by machine"
    if view.translation_state == "not_needed":
        return "no translation needed"
    if view.translation_state == "pending":
        return "waiting for its translation"
    reason, _, _ = view.translation_reason.partition(" (")
    return f"untranslated: {reason or f'no model for {view.language}'}"


# --- sources ---------------------------------------------------------------------------------------------------


def source_ref(config: SourceConfig) -> SourceRef:
    """A source in a line."""
    return SourceRef.model_validate(config)


def present_source(status: SourceStatus, now: datetime) -> SourceOut:
    """A source with its health."""
    config = status.config
    return SourceOut(
        **source_ref(config).model_dump(),
        url=status.url,
        language=config.language,
        enabled=config.enabled,
        disabled_reason=config.disabled_reason,
        sample=config.sample,
        health=health_of(status, now),
        last_polled_at=status.last_polled_at,
        last_outcome=status.last_outcome,
        last_reason=status.last_reason,
        last_success_at=status.last_success_at,
        last_new_item_at=status.last_new_item_at,
        failing_since_at=status.failing_since_at,
        silent_since_at=silent_since(status.last_new_item_at, status.items_per_day, now),
        next_poll_at=status.next_poll_at,
        next_poll_reason=status.next_poll_reason,
        items_per_day=status.items_per_day or 0.0,
    )
