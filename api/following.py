"""One client's way along the changes of items that fit a query: what it has seen, and where it is."""

from collections.abc import Sequence
from datetime import datetime

from api.catalogue import Catalogue
from api.live import Event, json_line
from api.present import present_item
from ceasewire.errors import InvalidQuery
from ceasewire.store.changes import LOOK_BACK, Change, list_changes
from ceasewire.store.cursors import read_cursor, write_cursor
from ceasewire.store.find import matching
from ceasewire.store.queries import get_items
from ceasewire.store.session import Session, Store
from ceasewire.store.views import ItemQuery

BATCH = 200  # changes that are looked at together
ROUNDS = 20  # batches without anything that fits, before the client is looked after again
LATE = 5_000  # changes of LOOK_BACK at most


class Follower:
    """Reads on for one client, which is asked to read one after the other.

    A change that was committed late is still told, and each once while the connection lasts. A client that comes back
    is told again what changed within LOOK_BACK before the event it names.
    """

    def __init__(self, store: Store, catalogue: Catalogue, query: ItemQuery) -> None:
        self._store = store
        self._catalogue = catalogue
        self._query = query
        self._at: datetime | None = None
        self._seen: set[Change] = set()

    def start(self, now: datetime) -> str:
        """The point from which everything is new: what was there before is not told."""
        with self._store.read() as s:
            self._seen.update(list_changes(s, now - LOOK_BACK, None, LATE))
        return write_cursor(now, 0)

    def read(self, after: str) -> Sequence[Event]:
        """The next changes after a point. Raises InvalidQuery for one that cannot be read."""
        named = _read_point(after)
        self._at = named if self._at is None else max(self._at, named)
        with self._store.read() as s:
            for _ in range(ROUNDS):
                changes = self._next(s, self._at)
                if not changes:
                    return []
                self._at = max(self._at, *(change.at for change in changes))
                self._seen.update(changes)
                if events := self._events(s, changes, self._at):
                    return events
        return []

    def _next(self, s: Session, at: datetime) -> list[Change]:
        self._seen = {change for change in self._seen if change.at > at - LOOK_BACK}
        late = list_changes(s, at - LOOK_BACK, at, LATE)
        found = [*late, *list_changes(s, at, None, BATCH)]
        return [change for change in found if change not in self._seen]

    def _events(self, s: Session, changes: Sequence[Change], at: datetime) -> list[Event]:
        fitting = matching(s, self._query, list({change.item_id for change in changes}))
        items = get_items(s, list(fitting))
        last = {change.item_id: change.at for change in changes if change.item_id in items}
        in_order = sorted(last, key=lambda item_id: (last[item_id], item_id))
        point = write_cursor(at, 0)
        return [
            Event(point, "item", json_line(present_item(items[item_id], self._catalogue).model_dump(mode="json")))
            for item_id in in_order
        ]


def _read_point(after: str) -> datetime:
    try:
        return read_cursor(after)[0]
    except InvalidQuery:
        raise InvalidQuery(
            f"{after!r} is no id of an event here", about="Last-Event-ID", remedy="leave it out"
        ) from None
