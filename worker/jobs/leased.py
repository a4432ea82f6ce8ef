"""Keeps a short lease while long work goes on: what a killed worker held is free again after `SECONDS`."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import Event, Thread

from ceasewire.errors import CeasewireError
from ceasewire.store.session import Store
from ceasewire.store.work import extend_lease

SECONDS = 16  # of a lease; with a sweep's gap and a message's way an item of a killed worker is taken again within 30
EVERY = 4.0  # seconds between two extensions
EXTENSIONS = 150  # then work that hangs counts as dead: ten minutes
log = logging.getLogger(__name__)


@contextmanager
def leased(store: Store, item_ids: Sequence[int], clock: Callable[[], datetime]) -> Iterator[None]:
    """Extend the lease of the items again and again until the block ends."""
    done = Event()
    thread = Thread(target=_extend, args=(store, item_ids, clock, done), name="lease", daemon=True)
    if item_ids:
        thread.start()
    try:
        yield
    finally:
        done.set()
        if item_ids:
            thread.join()


def _extend(store: Store, item_ids: Sequence[int], clock: Callable[[], datetime], done: Event) -> None:
    for _ in range(EXTENSIONS):
        if done.wait(EVERY):
            return
        try:
            with store.write() as session:
                extend_lease(session, item_ids, clock(), SECONDS)
        except CeasewireError as error:  # the store is away for the moment: the work may still be in time
            log.warning("lease of %d items not extended: %s", len(item_ids), error)
