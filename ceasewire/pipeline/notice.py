"""Notice: what an alert that is not about one item says: a headline, sentences, and the facts behind them as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ceasewire.pipeline.options import SilenceOptions, SpikeOptions
from ceasewire.pipeline.silence import Silent
from ceasewire.pipeline.spike import Spike

ITEMS_NAMED = 50  # of a spike, the newest

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Trouble:
    """An event of a source or of one of its items."""

    id: int
    at: datetime
    kind: str
    about: str
    message: str


def digest_body(name: str, count: int, since: datetime, until: datetime) -> Body:
    """A digest; what it lists are the alerts that it carries."""
    stories = "1 story" if count == 1 else f"{count} stories"
    return {
        "headline": f"{name}: {stories}",
        "lines": [f"From {since:%F %R} to {until:%F %R} UTC."],
        "count": count,
        "since": _iso(since),
        "until": _iso(until),
    }


def spike_body(name: str, spike: Spike, options: SpikeOptions) -> Body:
    """A spike with its baseline, so that a reader can judge it."""
    (since, until), count = spike.window, len(spike.reports)
    newest = sorted(spike.reports, reverse=True)[:ITEMS_NAMED]
    return {
        "headline": f"{name}: {count} items in {options.window_hours} h, where {spike.expected:.1f} are usual",
        "lines": [
            f"From {since:%F %R} to {until:%F %R} UTC; above {spike.limit:.1f} is unusual,"
            f" by {spike.references} earlier windows.",
            f"Reported independently by {', '.join(spike.sources)}.",
        ],
        "count": count,
        "expected": round(spike.expected, 2),
        "threshold": round(spike.limit, 2),
        "window_hours": options.window_hours,
        "references": spike.references,
        "since": _iso(since),
        "until": _iso(until),
        "stories": len({report.first_copy for report in spike.reports}),
        "sources": list(spike.sources),
        "items": [report.item_id for report in newest],
    }


def silence_body(name: str, silent: Silent, options: SilenceOptions, failing: Sequence[str]) -> Body:
    """A silence. `failing` are the watched sources that could not be read: then the silence may be ours."""
    kind, _, watched = silent.watched.partition(":")
    last = f"since {silent.since:%F %R} UTC" if silent.since else "as far as is stored"
    ours = [f"Of its sources these cannot be read at present: {', '.join(failing)}."] if failing else []
    return {
        "headline": f"{name}: the {kind} {watched} has been silent for {options.hours} h",
        "lines": [
            f"Nothing from it {last}; others had {silent.others} items in the last {options.hours} h"
            f" ({', '.join(silent.other_sources[:10])}).",
            *ours,
        ],
        "watched": silent.watched,
        "since": silent.since and _iso(silent.since),
        "hours": options.hours,
        "others": silent.others,
        "other_sources": list(silent.other_sources),
        "failing": list(failing),
    }


def trouble_body(name: str, troubles: Sequence[Trouble]) -> Body:
    """What happened to sources since the last look, in the order of time."""
    first = troubles[0].message if len(troubles) == 1 else f"{len(troubles)} events of sources"
    return {
        "headline": f"{name}: {first}",
        "lines": [f"{one.at:%F %R} UTC: {one.message}" for one in troubles],
        "events": [
            {"id": one.id, "at": _iso(one.at), "kind": one.kind, "about": one.about, "message": one.message}
            for one in troubles
        ],
    }


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
