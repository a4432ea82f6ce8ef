"""Subscriptions through the API: made, shown without their secret, paused, deleted; wrong ones refused by field."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from ceasewire.items import AlertIntent
from ceasewire.secrets import SecretBox
from ceasewire.store.alerts import save_dead
from ceasewire.store.outbox import insert_alerts
from ceasewire.store.session import Store
from ceasewire.store.subscriptions import get_subscription
from ceasewire.store.tables import SUBSCRIPTION
from tests.support.newsroom import NOW, newsroom

WANTED: dict[str, Any] = {
    "name": "Talks",
    "query": {"conflict": "karabakh", "topics": ["talks_mediation"], "words": "Кремл* OR Kremlin"},
    "channel": "webhook",
    "target": "https://example.org/hooks/ceasewire",
}


@pytest.fixture
def client(store: Store, tmp_path: Path) -> Iterator[TestClient]:
    with newsroom(tmp_path / "data", store.name) as (opened, _):
        yield opened


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """An API for requests that must change nothing."""
    with newsroom(tmp_path_factory.mktemp("newsroom")) as (opened, _):
        yield opened
        assert opened.get("/subscriptions").json() == {"subscriptions": []}


def test_a_secret_is_shown_once_and_kept_encrypted(client: TestClient, store: Store, tmp_path: Path) -> None:
    made = client.post("/subscriptions", json=WANTED)
    assert made.status_code == 201
    secret = made.json()["secret"]
    assert secret.startswith("whsec_")
    assert secret not in client.get("/subscriptions").text
    assert secret not in client.get(f"/subscriptions/{made.json()['id']}").text
    with store.read() as s:
        view = get_subscription(s, made.json()["id"])
    assert view is not None
    assert secret not in view.secret
    assert SecretBox.open("", tmp_path / "data").decrypt(view.secret) == secret
    assert dict(view.query) == WANTED["query"]


def test_pause_resume_delete(client: TestClient) -> None:
    path = f"/subscriptions/{client.post('/subscriptions', json=WANTED).json()['id']}"
    assert client.post(f"{path}/pause", json={}).json()["paused_at"] is not None
    assert client.post(f"{path}/resume", json={}).json()["paused_at"] is None
    assert client.delete(path).status_code == 204
    for answer in (client.get(path), client.delete(path), client.post(f"{path}/pause", json={})):
        assert (answer.status_code, "no subscription" in answer.json()["detail"]) == (404, True)


def test_a_subscription_is_changed_in_its_place(client: TestClient, store: Store) -> None:
    made = client.post("/subscriptions", json=WANTED).json()
    path = f"/subscriptions/{made['id']}"
    [item] = client.get("/items?platform=x").json()["items"]
    with store.write() as s:
        insert_alerts(s, [AlertIntent(made["id"], item["id"], "item:1", ("topic: talks",))], NOW, NOW)
    client.post(f"{path}/pause", json={})
    wanted = WANTED | {"name": "Aid", "query": {"topics": ["humanitarian"]}, "target": "https://example.org/other"}
    changed = client.put(path, json=wanted)
    assert changed.status_code == 200, changed.text
    assert {name: changed.json()[name] for name in wanted} == wanted
    kept = ("id", "created_at", "origin", "mode", "next_run_at")
    assert {name: changed.json()[name] for name in kept} == {name: made[name] for name in kept}
    assert changed.json()["paused_at"] is not None
    assert len(client.get(f"/alerts?subscription={made['id']}").json()["alerts"]) == 1
    with store.read() as s:
        view = get_subscription(s, made["id"])
    assert view is not None
    secrets: SecretBox = client.app.state.secrets  # type: ignore[attr-defined]
    assert secrets.decrypt(view.secret) == made["secret"]


def test_what_is_timed_anew_looks_at_another_time(client: TestClient) -> None:
    digest = WANTED | {"mode": "digest", "options": {"every": "day", "at": "08:00"}}
    made = client.post("/subscriptions", json=digest).json()
    path = f"/subscriptions/{made['id']}"
    assert client.put(path, json=digest | {"name": "Mornings"}).json()["next_run_at"] == made["next_run_at"]
    later = client.put(path, json=digest | {"options": {"every": "day", "at": "09:30"}}).json()
    assert later["next_run_at"][11:16] == "09:30"
    refused = client.put(path, json=WANTED)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "mode")
    assert client.get(path).json() == later


def test_a_wrong_change_changes_nothing(client: TestClient, store: Store) -> None:
    made = client.post("/subscriptions", json=WANTED).json()
    path = f"/subscriptions/{made['id']}"
    before = client.get(path).json()
    refused = client.put(path, json=WANTED | {"query": {"topics": ["talks_mediatin"]}})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "query.topics")
    refused = client.put(path, json=WANTED | {"channel": "mail", "target": "desk@example.org"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "channel")
    assert client.get(path).json() == before
    assert client.put("/subscriptions/nobody", json=WANTED).status_code == 404
    with store.write() as s:
        s.execute(update(SUBSCRIPTION).values(origin="config"))
    refused = client.put(path, json=WANTED | {"name": "Other"})
    assert (refused.status_code, "change it there" in refused.json()["detail"]) == (409, True)


def test_alerts_tell_what_became_of_them(client: TestClient, store: Store) -> None:
    subscription = client.post("/subscriptions", json=WANTED).json()["id"]
    [item] = client.get("/items?platform=x").json()["items"]
    with store.write() as s:
        intents = [AlertIntent(subscription, item["id"], f"item:{n}", ("topic: talks",)) for n in range(3)]
        ids = insert_alerts(s, intents, NOW, NOW)
        save_dead(s, ids[0], "the receiver answers 410: gone", NOW + timedelta(seconds=1))
    page = client.get(f"/alerts?subscription={subscription}&limit=2").json()
    assert [one["state"] for one in page["alerts"]] == ["pending", "pending"]
    rest = client.get(f"/alerts?limit=2&cursor={page['next']}").json()
    assert [(one["state"], one["last_error"]) for one in rest["alerts"]] == [("dead", "the receiver answers 410: gone")]
    assert client.get("/alerts?subscription=other").json()["alerts"] == []


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"channel": "pigeon"}, "channel", "no channel 'pigeon'; known: webhook"),
        ({"target": "ftp://example.org/x"}, "target", "no http or https address"),
        ({"target": "https://user:pass@example.org/"}, "target", "user name or password"),
        ({"target": "https://exa mple.org/"}, "target", ""),
        ({"target": "http://[::1/x"}, "target", "no address"),
        ({"colour": "red"}, "colour", "no such field"),
        ({"name": ""}, "name", "at least 1 character"),
        ({"query": {"topics": ["talks_mediation"], "moods": ["x"]}}, "query.moods", "no such field"),
        ({"query": {"topics": ["talks_mediatin"]}}, "query.topics", "did you mean 'talks_mediation'?"),
        ({"query": {"conflict": "atlantis", "topics": ["x"]}}, "query.conflict", "no conflict 'atlantis'"),
        ({"query": {"places": ["atlantis"]}}, "query.places", "no place 'atlantis'"),
        ({"query": {"sources": ["plainwire"]}}, "query.sources", "did you mean 'plain-wire'?"),
        ({"query": {"words": "!!!"}}, "query.words", "no word"),
        ({"query": {"words": 5}}, "query.words", "string"),
        ({"query": {"conflict": "karabakh"}}, "query.topics", "at least one"),
    ],
)
def test_a_wrong_field_is_named(strict: TestClient, change: dict[str, Any], field: str, words: str) -> None:
    answer = strict.post("/subscriptions", json=WANTED | change)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    [error] = answer.json()["errors"]
    assert error["field"] == field
    assert words in error["message"]


def test_a_body_that_is_no_json_is_refused(strict: TestClient) -> None:
    answer = strict.post("/subscriptions", content=b"{", headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert strict.post("/subscriptions", data={"name": "x"}).status_code == 415


def test_another_origin_makes_nothing(strict: TestClient) -> None:
    answer = strict.post("/subscriptions", json=WANTED, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
