"""docker-compose.yml and what lies beside it, as far as it can be seen without an engine."""

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from ceasewire.settings import Settings
from worker.runtime import STOP_SECONDS

ROOT = Path(__file__).parents[2]
OF_THE_IMAGE = {"data_dir", "config_dir", "packages_dir", "sample"}  # the Dockerfile's, or of the embedded mode only
ONE_SHOTS = {"migrate", "models"}
MIB = {"m": 1, "g": 1024}


def services(file: str = "docker-compose.yml") -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / file).read_text(encoding="utf-8"))["services"]
    return found


CORE = {name: service for name, service in services().items() if not service.get("profiles")}
OURS = {name: service for name, service in CORE.items() if "build" in service}


def test_every_setting_can_be_given() -> None:
    environment = CORE["api"]["environment"]
    assert environment.keys() == {
        f"CEASEWIRE_{field.name.upper()}" for field in fields(Settings) if field.name not in OF_THE_IMAGE
    }


def test_memory_limits_come_to_four_gigabytes() -> None:
    limits = {name: service["mem_limit"] for name, service in CORE.items()}
    assert sum(int(limit[:-1]) * MIB[limit[-1]] for limit in limits.values()) <= 4096


@pytest.mark.parametrize("name", OURS)
def test_each_of_ours_is_confined_and_stops_in_time(name: str) -> None:
    service = OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert float(service["stop_grace_period"].removesuffix("s")) > STOP_SECONDS
    assert "container_name" not in service
    assert ("healthcheck" in service) != (name in ONE_SHOTS)
    assert service["restart"] == ("no" if name in ONE_SHOTS else "unless-stopped")
    assert ("ports" in service) == (name == "api"), "what publishes a port cannot be scaled"


def test_nothing_waits_for_the_models() -> None:
    assert not [name for name, service in services().items() if "models" in service.get("depends_on", {})]


def test_redis_keeps_what_it_was_given() -> None:
    command = " ".join(CORE["redis"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_every_image_can_come_from_another_registry() -> None:
    assert all(service["image"].startswith("${") for service in services().values())
    assert "BASE_IMAGE" in CORE["api"]["build"]["args"]


def test_secret_files_replace_every_secret() -> None:
    files = services("docker-compose.secrets.yml")
    for name, service in CORE.items():
        secrets = {key for key in service.get("environment", {}) if re.search("(PASSWORD|(SECRET|API)_KEY)$", key)}
        if secrets:
            given = {key.removesuffix("_FILE") for key in files[name]["environment"]}
            assert given == secrets, name


# --- monitoring ------------------------------------------------------------------------------------------------


def queries_of_the_dashboard() -> list[str]:
    dashboard = json.loads((ROOT / "monitoring/grafana/dashboards/ceasewire.json").read_text(encoding="utf-8"))
    return [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]


def _expressions() -> list[str]:
    rules = yaml.safe_load((ROOT / "monitoring/rules.yml").read_text(encoding="utf-8"))
    return queries_of_the_dashboard() + [rule["expr"] for group in rules["groups"] for rule in group["rules"]]


def metrics_asked_for() -> set[str]:
    """Names of metrics in the dashboard and the rules."""
    return {name for expression in _expressions() for name in re.findall(r"ceasewire_[a-z_]+", expression)}


def test_the_dashboard_fits_its_grid_and_its_data_source() -> None:
    dashboard = json.loads((ROOT / "monitoring/grafana/dashboards/ceasewire.json").read_text(encoding="utf-8"))
    source = yaml.safe_load((ROOT / "monitoring/grafana/provisioning/datasources/prometheus.yml").read_text())
    uids = {one["uid"] for one in source["datasources"]}
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells
        assert panel["datasource"]["uid"] in uids
    assert max(x for x, _ in taken) < 24
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_prometheus_asks_where_the_api_listens() -> None:
    config = yaml.safe_load((ROOT / "monitoring/prometheus.yml").read_text())
    [job] = config["scrape_configs"]
    assert job["static_configs"] == [{"targets": [f"api:{CORE['api']['environment']['CEASEWIRE_PORT']}"]}]
    assert "api" in CORE["api"]["environment"]["CEASEWIRE_HOSTS"], "else the Host header is refused"
