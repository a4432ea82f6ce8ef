"""Keeps the embedded service's processes alive: starts them, restarts what dies, stops all of them."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

GRACE_SECONDS = 10.0
RESTART_PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0)
HEALTHY_SECONDS = 30.0  # a process that lived this long starts its pauses anew
_PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """One process of the service."""

    name: str
    command: Sequence[str]
    log_file: Path
    process: subprocess.Popen[bytes] | None = None
    restarts: int = 0
    started_at: float = 0.0
    start_again_at: float = field(default=0.0)


class Supervisor:
    """Starts children with one environment; call `tend` often. `say` gets one line per thing that happens."""

    def __init__(self, environment: Mapping[str, str], log_dir: Path, say: Callable[[str], None]) -> None:
        self._environment = {**os.environ, **environment}
        self._log_dir = log_dir
        self._say = say
        self.children: list[Child] = []
        log_dir.mkdir(parents=True, exist_ok=True)

    def add_environment(self, environment: Mapping[str, str]) -> None:
        """For children started from now on."""
        self._environment.update(environment)

    def start(self, name: str, command: Sequence[str]) -> None:
        """Start a child; its output goes to a log file of its own."""
        child = Child(name, command, self._log_dir / f"{name}.log")
        self.children.append(child)
        self._launch(child)

    def tend(self) -> None:
        """Restart what has died, each with growing pauses."""
        now = time.monotonic()
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                self._note_death(child, now)
            if child.process is None and now >= child.start_again_at:
                self._launch(child)

    def reload(self, names: Collection[str]) -> None:
        """Let these children read their files again."""
        for child in self.children:
            if child.name in names and child.process is not None:
                self._signal(child, signal.SIGHUP)

    def stop(self) -> None:
        """Ask all to stop, last started first, and kill what has not stopped in time."""
        running = [child for child in reversed(self.children) if child.process is not None]
        for child in running:
            self._signal(child, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        for child in running:
            assert child.process is not None
            try:
                child.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._say(f"{child.name} did not stop in {GRACE_SECONDS:.0f} s: killed")
                self._signal(child, signal.SIGKILL)
                child.process.wait()

    def kill(self) -> None:
        """Kill all at once, for a signal handler: whoever waits in `stop` collects them, waiting here could lock up."""
        for child in self.children:
            if child.process is not None:
                self._signal(child, signal.SIGKILL)

    def _launch(self, child: Child) -> None:
        with child.log_file.open("ab") as log:
            child.process = subprocess.Popen(
                child.command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the supervisor, which stops them in order
                preexec_fn=_die_with_parent,
            )
        child.started_at = time.monotonic()

    def _note_death(self, child: Child, now: float) -> None:
        assert child.process is not None
        code = child.process.returncode
        child.process = None
        if now - child.started_at > HEALTHY_SECONDS:
            child.restarts = 0
        pause = RESTART_PAUSES[min(child.restarts, len(RESTART_PAUSES) - 1)]
        child.restarts += 1
        child.start_again_at = now + pause
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
        self._say(f"{child.name} {how}; started again in {pause:g} s (log: {child.log_file})")

    @staticmethod
    def _signal(child: Child, number: signal.Signals) -> None:
        assert child.process is not None
        with contextlib.suppress(ProcessLookupError):
            if number is signal.SIGKILL:  # the whole group: a worker's children too
                os.killpg(child.process.pid, number)
            else:
                child.process.send_signal(number)


def _die_with_parent() -> None:
    """A killed supervisor must leave nothing behind. Linux only; elsewhere its children outlive a SIGKILL."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
