"""Is a topic what the text reports, or what it mentions as background?

Each mention of a topic is judged by what stands around it in its clause. A cue of the conflict file makes it
background ("after", "following", and behind it in languages that put such words behind: "sonra", "հետո"); it reaches
farther in the tail of a text than in its lead. So does a year before the item's own. A topic is background when all
its mentions are; when a short lead mentions it once, below a title that reports another; and when it is only what
another one is about: the fighting that a third state condemns, the border that a crowd protests against.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ceasewire.conflict.matcher import Document, Match
from ceasewire.conflict.model import Conflict, Cue, SalienceRules

YEAR = re.compile(r"(?<![\d.,])(19[5-9]\d|20[0-4]\d)(?!\d)")
CLAUSE_END = re.compile(r"[.!?;։…](?!\w)|\n\s*\n|\x00")
COMMA = re.compile(r",(?!\d)|:(?!\d)| - ")
TITLE_END = re.compile(r"\x00|\n\s*\n")
YEAR_REACH = 4
TAIL_FACTOR = 2  # past the lead a cue reaches farther: that is where a report tells what went before


@dataclass(frozen=True, slots=True)
class Background:
    """Why a mention is background. `reason` reads e.g. `after: "following"`."""

    reason: str


def judge(
    conflict: Conflict,
    topic: str,
    mentions: Sequence[Match],
    cues: Iterable[Match],
    document: Document,
    day: date | None,
) -> Background | None:
    """Why a topic is background in a document; None if its mentions that are not background report it."""
    rules = conflict.salience
    applicable = [(rules.cues[cue.entry.concept], cue) for cue in cues]
    applicable = [(cue, match) for cue, match in applicable if cue.topics is None or topic in cue.topics]
    first: Background | None = None
    reported: dict[str, float] = {}
    for mention in mentions:
        background = _mention(mention, applicable, document, day, rules)
        if background is None:
            reported[mention.entry.term.source] = mention.entry.weight
        first = first or background
    return first if sum(reported.values()) < conflict.scoring.topic_threshold else None


def below_title(
    conflict: Conflict, mentions: Mapping[str, Sequence[Match]], document: Document
) -> dict[str, Background]:
    """Of the topics reported, those that a short lead mentions once while the title reports another.

    A detail of what the title reports is news: the killed below a title that tells of a battle.
    """
    rules = conflict.salience
    title = _short_below(conflict, document.text)
    headlines = [topic for topic, matches in mentions.items() if any(match.start < title for match in matches)]
    return {
        topic: Background(f"once below a title that reports {headlines[0]}")
        for topic, matches in mentions.items()
        if headlines
        and topic not in headlines
        and len(matches) == 1
        and rules.details.get(topic, frozenset()).isdisjoint(headlines)
    }


def matters(conflict: Conflict, mentions: Mapping[str, Sequence[Match]], document: Document) -> dict[str, Background]:
    """Of the topics reported, those that stand only in clauses or below a title that report what is about them."""
    title = _short_below(conflict, document.text)
    return {
        matter: Background(f"what {topic} is about")
        for topic, known in conflict.salience.about.items()
        if topic in mentions
        for matter in known
        if matter in mentions and _beside(mentions[matter], mentions[topic], document.text, title)
    }


def _beside(mentions: Sequence[Match], others: Sequence[Match], text: str, title: int) -> bool:
    """Does each of these share its clause with one of the others, or stand below a title that has one?"""
    headline = any(other.start < title for other in others)
    return all(
        (headline and mention.start >= title) or any(not _parted(_between(mention, other, text)) for other in others)
        for mention in mentions
    )


def _between(one: Match, other: Match, text: str) -> str:
    """What stands between two matches in either order; nothing where they overlap."""
    first, second = (one, other) if one.start <= other.start else (other, one)
    return text[first.end : second.start]


def _short_below(conflict: Conflict, text: str) -> int:
    """Where the title ends if what stands below it is short, else 0."""
    title = _title_end(text)
    return title if len(text) - title <= conflict.salience.short_lead else 0


def _title_end(text: str) -> int:
    """Where the title ends: at its field's end, or at the first empty line; 0 without a title."""
    found = TITLE_END.search(text)
    return found.start() if found else 0


def _mention(
    mention: Match, cues: list[tuple[Cue, Match]], document: Document, day: date | None, rules: SalienceRules
) -> Background | None:
    farther = TAIL_FACTOR if mention.start >= document.lead else 1
    for cue, match in cues:
        if _governs(cue, match, mention, document.text, cue.reach * farther):
            return Background(f"{cue.id}: {document.locate(match.start, match.end)[3]!r}")
    return _dated(mention, document.text, day, rules.first_year) if rules.years else None


def _governs(cue: Cue, match: Match, mention: Match, text: str, reach: int) -> bool:
    """Does the cue reach the mention within one clause, on the side where its words stand?"""
    if match.start >= mention.start and match.end <= mention.end:
        return False
    if (mention.start < match.start < mention.end) if cue.after else (match.start <= mention.start < match.end):
        return True  # it runs into the mention
    first, second = (mention, match) if cue.after else (match, mention)
    if first.end > second.start:
        return False
    between = text[first.end : second.start]
    return len(between) < 200 and len(between.split()) <= reach and not _parted(between)


def _parted(between: str) -> bool:
    return bool(CLAUSE_END.search(between) or COMMA.search(between))


def _dated(mention: Match, text: str, day: date | None, first: int) -> Background | None:
    """An earlier year close by, in the same clause: "the 2020 war", "в 2020 году"."""
    if day is None:
        return None
    start, end = max(0, mention.start - 60), mention.end + 60
    for found in YEAR.finditer(text, start, end):
        gap = text[found.end() : mention.start] if found.end() <= mention.start else text[mention.end : found.start()]
        if first <= int(found.group()) < day.year and len(gap.split()) <= YEAR_REACH and not _parted(gap):
            return Background(f"earlier year: {found.group()}")
    return None
