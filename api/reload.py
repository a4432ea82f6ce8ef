"""SIGHUP makes the API read the topic models again; a broken file changes nothing and is told of."""

import asyncio
import gc
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from anyio.to_thread import run_sync
from fastapi import FastAPI

from api.catalogue import Catalogue
from ceasewire.conflict.load import load_conflicts
from ceasewire.conflict.model import hashes_of, name_models
from ceasewire.errors import ConfigError
from ceasewire.store.in_force import tell_models
from ceasewire.store.reloads import note_broken, note_read, note_started

PART = "api"
log = logging.getLogger(__name__)


@asynccontextmanager
async def reload_on_hangup(app: FastAPI) -> AsyncIterator[None]:
    """Answer SIGHUP while the application runs; where it does not own the process (a test's thread), do nothing."""
    tasks: set[asyncio.Task[None]] = set()  # the loop holds them weakly

    def start() -> None:
        task = asyncio.create_task(_reload(app))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    loop = asyncio.get_running_loop()
    try:
        loop.add_signal_handler(signal.SIGHUP, start)
    except (RuntimeError, ValueError):
        yield
        return
    _spare_collections()
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)


def tell_start(app: FastAPI) -> None:
    """Take back that the API goes on with former files, and put those that it holds in force."""
    models, now = app.state.catalogue.conflicts.values(), datetime.now(UTC)
    with app.state.store.write() as session:
        note_started(session, PART, f"started with {name_models(models)}", now)
        tell_models(session, hashes_of(models), name_models(models), now)


def reload_catalogue(app: FastAPI) -> None:
    """Read the topic models again. Whoever is being answered ends with the former ones."""
    try:
        catalogue = Catalogue(load_conflicts(app.state.settings.config_dir / "conflicts"))
    except ConfigError as error:
        log.error("config/ is broken, the former goes on: %s", error)
        with app.state.store.write() as session:
            message = f"goes on with the former configuration: {error}"
            note_broken(session, PART, message, datetime.now(UTC))
        return
    app.state.catalogue = catalogue
    models, now = catalogue.conflicts.values(), datetime.now(UTC)
    message = f"configuration read again: {name_models(models)}"
    log.info(message)
    with app.state.store.write() as session:
        note_read(session, PART, message, now)
        tell_models(session, hashes_of(models), name_models(models), now)


async def _reload(app: FastAPI) -> None:
    try:
        await run_sync(reload_catalogue, app)
        _spare_collections()
    except Exception as error:  # the API goes on whatever happens here
        log.exception("config/ was not read again, send SIGHUP once more: %s", error)


def _spare_collections() -> None:
    """What is loaded stays: else each full collection walks all topic models, and nobody is answered for 0.2 s."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
