"""What a conflict file says, validated and frozen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ceasewire.conflict.normalise import Rules
from ceasewire.conflict.terms import Term

if TYPE_CHECKING:
    from ceasewire.conflict.matcher import Matcher

ALL = "all"


class Part(StrEnum):
    """The section that a term stands in; it says what a match of it means."""

    ANCHOR = "anchors"
    NEGATIVE = "negatives"
    ACTOR = "actors"
    PLACE = "places"
    TOPIC = "topics"
    CUE = "cues"


class Strength(StrEnum):
    """How much an anchor adds to relevance."""

    STRONG = "strong"
    MEDIUM = "medium"
    WEAK = "weak"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class TermEntry:
    """One term in its place. It counts between `since` and `until`; outside, or `excluded`, it does not."""

    part: Part
    concept: str
    term: Term
    language: str
    weight: float = 1.0
    since: date | None = None
    until: date | None = None
    not_if_quoted: bool = False
    excluded: bool = False  # what looks like the concept and is not: a match inside it is dropped

    @property
    def dated(self) -> bool:
        """Does it mean the concept in its time only?"""
        return self.since is not None or self.until is not None

    def counts_on(self, day: date | None) -> bool:
        """Does it apply to an item of that day? One without a date gets every term, and no exclusion that is over."""
        if day is None:
            return not (self.excluded and self.until)
        return not ((self.since and day < self.since) or (self.until and day > self.until))


@dataclass(frozen=True, slots=True)
class Example:
    """A text that must, or must not, be given the topic."""

    text: str
    language: str
    positive: bool
    where: str  # file:line


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic. An abstract one has no terms and is only derived from its children."""

    id: str
    label: Mapping[str, str]
    parent: str | None
    abstract: bool
    codes: Mapping[str, Any]
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Actor:
    """A state, people, person or organisation. `side`: armenia, mediator, … as the file names them."""

    id: str
    label: Mapping[str, str]
    type: str
    side: str
    anchor: Strength
    codes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A place under all its names. `coordinates`: latitude, longitude in degrees (WGS 84), None where not known."""

    id: str
    label: Mapping[str, str]
    anchor: Strength
    coordinates: tuple[float, float] | None
    not_near: tuple[str, ...]
    codes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Anchor:
    """Evidence of relevance: own terms, or the matches of actors, places or topics."""

    id: str
    weight: int
    side: str | None
    actors: frozenset[str]
    topics: frozenset[str]
    places: bool  # any place of medium or greater strength
    weak_terms: bool  # do a topic's weak terms count?


@dataclass(frozen=True, slots=True)
class Combination:
    """Extra score when parts occur together: every one of `all_of`, one of `any_of`, one of `with_any`."""

    id: str
    all_of: tuple[str, ...]
    any_of: tuple[str, ...]
    with_any: tuple[str, ...]
    window: int | None  # tokens between one of `any_of` and one of `with_any`
    skip_home_side: bool
    add: int
    languages: frozenset[str] | None = None  # None: in any
    periods: tuple[tuple[date, date], ...] = ()  # first and last days; none: at any time

    def counts(self, language: str | None, day: date | None) -> bool:
        """Does it apply to an item in a language, of a day? One of certain periods needs the day to be known."""
        if self.languages is not None and language not in self.languages:
            return False
        return not self.periods or (day is not None and any(first <= day <= last for first, last in self.periods))


@dataclass(frozen=True, slots=True)
class Scoring:
    """Weights and thresholds of both stages."""

    weights: Mapping[Strength, int]
    threshold: int
    possible: int
    lead_chars: int
    topic_threshold: float
    topic_weak: float


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that make a near mention background: `reaches` tokens ahead of it, or behind it if `after`."""

    id: str
    after: bool
    reach: int
    topics: frozenset[str] | None  # None: any
    unless: frozenset[str] = frozenset()  # topics whose mention in the text voids it


@dataclass(frozen=True, slots=True)
class SalienceRules:
    """How background is told from news."""

    cues: Mapping[str, Cue] = field(default_factory=dict)
    years: bool = True
    first_year: int = 0  # of the conflict: a lower number is none of its years
    short_lead: int = 0  # characters: in a text no longer than this below its title, a single mention is background …
    details: Mapping[str, frozenset[str]] = field(default_factory=dict)  # … unless the title has what it is a detail of
    about: Mapping[str, frozenset[str]] = field(default_factory=dict)  # topics that are only the matter of the key's


@dataclass(frozen=True, slots=True)
class Conflict:
    """One conflict's model, ready to use. Topics, actors and places stand in the file's order."""

    id: str
    version: str
    sha256: str  # of the parsed file in canonical JSON
    source: str  # file name
    labels: Mapping[str, str]
    languages: tuple[str, ...]
    codes: Mapping[str, Any]
    rules: Rules
    endings: Mapping[str, str]  # regular expression per language
    home_side: Mapping[str, str]
    scoring: Scoring
    salience: SalienceRules
    anchors: Mapping[str, Anchor]
    combinations: tuple[Combination, ...]
    penalties: Mapping[str, int]
    own_weights: Mapping[str, int]  # of actors that weigh by themselves, being in no anchor
    topics: Mapping[str, Topic]
    actors: Mapping[str, Actor]
    places: Mapping[str, Place]
    entries: Sequence[TermEntry]
    matcher: "Matcher"

    def label(self, language: str) -> str:
        """Its name in a language, else in English, else its id."""
        return pick_label(self.labels, language, self.id)

    def ancestors(self, topic: str) -> tuple[str, ...]:
        """A topic's parents, nearest first."""
        found: list[str] = []
        parent = self.topics[topic].parent
        while parent is not None:
            found.append(parent)
            parent = self.topics[parent].parent
        return tuple(found)


def pick_label(labels: Mapping[str, str], language: str, fallback: str) -> str:
    """A label in a language, else in English, else any, else the fallback."""
    return labels.get(language) or labels.get("en") or next(iter(labels.values()), fallback)


def hashes_of(conflicts: Iterable[Conflict]) -> dict[str, str]:
    """{id: sha256}: what tells one set of models from another."""
    return {one.id: one.sha256 for one in conflicts}


def name_models(conflicts: Iterable[Conflict]) -> str:
    """For people: id, version and the beginning of the hash of each."""
    return ", ".join(f"{one.id} {one.version} ({one.sha256[:8]})" for one in conflicts)
