"""How a source does, in one word: the same on the page, in the API, in the metrics and in the terminal."""

from datetime import datetime
from typing import Literal

from ceasewire.pipeline.schedule import silent_since
from ceasewire.store.sources import SourceStatus

SourceHealth = Literal["ok", "failing", "silent", "disabled", "never_polled"]


def health_of(status: SourceStatus, now: datetime) -> SourceHealth:
    """`silent` is told from `failing`: such a source answers, and says nothing new for longer than is its way."""
    if not status.config.enabled:
        return "disabled"
    if status.last_polled_at is None:
        return "never_polled"
    if status.failing_since_at is not None:
        return "failing"
    return "ok" if silent_since(status.last_new_item_at, status.items_per_day, now) is None else "silent"
