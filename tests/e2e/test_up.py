"""The main job as a new user sees it: one command, the recorded sample, the Kremlin's post."""

import json
import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from tests.e2e.stack import KREMLIN_POST, Stack, assert_kremlin_post, identities, settled_items
from tests.support.receiver import WebhookReceiver

LEAST_ITEMS = 40


def test_the_sample_becomes_tagged_translated_items_and_survives_a_restart(stack: Stack) -> None:
    stack.start()
    items = settled_items(stack)

    assert len(items) >= LEAST_ITEMS
    assert {item["language"]["code"] for item in items} >= {"ru", "hy", "az", "tr", "en"}
    assert all(item["sample"] for item in items)
    assert_kremlin_post(stack, items)
    assert stack.get("/readyz")["checks"] == {"store": "ok", "broker": "ok", "sweep": "ok", "config": "ok"}

    started = stack.children()
    assert len(started) >= 7, "broker, API, four workers, beat"
    assert stack.stop() == 0
    assert not [line for pid, line in started.items() if Path(f"/proc/{pid}").exists()], "nothing is left behind"
    stack.start()
    assert identities(settled_items(stack)) == identities(items)
    assert stack.stop() == 0


def test_a_subscription_brings_each_story_once_signed_and_again_after_a_refusal(stack: Stack) -> None:
    with WebhookReceiver(statuses=(503,)) as receiver:
        stack.start("--no-sample")
        stack.wait_for(lambda: stack.get("/healthz")["status"] == "ok")
        made = stack.post(
            "/subscriptions",
            {"name": "Talks", "query": {"topics": ["talks_mediation"]}, "channel": "webhook", "target": receiver.url},
        )
        stack.stop()
        stack.start()
        settled_items(stack)
        alerts = stack.wait_for(lambda: _all_delivered(stack))
        received = receiver.wait_for(len(alerts) + 1)

    assert received[0].answered == 503
    by_key = Counter(message.headers["webhook-id"] for message in received)
    assert by_key.pop(received[0].headers["webhook-id"]) == 2, "refused once, sent again under the same key"
    assert set(by_key.values()) <= {1}
    assert set(by_key) | {received[0].headers["webhook-id"]} == {alert["key"] for alert in alerts}
    for message in received:
        Webhook(made["secret"]).verify(message.body, message.headers)
        assert json.loads(message.body)["data"]["reasons"]
    about_the_post = [m for m in received if KREMLIN_POST in json.loads(m.body)["data"]["item"]["text"]]
    assert len({m.headers["webhook-id"] for m in about_the_post}) <= 1, "the post and its articles are one alert"


def _all_delivered(stack: Stack) -> list[Any] | None:
    alerts: list[Any] = stack.get("/alerts?limit=200")["alerts"]
    return alerts if alerts and all(alert["state"] == "delivered" for alert in alerts) else None


def test_killing_every_process_in_turn_loses_and_doubles_nothing(
    stack: Stack, undisturbed: Counter[tuple[Any, ...]]
) -> None:
    stack.start()
    names = ("worker poll", "worker enrich", "worker translate", "worker alert", "worker beat", "worker api", "valkey")
    for name in names:
        _kill(stack, name)
    items = settled_items(stack)
    assert identities(items) == undisturbed
    assert "was killed by SIGKILL" in stack.output.read_text()
    assert stack.stop() == 0


def _kill(stack: Stack, name: str) -> None:
    """SIGKILL one process with its children, and wait until it runs again."""
    pid = next((pid for pid, line in stack.children().items() if name in line.replace("redis-server", "valkey")), None)
    assert pid is not None, f"no process {name!r} among {stack.children()}"
    stack.kill_group(pid)
    stack.wait_for(
        lambda: any(
            name in line.replace("redis-server", "valkey") and other != pid for other, line in stack.children().items()
        )
    )


def test_killing_the_command_itself_leaves_a_store_that_goes_on(
    stack: Stack, undisturbed: Counter[tuple[Any, ...]]
) -> None:
    stack.start()
    stack.wait_for(lambda: stack.all_items())
    children = stack.children()
    stack.stop(signal.SIGKILL)
    stack.wait_for(lambda: not [pid for pid in children if Path(f"/proc/{pid}").exists()], 20.0)

    stack.start()
    assert identities(settled_items(stack)) == undisturbed
    assert stack.stop() == 0


def test_a_second_interrupt_kills_what_does_not_stop(stack: Stack) -> None:
    stack.start()
    started = stack.children()
    stuck = next(pid for pid, line in started.items() if "worker translate" in line)
    os.kill(stuck, signal.SIGSTOP)
    stack.process.send_signal(signal.SIGINT)
    stack.wait_for(lambda: "stopping" in stack.output.read_text())
    assert stack.running, "it waits for the one that does not stop"
    assert stack.stop() == 0
    assert "did not stop in" not in stack.output.read_text(), "the second interrupt did not wait for the grace to end"
    assert not [line for pid, line in started.items() if Path(f"/proc/{pid}").exists()]


def test_two_stacks_on_one_data_directory_are_refused(stack: Stack) -> None:
    stack.start()
    second = Stack(stack.data_dir)
    second.output = stack.data_dir.parent / "second.log"
    with pytest.raises(AssertionError, match="another `ceasewire up` runs"):
        second.start()
    assert stack.stop() == 0
