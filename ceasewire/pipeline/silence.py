"""Silence: which watched sources and sides have said nothing while others did. Each silence is told once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ceasewire.pipeline.options import SilenceOptions
from ceasewire.pipeline.spike import Report, reports_in


@dataclass(frozen=True, slots=True)
class Silent:
    """A silence. `since`: when it was heard last, None where that is not known. The others spoke meanwhile."""

    watched: str  # source:ID | side:NAME
    since: datetime | None
    others: int  # items
    other_sources: tuple[str, ...]


def watched_of(options: SilenceOptions) -> list[str]:
    """The names under which silences are told and remembered."""
    return [*(f"source:{one}" for one in options.sources), *(f"side:{one}" for one in options.sides)]


def is_of(watched: str, source_id: str, side: str | None) -> bool:
    """Whether an item of that source speaks for the watched."""
    kind, _, name = watched.partition(":")
    return name == (source_id if kind == "source" else side)


def find_silences(options: SilenceOptions, reports: Sequence[Report], now: datetime) -> list[Silent]:
    """The silences as of now; since when, is for the caller to find out. `reports` are in the order of time."""
    recent = reports_in(reports, (now - timedelta(hours=options.hours), now))
    silences = []
    for watched in watched_of(options):
        others = [one for one in recent if not is_of(watched, one.source_id, one.side)]
        if len(others) == len(recent) >= options.min_others:
            sources = tuple(sorted({one.source_id for one in others}))
            silences.append(Silent(watched, None, len(others), sources))
    return silences


def to_tell(
    silences: Sequence[Silent], told: Iterable[str], reports: Iterable[Report]
) -> tuple[list[Silent], list[str]]:
    """Silences that were not told yet, and the names to remember as told: each until it is heard again.

    `reports` are those of the hours that the silences were found in.
    """
    spoken = list(reports)
    still = [name for name in told if not any(is_of(name, one.source_id, one.side) for one in spoken)]
    fresh = [one for one in silences if one.watched not in still]
    return fresh, [*still, *(one.watched for one in fresh)]
