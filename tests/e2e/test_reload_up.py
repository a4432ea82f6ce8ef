"""`ceasewire up` on SIGHUP: every part reads config/ again, none stops, a broken file is told of by each."""

import shutil
import signal
from pathlib import Path
from typing import Any

from tests.e2e.stack import REPOSITORY, Stack

PARTS = {"api", "worker-poll", "worker-enrich", "worker-translate", "worker-alert"}


def test_sighup_reads_config_again_without_a_restart(tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(REPOSITORY / "config", config)
    stack = Stack(tmp_path / "data", {"CEASEWIRE_CONFIG_DIR": str(config), "CEASEWIRE_LOG_FORMAT": "json"})
    stack.start()
    try:
        # Both have run a task of the clock: all workers are past their start.
        stack.wait_for(lambda: {"renew", "retag", "sweep"} <= stack.get("/readyz")["heartbeats"].keys(), 120)
        children = stack.children()
        model = config / "conflicts" / "karabakh.yaml"
        text = model.read_text(encoding="utf-8")

        model.write_text(text.replace("\nversion:", '\nversion: "99.0.0"  # was', 1), encoding="utf-8")
        stack.process.send_signal(signal.SIGHUP)
        stack.wait_for(lambda: _told(stack, "config_read") == PARTS, 120)
        stack.wait_for(lambda: _versions(stack) == {"99.0.0"}, 120)

        model.write_text("broken: [\n", encoding="utf-8")
        stack.process.send_signal(signal.SIGHUP)
        stack.wait_for(lambda: _told(stack, "config_broken") == PARTS, 120)
        assert stack.get("/readyz")["status"] == "degraded"
        assert stack.children() == children, "nobody was started again"
    finally:
        assert stack.stop() == 0


def _told(stack: Stack, kind: str) -> set[str]:
    return {event["about"] for event in stack.get("/events?limit=100")["events"] if event["kind"] == kind}


def _versions(stack: Stack) -> set[str]:
    details: list[Any] = [stack.get(f"/items/{item['id']}") for item in stack.all_items()[:5]]
    return {v["model_version"] for item in details for v in item["assessments"] if v["conflict"] == "karabakh"}
