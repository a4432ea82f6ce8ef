"""Faults inside the processes of a service under test: each of them loads this, having its directory on PYTHONPATH.

CEASEWIRE_TEST_FAULTS names a directory. A file `clock` in it holds the seconds by which all clocks are wrong. Every
message is sent twice, and a text with POISON ends the process that translates it, as a fault of a native library does.
"""

import os
import signal
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from celery import Celery

from worker import wiring
from worker.adapters.argos import ArgosTranslator

POISON = "Отрава"
FAULTS = Path(os.environ["CEASEWIRE_TEST_FAULTS"])


def wrong_clock(right: Any) -> Any:
    def now() -> datetime:
        file = FAULTS / "clock"
        moment: datetime = right()
        return moment + timedelta(seconds=float(file.read_text() if file.exists() else 0))

    return now


def send_twice(send: Any) -> Any:
    def send_task(self: Celery, *arguments: Any, **options: Any) -> Any:
        send(self, *arguments, **options)
        return send(self, *arguments, **options)  # under the same id, as a broker does that delivers again

    return send_task


def crash(translate: Any) -> Any:
    def translate_or_die(self: ArgosTranslator, texts: Sequence[Any], memory: Any = None) -> Any:
        if any(POISON in text.title for text in texts):
            os.kill(os.getpid(), signal.SIGKILL)
        return translate(self, texts, memory)

    return translate_or_die


wiring.utc_now = wrong_clock(wiring.utc_now)
Celery.send_task = send_twice(Celery.send_task)  # type: ignore[method-assign]
ArgosTranslator.translate = crash(ArgosTranslator.translate)  # type: ignore[method-assign]
