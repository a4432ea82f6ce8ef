"""What a changed topic model would change: verdicts and reported tags of items before and after, counted."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from ceasewire.items import Salience, Tagging

TagName = tuple[str, str]  # kind and id, e.g. ("topic", "shelling")


@dataclass(frozen=True, slots=True)
class Said:
    """What a reader sees of a tagging. `tags` are those that the text reports, without parents of other tags."""

    verdict: str
    tags: frozenset[TagName]


@dataclass(frozen=True, slots=True)
class Change:
    """One item that is tagged otherwise."""

    before: Said
    after: Said

    @property
    def gained(self) -> frozenset[TagName]:
        """Tags that it has afterwards only."""
        return self.after.tags - self.before.tags

    @property
    def lost(self) -> frozenset[TagName]:
        """Tags that it had before only."""
        return self.before.tags - self.after.tags

    @property
    def turned(self) -> bool:
        """Is its verdict another one?"""
        return self.before.verdict != self.after.verdict


@dataclass(slots=True)
class Difference:
    """All changes counted: verdicts by (before, after), tags by (kind, id)."""

    items: int = 0
    changed: int = 0
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    gained: Counter[TagName] = field(default_factory=Counter)
    lost: Counter[TagName] = field(default_factory=Counter)

    def add(self, before: Said, after: Said) -> Change | None:
        """Count one item; its change, if there is any."""
        self.items += 1
        if before == after:
            return None
        change = Change(before, after)
        self.changed += 1
        self.verdicts.update([(before.verdict, after.verdict)] if change.turned else [])
        self.gained.update(change.gained)
        self.lost.update(change.lost)
        return change

    def tags(self) -> list[TagName]:
        """Every tag that some item gains or loses, by kind, those with the most changes first."""
        moved = self.gained + self.lost
        return sorted(moved, key=lambda tag: (tag[0] != "topic", tag[0], -moved[tag], tag[1]))


def said(tagging: Tagging) -> Said:
    """A tagging as a reader sees it."""
    return Said(str(tagging.verdict), reported((str(t.kind), t.id, str(t.salience), t.derived) for t in tagging.tags))


def reported(tags: Iterable[tuple[str, str, str, bool]]) -> frozenset[TagName]:
    """Of tags as (kind, id, salience, derived), those that the text reports itself."""
    return frozenset(
        (kind, id_) for kind, id_, salience, derived in tags if salience == Salience.REPORTED and not derived
    )
