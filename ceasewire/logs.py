"""Logs: lines for people, or one JSON object a line for collectors; each says which task, source or item it is about.

    configure_logs("json")
    with log_context(source_id="kremlin-ru"):
        log.warning("answers with HTTP 503")

prints {"time": "2026-05-04T12:00:00.123Z", "level": "warning", "logger": …, "message": …, "source_id": "kremlin-ru"}.
"""

import json
import logging
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from datetime import UTC, datetime
from types import MappingProxyType, TracebackType
from typing import Any, TextIO

Ids = Mapping[str, Any]
_NONE: Ids = MappingProxyType({})
_ids: ContextVar[Ids] = ContextVar("ceasewire_log_ids", default=_NONE)

LOUD = {  # of others' loggers: what they say below this level is for their own developers
    "celery.worker.strategy": logging.WARNING,  # "received": the line about its end says the same
    "celery.bootsteps": logging.WARNING,
    "celery.beat": logging.WARNING,  # "sending due task", every five seconds
    "kombu": logging.WARNING,
    "httpx": logging.WARNING,  # every address, with what its query holds
    "httpcore": logging.WARNING,
    "sse_starlette": logging.WARNING,
    "alembic": logging.WARNING,
    "trafilatura": logging.CRITICAL,
    "htmldate": logging.CRITICAL,
    "charset_normalizer": logging.WARNING,
    "apprise": logging.WARNING,
}


def configure_logs(form: str, stream: TextIO | None = None) -> None:
    """Send all logs of this process to `stream` (standard output), as `form` says: text or json.

    Replaces what was configured before. Warnings and exceptions that nobody catches are logged too.
    """
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    handler.addFilter(_add_ids)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name, level in LOUD.items():
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda args: _log_uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def is_configured() -> bool:
    """Has this process been told how to log?"""
    return any(isinstance(one.formatter, JsonFormatter | TextFormatter) for one in logging.getLogger().handlers)


@contextmanager
def log_context(**ids: Any) -> Iterator[None]:
    """What is logged inside, by this thread or task, carries these ids."""
    token = push_ids(ids)
    try:
        yield
    finally:
        pop_ids(token)


def push_ids(ids: Ids) -> Token[Ids]:
    """The same for callers that are told of begin and end apart; give the answer to `pop_ids`."""
    return _ids.set({**_ids.get(), **ids})


def pop_ids(token: Token[Ids]) -> None:
    """Forget what the matching `push_ids` added."""
    _ids.reset(token)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (ISO 8601, UTC), level, logger, message, ids, and the traceback as `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "ids", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class TextFormatter(logging.Formatter):
    """`time level logger: message [ids]`, a traceback below."""

    def format(self, record: logging.LogRecord) -> str:
        """The line or, with a traceback, lines."""
        ids = " ".join(f"{name}={value}" for name, value in getattr(record, "ids", {}).items())
        line = f"{_time(record)} {record.levelname.lower():<8} {record.name}: {record.getMessage()}"
        line += f" [{ids}]" if ids else ""
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _add_ids(record: logging.LogRecord) -> bool:
    """The ids in force, and those given with this one line as `extra={"ids": {…}}`."""
    record.ids = {**_ids.get(), **getattr(record, "ids", {})}
    return True


def _time(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _log_uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if error is None or issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    logging.getLogger("ceasewire").critical("stopped by an error: %s", error, exc_info=(kind, error, trace))
