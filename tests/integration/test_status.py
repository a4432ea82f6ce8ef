"""`ceasewire status`: what waits, what is in trouble and what translates, once and live in a terminal."""

import contextlib
import io
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console
from rich.text import Text
from sqlalchemy import text

from ceasewire.store.events import insert_event
from ceasewire.store.heartbeats import save_heartbeat
from ceasewire.store.session import Store
from tests.support.newsroom import CONFIG
from tests.support.redisserver import RedisServer
from tests.support.store_data import NOW, add_items, add_source, draft, enrich, later, save_new, subscribe, tagging
from worker.adapters.sample_model import build_sample_packages
from worker.cli import cli
from worker.commands.status import watch
from worker.jobs.status import Trouble, Waiting, Watched, read_status

AGO = timedelta(hours=3)


def watched(store: Store, redis_url: str = "") -> Watched:
    return Watched(store, redis_url, lambda: {"ru": "translate-ru_en 1.9"})


def test_what_waits_and_for_how_long(store: Store) -> None:
    source = add_source(store)
    done, _ = add_items(store, source, draft("url:a"), draft("url:b"))
    enrich(store, done, tagging("talks_mediation"))
    found = read_status(watched(store), later(90))
    assert found.waiting["enrich"] == Waiting(1, 90.0)
    assert found.waiting["translate"] == Waiting(1, 90.0)
    assert found.waiting["alert"] == Waiting(0, 0.0)
    assert found.lags["seen_to_tagged"].median == 0.0
    assert found.conflicts == {"karabakh": ["1"]}
    [russian] = [one for one in found.languages if one.code == "ru"]
    assert (russian.items, russian.package) == ({"pending": 1}, "translate-ru_en 1.9")


def test_sources_in_trouble_the_worst_first(store: Store) -> None:
    for name in ("calm", "ill", "worse"):
        add_source(store, name)
    with store.write() as s:
        s.execute(
            text("UPDATE source SET last_polled_at = :now, last_reason = 'HTTP 500'"), {"now": NOW.isoformat(" ")}
        )
        failing = "UPDATE source SET failing_since_at = :now, failure_weight = :weight WHERE id = :id"
        for name, weight in (("ill", 1.0), ("worse", 5.0)):
            s.execute(text(failing), {"now": NOW.isoformat(" "), "weight": weight, "id": name})
    found = read_status(watched(store), later(60))
    assert found.sources == {"ok": 1, "failing": 2}
    assert [one.id for one in found.troubles] == ["worse", "ill"]
    assert isinstance(found.troubles[0], Trouble)
    assert (found.troubles[0].since, found.troubles[0].reason) == (NOW, "HTTP 500")


def test_messages_that_no_worker_has_taken_and_a_broker_that_is_away(store: Store, tmp_path: Path) -> None:
    with RedisServer(tmp_path) as server:
        server.client().lpush("enrich", "a", "b", "c")
        found = read_status(watched(store, server.url), NOW)
        assert (found.broker, found.messages["enrich"], found.messages["poll"]) == ("ok", 3, 0)
    found = read_status(watched(store, server.url), NOW)
    assert "refused" in found.broker
    assert found.messages == {}


def test_a_paused_channel_and_the_last_events(store: Store) -> None:
    subscribe(store, "desk", {"languages": ["ru"]})
    columns = "kind, target, failures, last_error, paused_at, paused_reason, window_sent"
    with store.write() as s:
        insert_event(s, "source_dead", "kremlin", "gone", NOW)
        s.execute(
            text(f"INSERT INTO channel ({columns}) VALUES ('webhook', 'https://x', 50, 'HTTP 500', :now, 'long', 0)"),
            {"now": NOW.isoformat(" ")},
        )
    found = read_status(watched(store), later(60))
    assert [one.last_error for one in found.paused_channels] == ["HTTP 500"]
    assert [one.message for one in found.events] == ["gone"]


# --- the command -------------------------------------------------------------------------------------------------


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A store where the sweep ran just now and one item waits since three hours."""
    store = Store(f"sqlite:///{tmp_path / 'ceasewire.sqlite3'}")
    store.upgrade()
    source = add_source(store)
    now = datetime.now(UTC)
    with store.write() as s:
        save_new(s, source, draft("url:a"), now=now - AGO)
        save_heartbeat(s, "sweep", {}, now)
        insert_event(s, "source_dead", "kremlin", "[gone], says its server", now)
    build_sample_packages(CONFIG / "sample" / "dictionary.yaml", tmp_path / "packages")
    yield {"CEASEWIRE_DATA_DIR": str(tmp_path), "COLUMNS": "120", "LINES": "60"}
    store.dispose()


def run(environment: Mapping[str, str], *arguments: str, status: int = 0) -> str:
    result = CliRunner().invoke(cli, ["status", *arguments], env=dict(environment), catch_exceptions=True)
    assert result.exit_code == status, result.output
    return result.output


def row(screen: str, name: str) -> list[str]:
    """The words of the first line that begins so."""
    return next(line for line in screen.splitlines() if line.startswith(name)).split()


def test_once_for_people(environment: dict[str, str]) -> None:
    screen = run(environment, "--once")
    assert row(screen, "enrich")[:4] == ["enrich", "1", "3", "h"]
    assert row(screen, "hy")[-3:] == ["sample", "word-by-word", "1.0"]
    assert "[gone], says its server" in screen, "brackets of a text are no markup"
    assert row(run(environment), "enrich")[:2] == ["enrich", "1"], "no terminal: once"


def test_for_machines(environment: dict[str, str]) -> None:
    found: Any = json.loads(run(environment, "--json"))
    assert found["waiting"]["enrich"]["pieces"] == 1
    assert found["sources"] == {"never_polled": 1}
    assert datetime.fromisoformat(found["heartbeats"]["sweep"]).tzinfo is not None
    assert {one["code"] for one in found["languages"]} >= {"ru", "hy", "az", "tr"}


def test_no_store(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["status"], env={"CEASEWIRE_DATA_DIR": str(tmp_path / "none")})
    assert "there is no store (`ceasewire up` makes it" in str(result.exception)
    assert not (tmp_path / "none").exists(), "and none is made by looking"


def test_live_until_interrupted(environment: dict[str, str]) -> None:
    terminal, inside = pty.openpty()
    command = [sys.executable, "-m", "worker", "status", "--every", "0.2"]
    variables = {**os.environ, **environment, "TERM": "xterm"}
    with running(command, env=variables, stdin=inside, stdout=inside, stderr=inside) as process:
        os.close(inside)
        read_until(terminal, "says its server")
        store = Store(f"sqlite:///{environment['CEASEWIRE_DATA_DIR']}/ceasewire.sqlite3")
        with store.write() as s:
            insert_event(s, "source_back", "kremlin", "answers again", datetime.now(UTC))
        store.dispose()
        read_until(terminal, "answers again")
        process.send_signal(signal.SIGINT)
        read_until(terminal, "\x1b[?1049l")  # the screen from before is back
        assert process.wait(10) == 0
    os.close(terminal)


@pytest.mark.timeout(30)
def test_an_interrupt_ends_it_though_something_swallowed_it() -> None:
    def look() -> Text:
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        return Text("seen")

    watch(Console(file=io.StringIO(), force_terminal=True), look, 0.2)


@contextlib.contextmanager
def running(command: list[str], **options: Any) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that does not outlive a test that failed."""
    with subprocess.Popen(command, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def read_until(terminal: int, text: str) -> None:
    seen = ""
    while text not in seen:
        seen += os.read(terminal, 65_536).decode(errors="replace")
