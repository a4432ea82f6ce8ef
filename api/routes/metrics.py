"""Metrics in the text format of Prometheus, read from the store when asked: no process keeps counts of its own."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from api.deps import NowDep, StoreDep
from api.present import present_source
from ceasewire import __version__
from ceasewire.items import AlertState
from ceasewire.store.heartbeats import HeartbeatView, list_heartbeats
from ceasewire.store.in_force import list_outdated
from ceasewire.store.measures import count_alerts, count_items_by_state, count_polls, measure_lags, oldest_waiting
from ceasewire.store.queries import queue_depths
from ceasewire.store.session import Session, Store
from ceasewire.store.sources import list_sources

QUANTILES = (0.5, 0.95)
# What the translation worker counts of itself, see worker.jobs.translate.
TRANSLATION_COUNTS = {
    "sentences": "Sentences asked of the translation memory",
    "sentences_known": "Sentences that the translation memory knew",
}

router = APIRouter(tags=["operation"])


@router.get(
    "/metrics",
    summary="Metrics for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def get_metrics(store: StoreDep, now: NowDep) -> Response:
    """Gauges over the last hour or day, queue depths and ages, lags; counters only where the store keeps them for good.

    Format: https://prometheus.io/docs/instrumenting/exposition_formats/
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Measures(store, now))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Measures(Collector):
    """One scrape, in one transaction."""

    def __init__(self, store: Store, now: datetime) -> None:
        self._store = store
        self._now = now

    def collect(self) -> Iterator[Any]:
        with self._store.read() as s:
            yield _gauge("ceasewire_info", "The version that answers", {(__version__,): 1}, "version")
            yield from self._sources(s)
            yield from self._work(s)
            yield from self._items(s)
            yield from self._parts(list_heartbeats(s))
            outdated = {(part,): 1 for part in list_outdated(s, self._now)}
            yield _gauge("ceasewire_outdated", "Parts that work by other topic models than the rest", outdated, "part")

    def _sources(self, s: Session) -> Iterator[Any]:
        health = Counter((present_source(one, self._now).health,) for one in list_sources(s))
        yield _gauge("ceasewire_sources", "Sources by health", health, "health")
        polls = {(outcome,): count for outcome, count in count_polls(s, self._now).items()}
        yield _gauge("ceasewire_polls_last_hour", "Polls of the last hour by outcome", polls, "outcome")

    def _work(self, s: Session) -> Iterator[Any]:
        depth = {(stage,): count for stage, count in queue_depths(s, self._now).items()}
        yield _gauge("ceasewire_queue_depth", "What waits in each stage", depth, "stage")
        ages = {(stage,): age for stage, age in oldest_waiting(s, self._now).items()}
        yield _gauge("ceasewire_queue_age_seconds", "How long the longest waiting has been due", ages, "stage")
        found = count_alerts(s, self._now)
        alerts = {(str(state),): found.get(state, 0) for state in AlertState}
        help_ = "Alerts by state: all open ones, and those that came to an end in the last hour"
        yield _gauge("ceasewire_alerts", help_, alerts, "state")

    def _items(self, s: Session) -> Iterator[Any]:
        states = count_items_by_state(s, self._now)
        help_ = "Items first seen in the last day by language and translation state"
        yield _gauge("ceasewire_items_last_day", help_, states, "language", "state")
        lags = measure_lags(s, self._now)
        found = {
            (way, str(quantile)): _quantile(seconds, quantile)
            for way in type(lags).__dataclass_fields__
            for quantile in QUANTILES
            if (seconds := getattr(lags, way))
        }
        help_ = "How long items of the last hour took, by stretch of the way"
        yield _gauge("ceasewire_lag_seconds", help_, found, "way", "quantile")

    def _parts(self, parts: Sequence[HeartbeatView]) -> Iterator[Any]:
        ages = {(part.name,): (self._now - part.at).total_seconds() for part in parts}
        yield _gauge("ceasewire_heartbeat_age_seconds", "Since each part was last heard of", ages, "part")
        counts = next((part.details for part in parts if part.name == "translate"), {})
        for name, help_ in TRANSLATION_COUNTS.items():
            yield CounterMetricFamily(f"ceasewire_translation_{name}", help_, value=counts.get(name, 0))
        seconds = counts.get("milliseconds", 0) / 1000
        yield CounterMetricFamily("ceasewire_translation_seconds", "Time spent translating", value=seconds)


def _gauge(name: str, help_: str, values: Mapping[Any, float], *labels: str) -> GaugeMetricFamily:
    """`values` are keyed by the tuple of their labels."""
    family = GaugeMetricFamily(name, help_, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric(key, value)
    return family


def _quantile(ascending: Sequence[float], quantile: float) -> float:
    """The nearest rank."""
    return ascending[min(len(ascending) - 1, int(quantile * len(ascending)))]
