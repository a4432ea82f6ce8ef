"""What a worker does beside its tasks: log, show it lives, read config/ again on SIGHUP, stop in time on SIGTERM."""

import logging
import os
import signal
import threading
from collections.abc import Callable, Mapping
from contextvars import Token
from inspect import signature
from types import FrameType
from typing import Any

from celery import signals
from celery.platforms import signals as process_signals
from celery.worker import state

from ceasewire.conflict.model import hashes_of, name_models
from ceasewire.errors import CeasewireError
from ceasewire.logs import Ids, configure_logs, pop_ids, push_ids
from ceasewire.settings import Settings
from ceasewire.store.in_force import tell_models
from ceasewire.store.reloads import note_started
from ceasewire.store.session import Store
from worker.app import show_alive
from worker.configuration import Configuration
from worker.wiring import reload, utc_now

STOP_SECONDS = 45.0  # for tasks in hand, inside the 60 s that docker-compose.yml grants
BELLS = frozenset({"sweep", "retag_due", "renew_due"})  # every few seconds, mostly for nothing
log = logging.getLogger(__name__)
_tokens: dict[str, Token[Ids]] = {}


def run_beside(part: str, settings: Settings) -> None:
    """Connect all of it to Celery's signals, before the worker starts. `part` is worker-poll, worker-enrich, …"""
    configure = _configurer(settings.log_format)
    signals.setup_logging.connect(configure, weak=False)  # Celery then leaves logging alone, in pool children too
    signals.heartbeat_sent.connect(show_alive, weak=False)
    signals.task_prerun.connect(_begin_task, weak=False)
    signals.task_postrun.connect(_end_task, weak=False)
    # Ready comes after Celery has set its own handlers: on SIGHUP it would start its whole process anew, on a broken
    # file too; on SIGTERM it would wait for tasks without end, and write lines that are no JSON.
    signals.worker_ready.connect(lambda **_: _handle_signals(part), weak=False)
    configure()


def tell_start(part: str, settings: Settings, message: str, held: Configuration | None) -> None:
    """Take back that the part goes on with former files, and put those that it holds in force.

    Without a store there is nobody to tell.
    """
    store = Store(settings.store_url)
    try:
        with store.write() as session:
            note_started(session, part, message, utc_now())
            if held is not None:
                models = held.conflicts.values()
                tell_models(session, hashes_of(models), name_models(models), utc_now())
    except CeasewireError as error:
        log.warning("the store does not know of the start: %s", error)
    finally:
        store.dispose()


# --- logs ------------------------------------------------------------------------------------------------------


def _configurer(form: str) -> Callable[..., None]:
    def configure(**_: object) -> None:
        configure_logs(form)
        logging.getLogger("celery.app.trace").addFilter(_is_worth_telling)

    return configure


def _is_worth_telling(record: logging.LogRecord) -> bool:
    """Not that a clock's task has ended well: it does so every five seconds."""
    data = getattr(record, "data", None)
    return not (record.levelno <= logging.INFO and isinstance(data, Mapping) and data.get("name") in BELLS)


def _begin_task(task_id: str, task: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], **_: object) -> None:
    ids = signature(task.run).bind(*args, **kwargs).arguments
    _tokens[task_id] = push_ids({"task": task.name, "task_id": task_id, **ids})


def _end_task(task_id: str, **_: object) -> None:
    if token := _tokens.pop(task_id, None):
        pop_ids(token)


# --- signals ---------------------------------------------------------------------------------------------------


def _handle_signals(part: str) -> None:
    process_signals["SIGHUP"] = lambda *_: threading.Thread(target=_reload, args=(part,), name="reload").start()
    process_signals["SIGTERM"] = _stop


_reloading = threading.Lock()


def _reload(part: str) -> None:
    with _reloading:
        try:
            reload(part)
        except Exception as error:  # the worker goes on whatever happens here
            log.exception("config/ was not read again, send SIGHUP once more: %s", error)


def _stop(_number: int, _frame: FrameType | None) -> None:
    """Take no more tasks and end when those in hand have; after `STOP_SECONDS` end all the same.

    What is cut off then is not lost: its lease runs out, and the sweep rings again.
    """
    log.info("stopping; tasks in hand have %.0f s", STOP_SECONDS)
    state.should_stop = os.EX_OK  # type: ignore[assignment]  # celery-types knows only its first value
    last = threading.Timer(STOP_SECONDS, _give_up)
    last.daemon = True
    last.start()


def _give_up() -> None:
    log.warning("stopped in mid-task after %.0f s; what was in hand is taken up again elsewhere", STOP_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)  # children of its pool die with it
