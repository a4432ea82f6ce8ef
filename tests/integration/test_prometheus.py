"""A real Prometheus reads `/metrics` by our prometheus.yml: every query of the dashboard has data, and the rules fire
as `monitoring/rules_test.yml` says. Skipped where it is not installed (Debian: `apt install prometheus`)."""

import json
import shutil
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import insert

from api.app import create_app
from ceasewire.items import Language, NotNeeded
from ceasewire.settings import Settings
from ceasewire.store.heartbeats import add_to_heartbeat, save_heartbeat
from ceasewire.store.session import Store
from ceasewire.store.tables import POLL
from ceasewire.store.work import save_translation
from tests.support.newsroom import CONFIG
from tests.support.served import served
from tests.support.store_data import add_source, draft, save_enriched, save_new
from tests.unit.test_compose_files import queries_of_the_dashboard

MONITORING = CONFIG.parent / "monitoring"
SECONDS = 30.0
pytestmark = pytest.mark.skipif(not shutil.which("prometheus"), reason="prometheus is not installed")


@pytest.fixture
def api(tmp_path: Path) -> Iterator[str]:
    """Address of an API over a store in which everything has happened once."""
    settings = Settings(tmp_path / "data", CONFIG)
    settings.data_dir.mkdir()
    store, now = Store(settings.store_url), datetime.now(UTC)
    store.upgrade()
    source = add_source(store)
    with store.write() as s:
        published, seen = now - timedelta(minutes=10), now - timedelta(minutes=8)
        [item_id] = save_new(s, source, draft("url:a", published_at=published), now=seen).new_ids
        save_enriched(s, item_id, Language("ru", 0.99, "script"), [], seen + timedelta(seconds=3))
        save_translation(s, item_id, NotNeeded("ru"), [], seen + timedelta(seconds=9))
        s.execute(insert(POLL).values(source_id=source.id, at=now, outcome="ok"))
        save_heartbeat(s, "sweep", {}, now)
        add_to_heartbeat(s, "translate", {"sentences": 40, "sentences_known": 10, "milliseconds": 2500}, now)
    with served(create_app(settings)) as url:
        yield url
    store.dispose()


@pytest.fixture
def prometheus(tmp_path: Path, api: str) -> Iterator[str]:
    """Address of a server with our configuration, but that it asks each second and the API of this test."""
    config: Any = yaml.safe_load((MONITORING / "prometheus.yml").read_text(encoding="utf-8"))
    config["global"] = {"scrape_interval": "1s"}
    config["rule_files"] = [str(MONITORING / "rules.yml")]
    [job] = config["scrape_configs"]
    (tmp_path / "key").touch()
    job["authorization"]["credentials_file"] = str(tmp_path / "key")
    job["static_configs"] = [{"targets": [api.removeprefix("http://")]}]
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    own = [f"--config.file={tmp_path / 'prometheus.yml'}", f"--storage.tsdb.path={tmp_path / 'series'}"]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(["prometheus", *own, f"--web.listen-address={address}"], stderr=log)
    yield f"http://{address}"
    server.terminate()
    server.wait(20)


def test_every_query_of_the_dashboard_has_data(prometheus: str) -> None:
    empty = set(queries_of_the_dashboard())
    assert empty

    def all_have() -> bool:
        empty.difference_update([query for query in empty if _ask(prometheus, query)])
        return not empty

    assert _within(SECONDS, all_have), f"no data: {empty}"


def test_rules_fire_when_they_must_and_only_then() -> None:
    command = ["promtool", "test", "rules", str(MONITORING / "rules_test.yml")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def _ask(server: str, query: str) -> list[Any]:
    address = f"{server}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return list(json.load(answer)["data"]["result"])
    except ConnectionError:  # it is still starting
        return []
    except OSError as error:
        if isinstance(getattr(error, "reason", None), ConnectionError):
            return []
        raise


def _within(seconds: float, probe: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if probe():
            return True
        time.sleep(0.5)
    return False
