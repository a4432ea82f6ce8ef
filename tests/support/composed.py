"""The deployment of docker-compose.yml, brought up for real under a name of its own, and torn down with its data."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from tests.support.paging import all_items

REPOSITORY = Path(__file__).resolve().parents[2]
PROJECT = "ceasewiretest"  # and the id of the process that runs the test
FILES = ("docker-compose.yml", "tests/e2e/compose.desk.yml")
WORKERS = ("worker-poll", "worker-enrich", "worker-translate", "worker-alert")
OURS = ("api", *WORKERS, "beat", "migrate", "models")
PRIVATE = "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16"  # where Docker makes its networks


def missing_engine() -> str | None:
    """Why no deployment can be brought up here, or None."""
    if compose_command() is None:
        return "neither `docker compose` nor docker-compose is there"
    answer = subprocess.run(["docker", "info"], capture_output=True, text=True, timeout=20, check=False)
    return None if answer.returncode == 0 else f"no Docker engine answers: {answer.stderr.strip().splitlines()[-1:]}"


def compose_command() -> list[str] | None:
    """The plugin, else the older program."""
    if shutil.which("docker") is None:
        return None
    plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0
    if plugin:
        return ["docker", "compose"]
    return ["docker-compose"] if shutil.which("docker-compose") else None


class Composed:
    """A context manager; `config_dir` is mounted in place of config/."""

    def __init__(self, config_dir: Path, **environment: str) -> None:
        self.config_dir = config_dir
        self.port = _free_port()
        command = compose_command()
        assert command is not None
        self._compose = command
        self._command = self._command_of(f"{PROJECT}{os.getpid()}")
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CEASEWIRE_")}
        self.environment = {
            **clean,
            "CEASEWIRE_IMAGE": "ceasewire:test",
            "CONFIG_DIR": str(config_dir),
            "BIND_PORT": str(self.port),
            "POSTGRES_PASSWORD": secrets.token_hex(24),
            "CEASEWIRE_SECRET_KEY": secrets.token_hex(24),
            "CEASEWIRE_API_KEY": secrets.token_hex(24),
            "CEASEWIRE_ALLOW_NETWORKS": PRIVATE,
            **environment,
        }

    def _command_of(self, project: str) -> list[str]:
        files = [part for file in FILES for part in ("-f", file)]
        return [*self._compose, "-p", project, "--project-directory", str(REPOSITORY), *files]

    def __enter__(self) -> Self:
        self._remove_leftovers()
        try:
            self.run("build", "api", seconds=900)
            self.run("up", "-d", "desk")
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down()

    def down(self) -> None:
        """Remove everything with its data."""
        self.run("down", "-v", "--remove-orphans", "-t", "5", check=False)

    def _remove_leftovers(self) -> None:
        """A run that was killed leaves containers, which start again with the engine and take the machine's cores."""
        label = "com.docker.compose.project"
        listed = subprocess.check_output(["docker", "ps", "-a", "--format", f'{{{{.Label "{label}"}}}}'], text=True)
        for project in {one for one in listed.split() if one.startswith(PROJECT)}:
            if not Path("/proc", project.removeprefix(PROJECT)).exists():
                down = [*self._command_of(project), "down", "-v", "--remove-orphans", "-t", "1"]
                subprocess.run(down, cwd=REPOSITORY, env=self.environment, capture_output=True, check=False)

    # --- compose ---

    def run(self, *arguments: str, check: bool = True, seconds: float = 300) -> subprocess.CompletedProcess[str]:
        """One call of compose; the test fails with its output where it fails."""
        done = subprocess.run(
            [*self._command, *arguments],
            cwd=REPOSITORY,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if check and done.returncode:
            logs = self.run("logs", "--no-color", "--tail=12", check=False).stdout
            pytest.fail(f"{arguments}: status {done.returncode}\n{done.stderr[-3000:]}\n{logs[-6000:]}")
        return done

    def inspect(self, *services: str) -> list[Mapping[str, Any]]:
        """`docker inspect` of all containers of these services, ended ones too."""
        ids = self.run("ps", "-q", *services).stdout.split()
        return list(json.loads(subprocess.check_output(["docker", "inspect", *ids])))

    def signal(self, container: Mapping[str, Any], name: str) -> None:
        """To one container of those that a service has."""
        subprocess.run(["docker", "kill", "-s", name, container["Id"]], check=True, capture_output=True)

    def log_lines(self, *services: str) -> list[str]:
        """Standard output of all containers of these services."""
        names = [container["Id"] for container in self.inspect(*services)]
        outputs = [
            subprocess.run(["docker", "logs", name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
            for name in names
        ]
        return [line for one in outputs for line in one.stdout.decode().splitlines()]

    # --- the API and the desk ---

    def get(self, path: str) -> Any:
        """An answer of the API, asked with the key."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers={"X-API-Key": self.environment["CEASEWIRE_API_KEY"]}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def items(self) -> list[Any]:
        """Every page of /items."""
        return all_items(self.get)

    @property
    def _desk(self) -> str:
        return "http://" + self.run("port", "desk", "9000").stdout.strip()

    def desk(self, path: str) -> Any:
        """What the desk says: /received, /asked."""
        with urllib.request.urlopen(self._desk + path, timeout=10) as answer:
            return json.load(answer)

    def put(self, path: str, body: bytes) -> None:
        """Have the desk serve it."""
        request = urllib.request.Request(self._desk + path, body, method="PUT")
        urllib.request.urlopen(request, timeout=10).close()

    def wait_for(self, probe: Callable[[], Any], seconds: float, what: str) -> Any:
        """Ask until the answer is true; polling is how an outsider sees another process's progress."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if answer := probe():
                    return answer
            except OSError:  # the API is starting
                pass
            time.sleep(1)
        logs = self.run("logs", "--no-color", "--tail=12", check=False).stdout
        return pytest.fail(f"{what}: not within {seconds:.0f} s\n{logs[-8000:]}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
