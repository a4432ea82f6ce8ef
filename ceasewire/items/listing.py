"""What stands in a source's listing, and what has left it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """An item in a listing. `url`: its own address, None where it has none that can be asked for it alone."""

    item_id: int
    published_at: datetime
    content_hash: str  # by the feed
    url: str | None


@dataclass(frozen=True, slots=True)
class Absent:
    """An item that is listed no more, and the address of the next older one that still is."""

    item_id: int
    control_url: str | None
