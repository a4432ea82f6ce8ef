"""Verdict, tags and their evidence; the alert that a match makes."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """Is an item about the conflict? `possible` is stored for review and never alerted."""

    RELEVANT = "relevant"
    POSSIBLE = "possible"
    NO = "no"


class Salience(StrEnum):
    """A tag is what the text reports, or what it mentions as background."""

    REPORTED = "reported"
    BACKGROUND = "background"


class TagKind(StrEnum):
    """What a tag names."""

    TOPIC = "topic"
    ACTOR = "actor"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a tag was given: `field[start:end] == text`, offsets in code points of the original field."""

    term: str  # as written in the conflict file
    language: str  # of the term list it stands in
    field: str  # title | text | translation.title | translation.text
    start: int
    end: int
    text: str  # the matched slice
    weight: float = 1.0
    note: str = ""  # why it counts less or not at all, e.g. "background: after …"


@dataclass(frozen=True, slots=True)
class Tag:
    """A topic, actor or place on an item, with its evidence."""

    kind: TagKind
    id: str
    score: float
    salience: Salience
    derived: bool  # a parent topic of a tagged one
    evidence: tuple[Evidence, ...]
    reason: str = ""  # for background: what made it so


@dataclass(frozen=True, slots=True)
class Tagging:
    """All that one conflict's model says of one item."""

    conflict: str
    model_version: str
    model_sha256: str
    verdict: Verdict
    score: float
    evidence: tuple[Evidence, ...]  # of the relevance verdict, negatives with negative weight
    tags: tuple[Tag, ...]


@dataclass(frozen=True, slots=True)
class AlertIntent:
    """A subscription matched an item. `dedupe_key` is unique in the outbox: one story, one alert."""

    subscription_id: str
    item_id: int
    dedupe_key: str
    reasons: tuple[str, ...]
