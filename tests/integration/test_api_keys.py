"""Keys of the API, from the command that makes them to the request that carries them, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fastapi.testclient import TestClient
from sqlalchemy import text

from ceasewire.store.session import Store
from tests.support.newsroom import newsroom
from worker.cli import cli

OPERATOR = "the key of the operator"


@pytest.fixture
def client(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("CEASEWIRE_DATABASE_URL", store._url.render_as_string(hide_password=False))
    monkeypatch.setenv("CEASEWIRE_DATA_DIR", str(tmp_path))
    with newsroom(tmp_path / "data", store.name, host="0.0.0.0", api_key=OPERATOR) as (opened, _):
        yield opened


def keys(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["keys", *arguments])


def test_a_made_key_works_within_its_scope_and_is_kept_as_a_hash(client: TestClient, store: Store) -> None:
    key = keys("make", "newsroom", "--scope", "read").output.strip()
    headers = {"Authorization": f"Bearer {key}"}
    assert client.get("/items", headers=headers).status_code == 200
    assert client.get("/subscriptions", headers=headers).status_code == 403
    assert client.get("/items").status_code == 401
    with store.read() as s:
        assert key not in str(s.execute(text("SELECT * FROM api_key")).all())
    assert keys("make", "newsroom").exit_code == 1
    listed = keys("list").output
    assert "newsroom" in listed
    assert key not in listed


def test_the_page_is_signed_in_to_with_any_key(client: TestClient) -> None:
    key = keys("make", "desk", "--scope", "subscribe").output.strip()
    assert client.post("/session", json={"key": key + "x"}).status_code == 403
    assert client.post("/session", json={"key": key}).status_code == 204
    assert client.get("/view/subscriptions").status_code == 200
    assert client.post("/sources/araxes/poll").status_code == 403


def test_revoking_names_what_it_closes(client: TestClient) -> None:
    assert "no open key named 'nobody'" in keys("revoke", "nobody").output


def test_a_revoked_key_is_listed_as_such(client: TestClient) -> None:
    keys("make", "former")
    assert keys("revoke", "former").exit_code == 0
    assert "revoked" in keys("list").output
    assert keys("revoke", "former").exit_code == 1
