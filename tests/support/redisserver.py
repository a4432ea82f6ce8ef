"""A real Redis-compatible server on a free TCP port that tests may kill and start again."""

import os
import signal
import socket
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

import redis

from worker.adapters.broker import server_command, wait_for_broker


class RedisServer:
    """A context manager. Its append-only file is kept over `kill` and `start`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url)

    def start(self) -> None:
        command = server_command(self._directory / "unused.sock", self._directory / "redis")
        tcp = [*command, "--port", str(self.port), "--bind", "127.0.0.1"]
        self._process = subprocess.Popen(tcp, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for_broker(self.url)

    def kill(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
