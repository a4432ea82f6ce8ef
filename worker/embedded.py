"""The embedded stack behind `ceasewire up`: prepares the store, starts all processes, reports, stops them."""

import contextlib
import fcntl
import os
import shutil
import socket
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Self

from ceasewire.conflict.load import load_conflicts
from ceasewire.errors import ConfigError, Permanent, StoreUnavailable
from ceasewire.secrets import SecretBox
from ceasewire.settings import Settings
from ceasewire.store.activity import Activity
from ceasewire.store.session import Store
from ceasewire.strength import check_secrets
from worker.adapters.broker import server_command, wait_for_broker
from worker.adapters.disk import writing
from worker.adapters.port import port_fault
from worker.adapters.sample import SampleServer
from worker.adapters.sample_model import build_sample_packages
from worker.jobs.load import load_all
from worker.supervisor import Supervisor

ROLES = ("poll", "enrich", "translate", "alert")
RELOADING = ("api", *(f"worker-{role}" for role in ROLES))
TICK_SECONDS = 0.5


class EmbeddedStack:
    """A context manager: entering starts everything, `run` reports until `stopping` is set, leaving stops it."""

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        port = settings.port or _free_port(settings.host)
        self._settings = replace(settings, port=port)
        self._say = say
        self._stack = contextlib.ExitStack()
        self._store = Store(self._settings.store_url)
        self._supervisor: Supervisor | None = None
        self._is_away = False  # the database, as last told
        self.stopping = False
        self.reloading = False  # set it to have config/ read again

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._say("stopping …")
        self._stack.close()
        self._say("stopped; everything is kept, `ceasewire up` goes on from here")

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{self._settings.host}:{self._settings.port}"

    def run(self) -> None:
        """Tend the processes and say what happens, until told to stop."""
        assert self._supervisor is not None
        activity = Activity(self._store)
        while not self.stopping:
            self._supervisor.tend()
            if self.reloading:
                self.reloading = False
                self._say("reading config/ again …")
                self._supervisor.reload(RELOADING)
            self._tell_news(activity)
            time.sleep(TICK_SECONDS)

    def _tell_news(self, activity: Activity) -> None:
        """While the database is away everything waits for it, and so does this."""
        try:
            for line in activity.news():
                self._say(line)
        except StoreUnavailable as error:
            if not self._is_away:
                self._say(f"store       away: {error.message.splitlines()[0]}")
            self._is_away = True
            return
        self._is_away = False

    def kill(self) -> None:
        """Stop at once, without grace."""
        if self._supervisor is not None:
            self._supervisor.kill()

    def _start(self) -> None:
        settings = self._settings
        check_secrets(settings)
        with writing(settings.data_dir):
            settings.data_dir.mkdir(parents=True, exist_ok=True)
            self._stack.enter_context(contextlib.closing(lock_data_dir(settings.data_dir)))
        if fault := port_fault(settings.host, settings.port):
            where, remedy = f"{settings.host}:{settings.port}", "stop what listens there, or use --port"
            raise ConfigError(fault, about=where, remedy=remedy)
        self._say(f"data        {settings.data_dir}")
        conflicts = load_conflicts(settings.config_dir / "conflicts")
        self._say("conflicts   " + ", ".join(f"{c.id} {c.version}" for c in conflicts.values()))
        self._prepare_sample()
        self._store.upgrade()
        self._stack.callback(self._store.dispose)
        self._say(f"store       {'PostgreSQL' if self._store.is_postgres else 'SQLite'}, migrated")
        secrets = SecretBox.open(settings.secret_key, settings.data_dir)
        for line in load_all(self._store, self._settings, conflicts, secrets, datetime.now(UTC)):
            self._say(f"loaded      {line}")
        self._start_processes()

    def _prepare_sample(self) -> None:
        """Serve the recorded sample and allow its one address; build its word-by-word translation packages."""
        if not self._settings.sample:
            return
        directory = self._settings.config_dir / "sample"
        if not self._settings.sample_url:
            server = self._stack.enter_context(SampleServer(directory))
            self._settings = replace(self._settings, sample_url=server.url)
        networks = dict.fromkeys((*self._settings.allow_networks, "127.0.0.1/32"))
        self._settings = replace(self._settings, allow_networks=tuple(networks))
        build_sample_packages(directory / "dictionary.yaml", self._settings.packages_dir)
        self._say(f"sample      recorded archive at {self._settings.sample_url}, with word-by-word translation")

    def _start_processes(self) -> None:
        environment = dict(self._settings.environment())
        supervisor = self._supervisor = Supervisor(environment, self._settings.data_dir / "logs", self._say)
        self._stack.callback(supervisor.stop)
        if not self._settings.redis_url:
            self._start_broker(supervisor)
        wait_for_broker(self._settings.redis_url)
        command = [sys.executable, "-m", "worker"]
        supervisor.start("api", [*command, "api"])
        for role in ROLES:
            supervisor.start(f"worker-{role}", [*command, "worker", role])
        supervisor.start("beat", [*command, "beat"])
        self._say("started     " + ", ".join(child.name for child in supervisor.children))
        self._wait_for_api(supervisor)
        self._say(f"\n  Ceasewire is at {self.url}   (Ctrl-C stops it)\n")

    def _start_broker(self, supervisor: Supervisor) -> None:
        # A short directory of its own: a socket's path may have 107 bytes, a data directory's may be longer.
        directory = Path(tempfile.mkdtemp(prefix="ceasewire-"))
        self._stack.callback(shutil.rmtree, directory, ignore_errors=True)
        # The children stop before the directory goes: callbacks run last in, first out.
        self._stack.callback(supervisor.stop)
        socket_file = directory / "broker.sock"
        supervisor.start("broker", server_command(socket_file, self._settings.data_dir / "broker"))
        self._settings = replace(self._settings, redis_url=f"redis+socket://{socket_file}")
        supervisor.add_environment(self._settings.environment())

    def _wait_for_api(self, supervisor: Supervisor, timeout_seconds: float = 30.0) -> None:
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline and not self.stopping:
            supervisor.tend()
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/healthz", timeout=2):
                return
            time.sleep(0.1)
        if not self.stopping:
            log = self._settings.data_dir / "logs" / "api.log"
            raise Permanent("the API did not answer", about=self.url, remedy=f"its log is {log}")


def lock_data_dir(data_dir: Path) -> IO[str]:
    """Hold the data directory: two stacks on one would fight over its store."""
    lock = (data_dir / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise ConfigError(
            "another `ceasewire up` runs on this data directory",
            about=str(data_dir),
            remedy="stop it, or use --data-dir",
        ) from None
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _free_port(host: str) -> int:
    with socket.create_server((host, 0)) as server:
        port: int = server.getsockname()[1]
        return port
