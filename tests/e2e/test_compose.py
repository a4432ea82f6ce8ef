"""The deployment with docker compose: two of each worker, fed and listened to by a server in its network.

Needs a Docker engine and some five minutes: `make test-compose`. The tests build on one another, in this order.
"""

import json
import os
import shutil
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest
import yaml

from ceasewire.secrets import make_webhook_secret
from tests.support.composed import OURS, REPOSITORY, WORKERS, Composed, missing_engine
from worker.adapters.sample_model import build_sample_packages

FEEDS, ENTRIES = 6, 15
GRACE_SECONDS = 60.0  # stop_grace_period of docker-compose.yml
RELOADING = ("api", *WORKERS)
CITIES = ("Шуши", "Степанакерта", "Гадрута", "Мартуни", "Аскерана", "Мартакерта")


def _skip_reason() -> str | None:
    if os.environ.get("CEASEWIRE_TEST_COMPOSE") != "yes":
        return "brings up containers for some five minutes: make test-compose"
    return missing_engine()


pytestmark = [pytest.mark.skipif((reason := _skip_reason()) is not None, reason=str(reason)), pytest.mark.timeout(1500)]


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    config = tmp_path_factory.mktemp("compose") / "config"
    shutil.copytree(REPOSITORY / "config", config)
    _write_config(config)
    with Composed(config, CEASEWIRE_ARGOS_INDEX="http://desk:9000/index.json", CEASEWIRE_LANGUAGES="ru") as deployment:
        for feed in range(FEEDS):
            deployment.put(f"/{feed}.rss", _rss(feed, range(ENTRIES)))
        two = [f"--scale={worker}=2" for worker in WORKERS]
        deployment.run("up", "-d", *two, seconds=600)
        deployment.wait_for(lambda: deployment.get("/readyz")["status"] == "ok", 240, "ready")
        yield deployment


def _write_config(config: Path) -> None:
    same = {"kind": "feed", "language": "ru", "publisher": "wire", "country": "AM", "side": "armenia"}
    often = {"min_interval_seconds": 10, "max_interval_seconds": 20, "min_gap_seconds": 0.1}
    sources = [
        {"id": f"desk-{feed}", "name": f"Desk {feed}", "url": f"http://desk:9000/{feed}.rss", **same, "options": often}
        for feed in range(FEEDS)
    ]
    hook = {"channel": "webhook", "target": "http://desk:9000/hook", "secret_file": "desk.secret"}
    subscription = {"id": "desk", "name": "Desk", **hook, "query": {"languages": ["ru"]}}
    (config / "desk.secret").write_text(make_webhook_secret())
    (config / "sources.yaml").write_text(yaml.safe_dump({"sources": sources}))
    (config / "subscriptions.yaml").write_text(yaml.safe_dump({"subscriptions": [subscription]}))


def _rss(feed: int, numbers: range) -> bytes:
    entries = "".join(
        f"<item><guid isPermaLink='false'>{feed}-{number}</guid><link>http://desk:9000/{feed}/{number}</link>"
        f"<title>{escape(_title(feed, number))}</title><description>{escape(_text(feed, number))}</description></item>"
        for number in numbers
    )
    return f"<rss version='2.0'><channel><title>Desk {feed}</title>{entries}</channel></rss>".encode()


def _title(feed: int, number: int) -> str:
    return f"Обстрел окраин {CITIES[feed]}: сообщение {feed * 100 + number}"


def _text(feed: int, number: int) -> str:
    return f"Министерство обороны сообщило об обстреле в Нагорном Карабахе близ {CITIES[feed]}, день {number + 1}."


def _settled(deployment: Composed, count: int) -> list[Any] | None:
    items = deployment.items()
    return items if len(items) >= count and all(item["state"]["tagged"] for item in items) else None


def _events(deployment: Composed, kind: str) -> set[str]:
    return {event["about"] for event in deployment.get("/events?limit=100")["events"] if event["kind"] == kind}


# --- the tests ---------------------------------------------------------------------------------------------------


def test_it_comes_up_healthy_although_no_model_could_be_downloaded(deployed: Composed) -> None:
    def healthy() -> bool:
        states = [one["State"] for one in deployed.inspect(*RELOADING, "beat", "postgres", "redis")]
        return all(state["Health"]["Status"] == "healthy" for state in states)

    deployed.wait_for(healthy, 180, "healthy")
    assert [one["State"]["ExitCode"] for one in deployed.inspect("migrate", "models")] == [0, 1]
    assert "ru" in _events(deployed, "model_missing"), "a download that failed is told"


def test_what_runs_is_an_ordinary_user_without_compiler_on_a_read_only_root(deployed: Composed) -> None:
    script = "id -u; touch /anything 2>&1; command -v gcc cc c++ make; echo; python -c 'import ctranslate2, api.app'"
    said = deployed.run("exec", "-T", "worker-enrich", "sh", "-c", script).stdout.split("\n")
    assert said[0] == "1000"
    assert "Read-only file system" in said[1]
    assert said[2] == "", "no compiler"
    for container in deployed.inspect(*OURS):
        assert container["HostConfig"]["ReadonlyRootfs"]
        assert container["HostConfig"]["Memory"] > 0


def test_items_of_two_of_each_worker_are_there_once_and_each_alert_came_once(deployed: Composed) -> None:
    items = deployed.wait_for(lambda: _settled(deployed, FEEDS * ENTRIES), 240, "items stored and tagged")
    assert Counter(item["title"] for item in items) == Counter(
        _title(feed, number) for feed in range(FEEDS) for number in range(ENTRIES)
    )
    deployed.wait_for(
        lambda: all("no model for ru" in item["state"]["summary"] for item in deployed.items()), 60, "told"
    )

    def delivered() -> list[Any] | None:
        alerts: list[Any] = deployed.get("/alerts?limit=200")["alerts"]
        return alerts if alerts and all(alert["state"] == "delivered" for alert in alerts) else None

    alerts = deployed.wait_for(delivered, 240, "alerts delivered")
    received = Counter(message["id"] for message in deployed.desk("/received"))
    assert received == Counter(alert["key"] for alert in alerts), "each once, none else"
    _audit(deployed)


def test_a_model_that_is_installed_later_is_used_without_a_restart(deployed: Composed, tmp_path: Path) -> None:
    started = {one["Id"]: one["State"]["StartedAt"] for one in deployed.inspect("worker-translate")}
    archive, entry = _sample_archive(tmp_path)
    deployed.put("/ru.argosmodel", archive.read_bytes())
    deployed.put("/index.json", json.dumps([entry]).encode())
    deployed.run("up", "-d", "--no-recreate", "--no-deps", "models")

    def translated() -> bool:
        return all(item["state"]["translation"] == "translated" for item in deployed.items())

    deployed.wait_for(translated, 240, "translated")
    assert {one["Id"]: one["State"]["StartedAt"] for one in deployed.inspect("worker-translate")} == started
    assert "ru" in _events(deployed, "model_installed")


def _sample_archive(folder: Path) -> tuple[Path, dict[str, Any]]:
    """The sample's Russian word-by-word package as a download, with its row of the index."""
    build_sample_packages(REPOSITORY / "config" / "sample" / "dictionary.yaml", folder)
    package = folder / "sample-ru_en"
    archive = folder / "ru.argosmodel"
    with zipfile.ZipFile(archive, "w") as opened:
        for file in sorted(package.rglob("*")):
            opened.write(file, Path("ru_en") / file.relative_to(package))
    metadata = json.loads((package / "metadata.json").read_text())
    return archive, metadata | {"links": ["http://desk:9000/ru.argosmodel"]}


def test_a_changed_topic_model_is_taken_over_on_sighup_and_a_broken_one_is_not(deployed: Composed) -> None:
    model = deployed.config_dir / "conflicts" / "karabakh.yaml"
    text = model.read_text(encoding="utf-8")
    version = next(line for line in text.splitlines() if line.startswith("version:"))
    started = {one["Id"]: one["State"]["StartedAt"] for one in deployed.inspect(*RELOADING)}

    model.write_text(text.replace(version, 'version: "99.0.0"'), encoding="utf-8")
    deployed.run("kill", "-s", "HUP", *RELOADING)
    deployed.wait_for(lambda: _models_in_force(deployed) == {"99.0.0"}, 180, "tagged again by the changed model")
    deployed.wait_for(lambda: _said(deployed, "karabakh 99.0.0") == len(started), 60, "told by each container")
    assert _events(deployed, "config_read") >= set(RELOADING)

    model.write_text(text + "\nbroken: [\n", encoding="utf-8")
    deployed.run("kill", "-s", "HUP", *RELOADING)
    deployed.wait_for(lambda: _said(deployed, "config/ is broken") == len(started), 60, "told by each container")
    assert _events(deployed, "config_broken") >= set(RELOADING)
    ready = deployed.get("/readyz")
    assert ready["status"] == "degraded"
    assert all(part in ready["checks"]["config"] for part in RELOADING)
    deployed.put("/0.rss", _rss(0, range(ENTRIES + 5)))
    deployed.wait_for(lambda: _settled(deployed, FEEDS * ENTRIES + 5), 180, "new items, tagged by the former model")
    assert _models_in_force(deployed) == {"99.0.0"}

    model.write_text(text.replace(version, 'version: "99.0.1"'), encoding="utf-8")
    deployed.run("kill", "-s", "HUP", *RELOADING)
    deployed.wait_for(lambda: deployed.get("/readyz")["checks"]["config"] == "ok", 60, "well again")
    deployed.wait_for(lambda: _models_in_force(deployed) == {"99.0.1"}, 180, "tagged again")
    assert {one["Id"]: one["State"]["StartedAt"] for one in deployed.inspect(*RELOADING)} == started, "no restart"
    _audit(deployed)


def test_a_worker_that_was_not_told_undoes_nothing_and_is_named(deployed: Composed) -> None:
    model = deployed.config_dir / "conflicts" / "karabakh.yaml"
    text = model.read_text(encoding="utf-8")
    model.write_text(text.replace('version: "99.0.1"', 'version: "99.1.0"'), encoding="utf-8")
    told, _ = deployed.inspect("worker-enrich")
    deployed.signal(told, "HUP")
    deployed.wait_for(lambda: _models_in_force(deployed) == {"99.1.0"}, 180, "tagged again by the one that was told")
    deployed.wait_for(lambda: "worker-enrich" in deployed.get("/readyz")["checks"]["config"], 150, "named")
    before = _last_verdict(deployed)
    time.sleep(20)  # the clock rings for tagging again every 5 s
    assert _last_verdict(deployed) == before, "and nothing was tagged again meanwhile"
    deployed.run("kill", "-s", "HUP", *RELOADING)
    deployed.wait_for(lambda: deployed.get("/readyz")["checks"]["config"] == "ok", 180, "well again")
    _audit(deployed)


def _last_verdict(deployment: Composed) -> str:
    """The number of the newest: whatever is tagged again gets a higher one."""
    query = "SELECT max(id) FROM assessment"
    return deployment.run("exec", "-T", "postgres", "psql", "-U", "ceasewire", "-Atc", query).stdout.strip()


def _said(deployment: Composed, words: str) -> int:
    """How many lines of the logs have these words."""
    return sum(words in line for line in deployment.log_lines(*RELOADING))


def _models_in_force(deployment: Composed) -> set[str]:
    details = [deployment.get(f"/items/{item['id']}") for item in deployment.items()[::10]]
    return {one["model_version"] for item in details for one in item["assessments"] if one["conflict"] == "karabakh"}


def test_every_line_of_the_logs_is_json_with_the_ids_of_what_it_is_about(deployed: Composed) -> None:
    lines = [json.loads(line) for line in deployed.log_lines(*OURS)]
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines)
    for name in ("item_ids", "fetch_ids", "source_ids", "task_id", "alert_id"):
        assert any(name in line for line in lines), name
    text = "\n".join(deployed.log_lines(*OURS))
    secrets = [value for name, value in deployed.environment.items() if name.endswith(("_KEY", "_PASSWORD"))]
    assert len(secrets) == 3
    assert not [secret for secret in secrets if secret in text]


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("CEASEWIRE_SECRET_KEY", "", "is empty"),
        ("CEASEWIRE_SECRET_KEY", "changeme-changeme", "everybody can guess"),
        ("CEASEWIRE_DATABASE_PASSWORD", "postgres", "holds 8 characters"),
    ],
)
def test_weak_secrets_are_refused(deployed: Composed, setting: str, value: str, said: str) -> None:
    refused = deployed.run("run", "--rm", "--no-deps", "-e", f"{setting}={value}", "migrate", check=False)
    assert refused.returncode != 0
    assert setting in refused.stdout
    assert said in refused.stdout


def test_it_stops_within_the_grace_and_goes_on_where_it_was(deployed: Composed) -> None:
    asked = len(deployed.desk("/asked"))
    deployed.put("/1.rss?wait=6", _rss(1, range(ENTRIES + 1)))  # a request will be in hand
    deployed.wait_for(lambda: "/1.rss" in deployed.desk("/asked")[asked:], 120, "polled")
    began = time.monotonic()
    deployed.run("stop", *RELOADING, "beat")
    assert time.monotonic() - began < GRACE_SECONDS
    assert {one["State"]["ExitCode"] for one in deployed.inspect(*RELOADING, "beat")} == {0}
    assert not [line for line in deployed.log_lines(*WORKERS) if "stopped in mid-task" in line]

    deployed.run("start", *RELOADING, "beat")
    count = FEEDS * ENTRIES + 5 + 1
    items = deployed.wait_for(lambda: _settled(deployed, count), 240, "everything after a restart")
    assert Counter(Counter(item["title"] for item in items).values()) == {1: count}
    received = Counter(message["id"] for message in deployed.desk("/received"))
    assert set(received.values()) == {1}
    _audit(deployed)


def _audit(deployment: Composed) -> None:
    """The program's own accounts: nothing twice, nothing stuck. Work in hand is waited for."""
    deployment.wait_for(
        lambda: deployment.run("exec", "-T", "api", "ceasewire", "audit", check=False).returncode == 0, 120, "audit"
    )
