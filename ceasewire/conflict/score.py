"""Scoring of one document: stage A, is it about the conflict; stage B, which topics, actors and places.

Stage A adds the weights of the anchors found in the title and the lead, each concept once, then what combinations add,
then takes off the penalties of negatives. Stage B runs only where A is passed. Everything keeps its evidence, and what
is dropped keeps its reason.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from ceasewire.conflict.matcher import Document, Match
from ceasewire.conflict.model import Anchor, Combination, Conflict, Part, Strength
from ceasewire.conflict.salience import Background, below_title, judge, matters
from ceasewire.items import Verdict

Concepts = Mapping[tuple[Part, str], list[Match]]
Spans = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Reason:
    """A part of the relevance score. `name`: anchor, combination or negative; `match`: what it rests on."""

    name: str
    weight: float
    match: Match
    note: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A topic, actor or place with its matches. `background` is why it is no news here, None if it is."""

    id: str
    score: float
    matches: tuple[Match, ...]
    background: Background | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """What the model says of one document. Topics, actors and places are given to relevant ones only."""

    document: Document
    verdict: Verdict
    score: float
    reasons: tuple[Reason, ...]
    topics: tuple[Found, ...]
    actors: tuple[Found, ...]
    places: tuple[Found, ...]
    matches: tuple[Match, ...]  # all, the dropped ones with their reasons


def score(conflict: Conflict, document: Document, language: str | None, day: date | None) -> Scored:
    """Score a document in a language, published on a day (either may be unknown)."""
    matches = conflict.matcher.find(document, language, day)
    concepts = _settle(conflict, matches, document, language, day)
    lead = _in_lead(concepts, document.lead)
    reasons = _Relevance(conflict, lead, document, language, day).reasons()
    total = sum(reason.weight for reason in reasons)
    verdict = _verdict(conflict, total)
    if verdict is not Verdict.RELEVANT:
        return Scored(document, verdict, total, reasons, (), (), (), tuple(matches))
    return Scored(
        document=document,
        verdict=verdict,
        score=total,
        reasons=reasons,
        topics=tuple(_beside_others(conflict, list(_topics(conflict, concepts, document, day)), document)),
        actors=tuple(_named(concepts, Part.ACTOR, conflict.actors)),
        places=tuple(_named(concepts, Part.PLACE, conflict.places)),
        matches=tuple(matches),
    )


def _verdict(conflict: Conflict, total: float) -> Verdict:
    if total >= conflict.scoring.threshold:
        return Verdict.RELEVANT
    return Verdict.POSSIBLE if total >= conflict.scoring.possible else Verdict.NO


# --- which matches count ----------------------------------------------------------------------------------------


def _settle(
    conflict: Conflict, matches: list[Match], document: Document, language: str | None, day: date | None
) -> Concepts:
    """Matches that count, by concept; the others get their reason in `dropped`."""

    def weigh(match: Match) -> float:
        return _weight(match, conflict, day)

    def words(match: Match) -> Spans:
        return conflict.matcher.words(match, document, language)

    concepts: dict[tuple[Part, str], list[Match]] = defaultdict(list)
    for match in matches:
        concepts[match.entry.part, match.entry.concept].append(match)
    for found in concepts.values():
        if len(found) > 1 or found[0].entry.excluded:
            _drop_excluded(found)
            _keep_best(found, weigh)
    topics = [match for (part, _), found in concepts.items() if part is Part.TOPIC for match in found]
    _drop_contained([match for match in topics if day is not None or not match.entry.until], words)
    _drop_near(conflict, concepts)
    kept = {key: [match for match in found if not match.dropped] for key, found in concepts.items()}
    return {key: found for key, found in kept.items() if found}


def _drop_excluded(found: list[Match]) -> None:
    exclusions = [match for match in found if match.entry.excluded]
    for exclusion in exclusions:
        exclusion.dropped = "an exclusion, no evidence"
        for match in found:
            if not match.dropped and match.start < exclusion.end and exclusion.start < match.end:
                match.dropped = f"excluded by {exclusion.entry.term.source!r}"


def _keep_best(found: list[Match], weigh: Callable[[Match], float]) -> None:
    """Of overlapping spans of one concept the one that proves most, and of these the longest."""
    if _apart(found):
        return
    kept: Match | None = None
    for match in sorted((one for one in found if not one.dropped), key=_longest_first):
        if kept is None or match.start >= kept.end:
            kept = match
        elif (weigh(match), match.end - match.start) <= (weigh(kept), kept.end - kept.start):
            match.dropped = f"overlaps {kept.entry.term.source!r}"
        else:
            kept.dropped = f"overlaps {match.entry.term.source!r}"
            kept = match


def _apart(matches: list[Match]) -> bool:
    """Does none of these overlap the next? They stand in the order of the text."""
    end = 0
    for match in matches:
        if match.start < end:
            return False
        end = match.end
    return True


def _longest_first(match: Match) -> tuple[int, int]:
    return match.start, -match.end


def _drop_contained(topics: list[Match], words: Callable[[Match], Spans]) -> None:
    """A match most of whose words a longer one of another topic rests on: "ceasefire" in "ceasefire violation".

    What stands in a longer match's gaps is not touched by it.
    """
    wider: list[Match] = []
    for match in sorted((one for one in topics if not one.dropped), key=_longest_first):
        wider = [one for one in wider if one.end > match.start]
        for longer in wider:
            if _is_part(match, longer) and _mostly_inside(words(match), words(longer)):
                match.dropped = f"inside {longer.entry.term.source!r} of {longer.entry.concept}"
                break
        else:
            wider.append(match)


def _is_part(match: Match, longer: Match) -> bool:
    """Is it of another topic, inside the longer one's span and shorter?"""
    if match.entry.concept == longer.entry.concept or match.end > longer.end:
        return False
    return (match.start, match.end) != (longer.start, longer.end)


def _mostly_inside(words: Spans, longer: Spans) -> bool:
    """Are more than half of these words among the longer match's?"""
    inside = [word for word in words if any(word[0] < end and start < word[1] for start, end in longer)]
    return 2 * len(inside) > len(words)


def _drop_near(conflict: Conflict, concepts: Concepts) -> None:
    for (part, concept), found in concepts.items():
        if part is not Part.PLACE:
            continue
        for negative in conflict.places[concept].not_near:
            if (Part.NEGATIVE, negative) in concepts:
                for match in found:
                    match.dropped = match.dropped or f"not beside {negative}"


def _in_lead(concepts: Concepts, lead: int) -> Concepts:
    if all(found[-1].start < lead for found in concepts.values()):
        return concepts
    inside = {key: [match for match in found if match.start < lead] for key, found in concepts.items()}
    return {key: found for key, found in inside.items() if found}


# --- stage A ----------------------------------------------------------------------------------------------------


class _Relevance:
    """The parts of the relevance score."""

    def __init__(
        self, conflict: Conflict, lead: Concepts, document: Document, language: str | None, day: date | None
    ) -> None:
        self._conflict = conflict
        self._day = day
        self._lead = lead
        self._document = document
        self._language = language
        self._present: dict[Part, list[str]] = {part: [] for part in Part}  # in the order of the text
        for part, concept in lead:
            self._present[part].append(concept)
        self._places = tuple(self._place_weights())
        self._anchors = {key: found for key, anchor in conflict.anchors.items() if (found := self._matches(anchor))}

    def reasons(self) -> tuple[Reason, ...]:
        """All of them, anchors first."""
        reasons = [*self._weights()]
        for combination in self._conflict.combinations:
            base = self._combined(combination)
            if base is not None:
                reasons.append(Reason(combination.id, combination.add, base, f"combination {combination.id}"))
        for (part, concept), found in self._lead.items():
            if part is Part.NEGATIVE:
                penalty = -self._conflict.penalties[concept]
                reasons.append(Reason(concept, penalty, found[0], f"negative {concept}"))
        return tuple(reasons)

    def _matches(self, anchor: Anchor) -> list[Match]:
        found = list(self._lead.get((Part.ANCHOR, anchor.id), ()))
        for concept in self._present[Part.ACTOR]:
            if concept in anchor.actors:
                found += self._lead[Part.ACTOR, concept]
        for concept in self._present[Part.TOPIC]:
            if concept in anchor.topics:
                matches = self._lead[Part.TOPIC, concept]
                found += matches if anchor.weak_terms else [match for match in matches if match.entry.weight >= 1]
        if anchor.places:
            weak = self._conflict.scoring.weights[Strength.WEAK]
            found += [match for match, weight in self._places if weight > weak]
        return found

    def _place_weights(self) -> Iterable[tuple[Match, int]]:
        weights = self._conflict.scoring.weights
        for (part, concept), found in self._lead.items():
            if part is Part.PLACE:
                yield found[0], weights[self._conflict.places[concept].anchor]

    def _weights(self) -> Iterable[Reason]:
        for key, found in self._anchors.items():
            weight = self._conflict.anchors[key].weight
            if weight:
                yield Reason(key, weight, found[0])
        for match, weight in self._places:
            if weight:
                yield Reason(match.entry.concept, weight, match)
        for actor, weight in self._conflict.own_weights.items():
            if found_actor := self._lead.get((Part.ACTOR, actor)):
                yield Reason(actor, weight, found_actor[0])

    def _combined(self, combination: Combination) -> Match | None:
        """The match that completes a combination, None if it is not complete."""
        if not combination.counts(self._language, self._day):
            return None
        if not all(name in self._anchors for name in combination.all_of):
            return None
        with_any = [match for name in combination.with_any for match in self._anchors.get(name, ())]
        if not with_any:
            return None
        if not combination.any_of:
            return with_any[0]
        any_of = [match for name in self._sides(combination) for match in self._anchors.get(name, ())]
        for match in with_any:
            if any(self._near(match, other, combination.window) for other in any_of):
                return match
        return None

    def _sides(self, combination: Combination) -> Iterable[str]:
        """Its `any`, without the side at home in the language if the combination says so."""
        home = self._conflict.home_side.get(self._language or "") if combination.skip_home_side else None
        return [name for name in combination.any_of if home is None or self._conflict.anchors[name].side != home]

    def _near(self, match: Match, other: Match, window: int | None) -> bool:
        if window is None:
            return True
        first, second = sorted((match, other), key=_longest_first)
        return len(self._document.text[first.end : second.start].split()) <= window


# --- stage B ----------------------------------------------------------------------------------------------------


def _topics(conflict: Conflict, concepts: Concepts, document: Document, day: date | None) -> Iterable[Found]:
    cues = tuple(_cues(conflict, concepts))
    for topic in conflict.topics:
        found = concepts.get((Part.TOPIC, topic))
        if not found:
            continue
        total = sum({match.entry.term.source: _weight(match, conflict, day) for match in found}.values())
        if total >= conflict.scoring.topic_threshold:
            yield Found(topic, total, tuple(found), judge(conflict, topic, found, cues, document, day))


def _cues(conflict: Conflict, concepts: Concepts) -> Iterable[Match]:
    """The cues found, without those that a topic of the text voids."""
    for (part, concept), found in concepts.items():
        if part is Part.CUE:
            unless = conflict.salience.cues[concept].unless
            if not any((Part.TOPIC, topic) in concepts for topic in unless):
                yield from found


def _beside_others(conflict: Conflict, topics: list[Found], document: Document) -> Iterable[Found]:
    """The topics, those background that are so only because another one is reported."""
    mentions = {found.id: found.matches for found in topics if found.background is None}
    behind = matters(conflict, mentions, document) | below_title(conflict, mentions, document)
    for found in topics:
        yield replace(found, background=behind[found.id]) if found.id in behind else found


def _weight(match: Match, conflict: Conflict, day: date | None) -> float:
    """An item without a date is taken for one of today: a term whose time is over proves half as much on it."""
    entry = match.entry
    return min(entry.weight, conflict.scoring.topic_weak) if day is None and entry.until else entry.weight


def _named(concepts: Concepts, part: Part, order: Iterable[str]) -> Iterable[Found]:
    for concept in order:
        found = concepts.get((part, concept))
        if found:
            yield Found(concept, float(len(found)), tuple(found))
