"""Tagging: what a conflict's model says of an item, from the original and, where there is one, its translation."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Literal

from ceasewire.conflict.matcher import Document, Match
from ceasewire.conflict.model import Conflict
from ceasewire.conflict.score import Found, Reason, Scored, score
from ceasewire.items import Evidence, Salience, Tag, Tagging, TagKind, Translation, Verdict

RANK = {Verdict.NO: 0, Verdict.POSSIBLE: 1, Verdict.RELEVANT: 2}
ORIGINAL, TRANSLATION = "", "translation."
KINDS = ((TagKind.TOPIC, "topics"), (TagKind.ACTOR, "actors"), (TagKind.PLACE, "places"))


def tag_item(
    conflict: Conflict,
    *,
    title: str,
    text: str,
    language: str | None,
    published_at: datetime | None,
    translation: Translation | None = None,
) -> Tagging:
    """Tag one item. `language` is a code, or None or `und` where it is not known.

    With a translation both texts are tagged and merged: the higher verdict counts, a tag of either is a tag, reported
    if either reports it, and its evidence says which text it stands in.
    """
    day = published_at.date() if published_at else None
    tagging = _one(conflict, ORIGINAL, title, text, language, day)
    if translation is None:
        return tagging
    other = _one(conflict, TRANSLATION, translation.title, translation.text, translation.target_language, day)
    return _merge(conflict, tagging, other)


def only_in(evidence_fields: Iterable[str]) -> Literal["original", "translation"] | None:
    """Where original and translation disagree on a tag, the one that has it; by the fields of its evidence.

    Meaningful for items that were tagged with a translation.
    """
    translated = {field.startswith(TRANSLATION) for field in evidence_fields}
    if len(translated) != 1:
        return None
    return "translation" if translated.pop() else "original"


def _one(conflict: Conflict, side: str, title: str, text: str, language: str | None, day: date | None) -> Tagging:
    document = conflict.matcher.document(title, text, conflict.scoring.lead_chars)
    scored = score(conflict, document, language, day)
    tags = [_tag(kind, found, scored, side) for kind, name in KINDS for found in getattr(scored, name)]
    return Tagging(
        conflict=conflict.id,
        model_version=conflict.version,
        model_sha256=conflict.sha256,
        verdict=scored.verdict,
        score=scored.score,
        evidence=tuple(_reason(reason, document, side) for reason in scored.reasons),
        tags=(*tags, *_parents(conflict, tags)),
    )


def _tag(kind: TagKind, found: Found, scored: Scored, side: str) -> Tag:
    background = found.background
    return Tag(
        kind=kind,
        id=found.id,
        score=found.score,
        salience=Salience.BACKGROUND if background else Salience.REPORTED,
        derived=False,
        evidence=tuple(_evidence(match, scored.document, side, match.entry.weight) for match in found.matches),
        reason=background.reason if background else "",
    )


def _evidence(match: Match, document: Document, side: str, weight: float, note: str = "") -> Evidence:
    field, start, end, piece = document.locate(match.start, match.end)
    entry = match.entry
    return Evidence(entry.term.source, entry.language, side + field, start, end, piece, weight, note)


def _reason(reason: Reason, document: Document, side: str) -> Evidence:
    return _evidence(reason.match, document, side, reason.weight, reason.note or reason.name)


def _parents(conflict: Conflict, tags: Iterable[Tag]) -> list[Tag]:
    """Ancestors of the tagged topics, each once, as salient as its most salient child, with that child's evidence."""
    parents: dict[str, Tag] = {}
    for tag in tags:
        for parent in conflict.ancestors(tag.id) if tag.kind is TagKind.TOPIC else ():
            known = parents.get(parent)
            if known is None or (known.salience is Salience.BACKGROUND and tag.salience is Salience.REPORTED):
                parents[parent] = _parent(parent, tag)
    return list(parents.values())


def _parent(topic: str, tag: Tag) -> Tag:
    return Tag(tag.kind, topic, tag.score, tag.salience, derived=True, evidence=tag.evidence, reason=tag.reason)


def _merge(conflict: Conflict, original: Tagging, translated: Tagging) -> Tagging:
    best = max(original, translated, key=lambda one: (RANK[one.verdict], one.score))
    tags: dict[tuple[TagKind, str], Tag] = {}
    for tag in (*original.tags, *translated.tags):
        key = tag.kind, tag.id
        tags[key] = _join(tags[key], tag) if key in tags else tag
    order = {name: place for place, name in enumerate((*conflict.topics, *conflict.actors, *conflict.places))}
    kinds = list(TagKind)
    ordered = sorted(tags.values(), key=lambda tag: (kinds.index(tag.kind), tag.derived, order[tag.id]))
    evidence = (*original.evidence, *translated.evidence)
    return replace(original, verdict=best.verdict, score=best.score, evidence=evidence, tags=tuple(ordered))


def _join(one: Tag, other: Tag) -> Tag:
    reported = Salience.REPORTED in (one.salience, other.salience)
    return replace(
        one,
        score=max(one.score, other.score),
        salience=Salience.REPORTED if reported else Salience.BACKGROUND,
        derived=one.derived and other.derived,
        evidence=(*one.evidence, *other.evidence),
        reason="" if reported else one.reason,
    )
