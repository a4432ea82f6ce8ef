"""What `/stats` answers with."""

from datetime import datetime

from pydantic import Field

from api.schemas import Model
from ceasewire.store.statistics import Bucket, Grouping


class Series(Model):
    """Counts of one topic, language, source, …; `counts[n]` is of the bucket that begins at `starts[n]`."""

    key: str = Field(description="Its id; empty for items that have none", examples=["talks_mediation"])
    conflict: str | None = Field(description="Whose id it is, where it is a topic, actor, place or verdict")
    label: str
    total: int
    counts: list[int]


class Stats(Model):
    """Counts over time, the largest series first. The first and the last bucket may be cut by `since` and `until`."""

    since: datetime
    until: datetime
    bucket: Bucket
    by: Grouping
    starts: list[datetime]
    series: list[Series]
