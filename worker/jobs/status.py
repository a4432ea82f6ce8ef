"""Status: how the whole service does at this moment, in one reading of the store and the broker."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from ceasewire.broker import count_messages
from ceasewire.errors import BrokerUnavailable
from ceasewire.health import health_of
from ceasewire.store import measures
from ceasewire.store.channels import ChannelView, list_channels
from ceasewire.store.events import EventView, list_events
from ceasewire.store.heartbeats import list_heartbeats
from ceasewire.store.in_force import list_outdated
from ceasewire.store.queries import queue_depths
from ceasewire.store.session import Session, Store
from ceasewire.store.sources import SourceStatus, list_sources

QUEUES = ("poll", "enrich", "translate", "alert")
IN_TROUBLE = ("failing", "silent")
EVENTS = 6


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for one stage: pieces of work, and for how long the first of them has been due."""

    pieces: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class Lag:
    """How long items of the last hour took, in seconds."""

    median: float
    p95: float


@dataclass(frozen=True, slots=True)
class Trouble:
    """A source that fails or says nothing. `since` is None where it never said anything."""

    id: str
    health: str
    since: datetime | None
    reason: str
    next_poll_at: datetime | None


@dataclass(frozen=True, slots=True)
class LanguageStatus:
    """Items of the last day in one language, by state of translation, and what translates it (empty: nothing)."""

    code: str
    items: Mapping[str, int]
    package: str


@dataclass(frozen=True, slots=True)
class Status:
    """Everything at once. `broker` is ok, or why it does not answer; `messages` those that no worker has taken."""

    at: datetime
    store: str
    broker: str
    messages: Mapping[str, int]
    waiting: Mapping[str, Waiting]
    set_aside: int  # fetched bodies
    lags: Mapping[str, Lag]
    sources: Mapping[str, int]
    polls: Mapping[str, int]  # of the last hour, by outcome
    troubles: Sequence[Trouble]
    conflicts: Mapping[str, Sequence[str]]
    outdated: Mapping[str, str]  # parts that work by other topic models than they were told, and what to do
    languages: Sequence[LanguageStatus]
    alerts: Mapping[str, int]
    paused_channels: Sequence[ChannelView]
    heartbeats: Mapping[str, datetime]
    background: Mapping[str, int]  # items to tag or to translate again
    events: Sequence[EventView]


@dataclass(frozen=True, slots=True)
class Watched:
    """What to look at. `redis_url` is empty where `ceasewire up` has a broker of its own.

    `packages` names what translates each language, of those that can be translated now.
    """

    store: Store
    redis_url: str
    packages: Callable[[], Mapping[str, str]]


def read_status(watched: Watched, now: datetime) -> Status:
    """Look once. Raises StoreUnavailable; a broker that is away is part of the answer."""
    broker, messages = _broker(watched.redis_url)
    with watched.store.read() as s:
        depths, oldest = queue_depths(s, now), measures.oldest_waiting(s, now)
        sources = list_sources(s)
        parts = list_heartbeats(s)
        return Status(
            at=now,
            store=watched.store.name,
            broker=broker,
            messages=messages,
            waiting={stage: Waiting(depths[stage], seconds) for stage, seconds in oldest.items()},
            set_aside=depths["fetches_set_aside"],
            lags=_lags(s, now),
            sources=dict(Counter(health_of(one, now) for one in sources)),
            polls=measures.count_polls(s, now),
            troubles=_troubles(sources, now),
            conflicts=measures.models_in_use(s),
            outdated=list_outdated(s, now),
            languages=_languages(s, watched, now),
            alerts=measures.count_alerts(s, now),
            paused_channels=[one for one in list_channels(s) if one.paused_at is not None],
            heartbeats={one.name: one.at for one in parts},
            background={one.name: one.details["due"] for one in parts if one.details.get("due")},
            events=list_events(s, EVENTS),
        )


def _broker(url: str) -> tuple[str, Mapping[str, int]]:
    if not url:
        return "embedded", {}
    try:
        return "ok", count_messages(url, QUEUES)
    except BrokerUnavailable as error:
        return error.message, {}


def _lags(s: Session, now: datetime) -> Mapping[str, Lag]:
    found = measures.measure_lags(s, now)
    taken = {one.name: getattr(found, one.name) for one in fields(found)}
    return {way: Lag(_quantile(seconds, 0.5), _quantile(seconds, 0.95)) for way, seconds in taken.items() if seconds}


def _quantile(ascending: Sequence[float], quantile: float) -> float:
    """The nearest rank."""
    return ascending[min(len(ascending) - 1, int(quantile * len(ascending)))]


def _troubles(sources: Sequence[SourceStatus], now: datetime) -> Sequence[Trouble]:
    """Those that fail, worst first, then those that are silent, longest first."""
    found = [(health_of(one, now), one) for one in sources]
    bad = [(health, one) for health, one in found if health in IN_TROUBLE]
    bad.sort(key=lambda each: (each[0] != "failing", -each[1].failure_weight, _age(each[1], now)))
    return [
        Trouble(
            id=one.config.id,
            health=health,
            since=one.failing_since_at if health == "failing" else one.last_new_item_at,
            reason=one.last_reason if health == "failing" else "",
            next_poll_at=one.next_poll_at,
        )
        for health, one in bad
    ]


def _age(source: SourceStatus, now: datetime) -> timedelta:
    return (source.last_new_item_at or now) - now


def _languages(s: Session, watched: Watched, now: datetime) -> Sequence[LanguageStatus]:
    counts: dict[str, dict[str, int]] = {}
    for (language, state), count in measures.count_items_by_state(s, now).items():
        counts.setdefault(language, {})[state] = count
    packages = watched.packages()
    codes = {*counts, *packages} - {""}
    by_count = sorted(codes, key=lambda code: (-sum(counts.get(code, {}).values()), code))
    return [LanguageStatus(code, counts.get(code, {}), packages.get(code, "")) for code in by_count]
