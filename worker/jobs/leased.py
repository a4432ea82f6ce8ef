"""Keeps a short lease while long work goes on: what a killed worker held is free again after `SECONDS`."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import Event, Thread

from ceasewire.errors import CeasewireError, Transient
from ceasewire.store.leases import Leased, extend_leases, give_back
from ceasewire.store.session import Store

SECONDS = 16  # of a lease; with a sweep's gap and a message's way what a killed worker held is taken again within 30
EVERY = 4.0  # seconds between two extensions
EXTENSIONS = 150  # then work that hangs counts as dead: ten minutes
log = logging.getLogger(__name__)


@contextmanager
def leased(
    store: Store, ids: Sequence[int | str], clock: Callable[[], datetime], kind: Leased = "item"
) -> Iterator[None]:
    """Extend the leases of these rows again and again until the block ends.

    Where the store went away meanwhile, or is full, the rows are given back: only work that its worker did not survive,
    or that failed by itself, counts as an attempt.
    """
    done = Event()
    thread = Thread(target=_extend, args=(store, kind, ids, clock, done), name="lease", daemon=True)
    if ids:
        thread.start()
    try:
        yield
    except Transient:
        _give_back(store, kind, ids)
        raise
    finally:
        done.set()
        if ids:
            thread.join()


def _extend(store: Store, kind: Leased, ids: Sequence[int | str], clock: Callable[[], datetime], done: Event) -> None:
    for _ in range(EXTENSIONS):
        if done.wait(EVERY):
            return
        try:
            with store.write() as session:
                extend_leases(session, kind, ids, clock(), SECONDS)
        except CeasewireError as error:  # the store is away for the moment: the work may still be in time
            log.warning("leases of %d %ss not extended: %s", len(ids), kind, error)


def _give_back(store: Store, kind: Leased, ids: Sequence[int | str]) -> None:
    try:
        with store.write() as session:
            give_back(session, kind, ids)
    except CeasewireError as error:  # then the leases run out
        log.warning("%d %ss not given back: %s", len(ids), kind, error)
