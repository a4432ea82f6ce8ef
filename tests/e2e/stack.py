"""The whole service as a user starts it: `ceasewire up` as a process, and what its sample must come to."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.paging import all_items

REPOSITORY = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
SETTLE_SECONDS = 150.0
KREMLIN_POST = "#Кремль: Встреча с Ильхамом Алиевым и Николом Пашиняном"


class Stack:
    """A running `ceasewire up`. Its output is read from a file, so that nothing blocks it."""

    def __init__(self, data_dir: Path, environment: Mapping[str, str] | None = None) -> None:
        self.data_dir = data_dir
        self.output = data_dir.parent / f"{data_dir.name}.log"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CEASEWIRE_")}
        self._environment = {**clean, "PYTHONUNBUFFERED": "1", **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "worker", "up", "--sample", "--no-live", "--port", "0"]
        with self.output.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, "--data-dir", str(self.data_dir), *arguments],
                cwd=REPOSITORY,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.url = self.wait_for(self._announced_url, START_SECONDS)

    def _announced_url(self) -> str | None:
        assert self._process is not None
        text = self.output.read_text()
        assert self._process.poll() is None, f"`ceasewire up` ended:\n{text}"
        _, found, rest = text.partition("Ceasewire is at ")
        return rest.split()[0] if found and rest.split() else None

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None
        return self._process

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        self.stop(signal.SIGKILL)

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(40)

    def children(self) -> dict[int, str]:
        """Process id and command line of all that `up` started."""
        found = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                    line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                except (OSError, ValueError, IndexError):
                    continue
                if parent == self.process.pid:
                    found[int(entry.name)] = line
        return found

    @staticmethod
    def kill_group(pid: int) -> None:
        """SIGKILL a process of the stack and its own children, as a container that is killed."""
        os.killpg(pid, signal.SIGKILL)

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return json.load(answer)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(), {"content-type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def wait_for(self, probe: Callable[[], Any], seconds: float = START_SECONDS) -> Any:
        """Ask until the answer is true; polling is how an outsider sees another process's progress."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                if answer := probe():
                    return answer
            except OSError:  # the API is being started again
                pass
            if time.monotonic() > deadline:
                pytest.fail(f"not within {seconds} s; `ceasewire up` said:\n{self.output.read_text()[-6000:]}")
            time.sleep(0.2)

    def all_items(self, filters: str = "") -> list[Any]:
        """Every page of /items."""
        return all_items(self.get, filters)


def settled_items(stack: Stack) -> list[Any]:
    """All items, once every source was polled and nothing waits for language, tags or translation."""
    return list(stack.wait_for(lambda: _settled(stack), SETTLE_SECONDS))


def _settled(stack: Stack) -> list[Any] | None:
    sources = [source for source in stack.get("/sources")["sources"] if source["enabled"]]
    if not sources or any(source["last_polled_at"] is None for source in sources):
        return None
    items = stack.all_items()
    waiting = [item for item in items if not item["state"]["tagged"] or item["state"]["translation"] == "pending"]
    return None if waiting else items


def kremlin_posts(items: list[Any]) -> list[Any]:
    return [item for item in items if item["kind"] == "post" and item["text"].startswith(KREMLIN_POST)]


def assert_kremlin_post(stack: Stack, items: list[Any]) -> None:
    posts = kremlin_posts(items)
    assert len(posts) == 1, "the post that two articles embed is one item"
    post = stack.get(f"/items/{posts[0]['id']}")
    assert post["language"]["code"] == "ru"
    assert post["handle"] == "KremlinRussia"
    assert post["published_at"].startswith("2021-01-11T")
    assert len({article["source"]["id"] for article in post["embedded_in"]}) == 2
    assert {article["shape"] for article in post["embedded_in"]} == {"blockquote", "plain-text"}

    assert post["state"]["translation"] == "translated"
    assert post["translation"]["confidence"] == "sample"
    assert "Pashinyan" in post["translation"]["text"]
    assert "Aliyev" in post["translation"]["text"]

    talks = next(tag for tag in post["tags"] if tag["id"] == "talks_mediation")
    assert talks["salience"] == "reported"
    assert talks["evidence"]
    for evidence in talks["evidence"]:
        text = post["translation"] if evidence["field"].startswith("translation.") else post
        assert text[evidence["field"].rpartition(".")[2]][evidence["start"] : evidence["end"]] == evidence["text"]


def identities(items: list[Any]) -> Counter[tuple[Any, ...]]:
    """Items as they must come out in whatever order the sources were read.

    A post in two articles belongs to the one that was read first, and is worded as it: with the link of its picture
    in the one, without in the other. Both name the same post.
    """
    return Counter(_identity(item) for item in items)


def _identity(item: Any) -> tuple[Any, ...]:
    if item["embedded_in"]:
        return item["kind"], item["url"], item["text"].partition(" pic.twitter.com/")[0]
    return item["kind"], item["source"]["id"], item["url"], item["title"], item["text"]
