"""Why a text was tagged as it was, as plain lines that a terminal can colour."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ceasewire.conflict.matcher import Match
from ceasewire.conflict.model import Conflict, Part
from ceasewire.conflict.score import Found, Scored
from ceasewire.items import Verdict


class Tone(StrEnum):
    """How a line or a piece of text is meant."""

    HEAD = "head"
    FOR = "for"
    AGAINST = "against"
    BACKGROUND = "background"
    DROPPED = "dropped"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an explanation."""

    tone: Tone
    text: str


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a field to colour: offsets in the original."""

    field: str
    start: int
    end: int
    tone: Tone


def explain(conflict: Conflict, scored: Scored) -> Iterator[Line]:
    """The verdict with its parts, the topics with their evidence, and what was dropped."""
    model, needed = f"{conflict.id} {conflict.version}", conflict.scoring.threshold
    yield Line(Tone.HEAD, f"{model}: {scored.verdict} with {scored.score:g} (needs {needed})")
    for reason in scored.reasons:
        tone = Tone.FOR if reason.weight > 0 else Tone.AGAINST
        yield Line(tone, f"  {reason.weight:+g} {reason.note or reason.name}: {_shown(scored, reason.match)}")
    if scored.verdict is not Verdict.RELEVANT:
        yield Line(Tone.PLAIN, "no topics: only relevant texts are given them")
    for heading, found in (("topic", scored.topics), ("actor", scored.actors), ("place", scored.places)):
        for one in found:
            yield _found(scored, heading, one)
    for match in scored.matches:
        if match.dropped:
            concept = f"{match.entry.part}.{match.entry.concept}"
            yield Line(Tone.DROPPED, f"  dropped {concept}: {_shown(scored, match)}: {match.dropped}")


def spans(scored: Scored) -> Iterator[Span]:
    """What to colour in the text, in its order; a later span may overlap an earlier one."""
    behind = {id(match) for one in scored.topics if one.background for match in one.matches}
    for match in scored.matches:
        if match.entry.part is Part.CUE:
            continue
        field, start, end, _ = scored.document.locate(match.start, match.end)
        yield Span(field, start, end, _tone(match.dropped, match.entry.part, id(match) in behind))


def _tone(dropped: str, part: Part, background: bool) -> Tone:
    if dropped:
        return Tone.DROPPED
    if part is Part.NEGATIVE:
        return Tone.AGAINST
    return Tone.BACKGROUND if background else Tone.FOR


def _found(scored: Scored, heading: str, one: Found) -> Line:
    evidence = "; ".join(_shown(scored, match) for match in one.matches)
    if one.background:
        return Line(Tone.BACKGROUND, f"{heading} {one.id}: background ({one.background.reason}): {evidence}")
    return Line(Tone.FOR, f"{heading} {one.id}: {evidence}")


def _shown(scored: Scored, match: Match) -> str:
    field, start, end, piece = scored.document.locate(match.start, match.end)
    return f"{piece!r} ({field} {start}-{end}) by {match.entry.language} {match.entry.term.source!r}"
