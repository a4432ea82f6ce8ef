"""Alerts of the whole service to a real receiver and a real mail server, undisturbed and while everything is killed.

What came is counted against the store: every alert that it has, under its key, and nothing else.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from standardwebhooks.webhooks import Webhook

from ceasewire.secrets import SecretBox, make_webhook_secret
from ceasewire.settings import Settings
from ceasewire.store.session import Store
from ceasewire.store.subscriptions import NewSubscription, insert_subscription
from ceasewire.store.tables import ALERT, EMBEDDING, ITEM
from tests.e2e.stack import REPOSITORY, Stack, settled_items
from tests.support.mailserver import MailServer
from tests.support.receiver import WebhookReceiver
from tests.support.redisserver import RedisServer
from worker.app import make_app

SECRET = make_webhook_secret()
QUERY = {"topics": ["talks_mediation", "prisoners_missing", "ceasefire_violation", "peacekeeping"]}


@dataclass
class World:
    """A stack with what its alerts go to."""

    stack: Stack
    store: Store
    redis: RedisServer
    receiver: WebhookReceiver
    mails: MailServer

    def alerts(self, name: str) -> Sequence[Any]:
        with self.store.read() as s:
            return s.execute(select(ALERT).where(ALERT.c.subscription_id == name)).all()

    def all_delivered(self) -> bool:
        return all(one.state == "delivered" for name in ("hook", "mail") for one in self.alerts(name))

    def kill_alert_worker(self) -> None:
        pid = next(pid for pid, line in self.stack.children().items() if "worker alert" in line)
        self.stack.kill_group(pid)

    def double_every_task(self) -> None:
        app = make_app(Settings(self.stack.data_dir, REPOSITORY / "config", redis_url=self.redis.url))
        for name in ("hook", "mail"):
            for alert in self.alerts(name):
                for _ in range(2):
                    app.send_task("deliver_alert", (alert.id,), queue="alert")


@contextmanager
def running(folder: Path, receiver: WebhookReceiver) -> Iterator[World]:
    """Subscribed by webhook and by mail before the first item comes; not started yet."""
    with RedisServer(folder) as redis, receiver, MailServer() as mails:
        servers = {"CEASEWIRE_REDIS_URL": redis.url, "CEASEWIRE_SMTP_URL": mails.url}
        stack = Stack(folder / "data", servers | {"CEASEWIRE_MAIL_FROM": "alerts@monitor.example.org"})
        stack.data_dir.mkdir()
        store = Store(f"sqlite:///{stack.data_dir / 'ceasewire.sqlite3'}")
        store.upgrade()
        sealed = SecretBox.open("", stack.data_dir).encrypt(SECRET)
        hook = NewSubscription("hook", "Hook", QUERY, "webhook", receiver.url, sealed, wait_seconds=5)
        mail = NewSubscription("mail", "Mail", QUERY, "email", "desk@example.org", wait_seconds=5)
        with store.write() as s:
            for new in (hook, mail):
                insert_subscription(s, new, datetime.now(UTC))
        try:
            yield World(stack, store, redis, receiver, mails)
        finally:
            if stack.running:
                stack.kill()
            store.dispose()


def assert_accounts(world: World) -> tuple[Counter[str], Counter[str]]:
    """All that the store has was sent, and nothing else; no more often than it says that it tried."""
    hooks = Counter(one.headers["webhook-id"] for one in world.receiver.received)
    mails = Counter(str(mail["Message-ID"]).partition("@")[0].lstrip("<") for mail in world.mails.mails)
    for name, came in (("hook", hooks), ("mail", mails)):
        alerts = {one.key: one for one in world.alerts(name)}
        assert len(alerts) > 5
        assert set(came) == set(alerts), f"{name}: none lost, none invented"
        assert {key: came[key] for key in came if came[key] > alerts[key].attempts} == {}
    for message in world.receiver.received:
        Webhook(SECRET).verify(message.body, message.headers)
    return hooks, mails


def assert_one_a_story(world: World) -> None:
    """No two alerts of a subscription are about copies of one report, or a post and an article that embeds it."""
    with world.store.read() as s:
        stories = {row.id: row.story_id for row in s.execute(select(ITEM.c.id, ITEM.c.story_id))}
        embedded = {(row.article_id, row.post_id) for row in s.execute(select(EMBEDDING))}
    for name in ("hook", "mail"):
        told = [one.item_id for one in world.alerts(name)]
        by_story: dict[Any, list[int]] = defaultdict(list)
        for item in told:
            by_story[stories[item] or f"item {item}"].append(item)
        assert [items for items in by_story.values() if len(items) > 1] == []
        assert [pair for pair in embedded if set(pair) <= set(told)] == []


def test_every_story_brings_one_message_by_webhook_and_one_by_mail(tmp_path: Path) -> None:
    with running(tmp_path, WebhookReceiver()) as world:
        world.stack.start()
        settled_items(world.stack)
        world.stack.wait_for(world.all_delivered)
        hooks, mails = assert_accounts(world)
        assert set(hooks.values()) == set(mails.values()) == {1}
        assert_one_a_story(world)
        told = {json.loads(one.body)["data"]["item"]["id"] for one in world.receiver.received}
        assert told == {one.item_id for one in world.alerts("mail")}
        assert world.stack.stop() == 0


@pytest.mark.timeout(400)
def test_killed_worker_lost_broker_and_doubled_tasks_lose_nothing(tmp_path: Path) -> None:
    """The first delivery kills the worker that makes it, between the receiver's reading and its answer."""
    worlds: list[World] = []
    with running(tmp_path, WebhookReceiver((503,), during=lambda: worlds[0].kill_alert_worker())) as world:
        worlds.append(world)
        world.stack.start()
        world.receiver.wait_for(1, 120)
        world.redis.client().flushall()
        world.redis.kill()
        world.redis.start()
        world.redis.client().flushall()
        world.double_every_task()
        settled_items(world.stack)
        world.double_every_task()
        world.stack.wait_for(world.all_delivered, 150)
        world.double_every_task()  # of what is done already
        app = world.redis.client()
        world.stack.wait_for(lambda: app.llen("alert") == 0)
        hooks, _ = assert_accounts(world)
        interrupted = world.receiver.received[0].headers["webhook-id"]
        assert hooks.pop(interrupted) >= 2, "sent again under the same key"
        assert_one_a_story(world)
        assert "was killed by SIGKILL" in world.stack.output.read_text()
        assert world.stack.stop() == 0
