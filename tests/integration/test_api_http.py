"""What holds for every answer: headers, validators, compression, probes, keys."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from ceasewire.errors import ConfigError
from ceasewire.settings import Settings
from ceasewire.store.heartbeats import save_heartbeat
from tests.support.newsroom import CONFIG, newsroom
from tests.support.redisserver import RedisServer

KEY = "a key that is long enough"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with newsroom(tmp_path_factory.mktemp("newsroom")) as (opened, _):
        yield opened


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with newsroom(tmp_path_factory.mktemp("newsroom"), host="0.0.0.0", api_key=KEY) as (opened, _):
        yield opened


@pytest.mark.parametrize("path", ["/", "/items", "/nothing", "/static/now.js", "/items?limit=0"])
def test_every_answer_is_guarded(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_a_refusal_is_guarded_too(client: TestClient) -> None:
    answer = client.get("/items", headers={"Host": "evil.example"})
    assert answer.status_code == 421
    assert "content-security-policy" in answer.headers


def test_nobody_else_may_read_from_a_browser(client: TestClient) -> None:
    headers = client.get("/items", headers={"Origin": "https://evil.example"}).headers
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("path", ["/items", "/", "/sources", "/items.atom?until=2021-02-01"])
def test_what_is_unchanged_is_not_sent_again(client: TestClient, path: str) -> None:
    first = client.get(path)
    tag = first.headers["etag"]
    assert first.headers["cache-control"]
    again = client.get(path, headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(path, headers={"If-None-Match": 'W/"other"'}).status_code == 200


def test_head_is_get_without_the_body(client: TestClient) -> None:
    head, get = client.head("/items"), client.get("/items")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == get.headers["etag"]


def test_long_answers_are_compressed(client: TestClient) -> None:
    assert client.get("/items").headers["content-encoding"] == "gzip"
    assert "content-encoding" not in client.get("/items", headers={"Accept-Encoding": "identity"}).headers


def test_probes(client: TestClient) -> None:
    assert client.get("/healthz").json()["status"] == "ok"
    ready = client.get("/readyz").json()
    assert ready["waiting"]["enrich"] == 1
    assert ready["waiting"]["translate"] == 1


def test_readiness_tells_of_broker_and_sweep(tmp_path: Path) -> None:
    with RedisServer(tmp_path / "redis") as broker, newsroom(tmp_path / "data", redis_url=broker.url) as (client, _):
        checks = client.get("/readyz").json()["checks"]
        assert checks["broker"] == "ok"
        assert checks["sweep"].startswith("never ran")
        with client.app.state.store.write() as s:  # type: ignore[attr-defined]
            save_heartbeat(s, "sweep", {}, datetime.now(UTC))
        ready = client.get("/readyz").json()
        assert (ready["status"], ready["checks"]["sweep"]) == ("ok", "ok")
        assert ready["oldest_seconds"]["enrich"] > 0
        broker.kill()
        late = client.get("/readyz")
        assert (late.status_code, late.json()["status"]) == (200, "degraded")
        assert late.json()["checks"]["broker"] != "ok"
        broker.start()
        assert client.get("/readyz").json()["checks"]["broker"] == "ok"


def test_a_store_out_of_reach_is_told(tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path, config_dir=CONFIG, database_url="postgresql+psycopg://127.0.0.1:1/x"))
    client = TestClient(app, base_url="http://127.0.0.1")  # without its lifespan: the store failed after the start
    health = client.get("/healthz")
    assert (health.status_code, health.json()["status"]) == (503, "unavailable")
    items = client.get("/items")
    assert (items.status_code, items.headers["retry-after"]) == (503, "5")
    assert "is not answering" in client.get("/", headers={"Accept": "text/html"}).text


def test_elsewhere_the_page_is_reached_by_signing_in(keyed: TestClient) -> None:
    assert keyed.get("/items").status_code == 401
    assert keyed.get("/", headers={"Accept": "text/html"}).headers["location"] == "/view/sign-in"
    assert keyed.get("/view/sign-in").status_code == 200
    assert keyed.post("/session", json={"key": "not the key"}).status_code == 403
    answer = keyed.post("/session", json={"key": KEY})
    assert answer.status_code == 204
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "SameSite=strict" in answer.headers["set-cookie"]
    assert keyed.get("/", headers={"Accept": "text/html"}).status_code == 200


def test_the_schema_names_every_route_and_loads_nothing_from_elsewhere(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    assert {"/items", "/items/{item_id}", "/sources", "/topics", "/subscriptions", "/alerts", "/healthz"} <= set(
        schema["paths"]
    )
    assert client.get("/docs").status_code == 404
    operations = [op for path in schema["paths"].values() for op in path.values()]
    assert all(operation["summary"] for operation in operations)
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))


ORIGIN = "https://desk.example.org"
ASKED = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_pages_of_other_sites_may_not_read_unless_named(keyed: TestClient, method: str) -> None:
    answer = keyed.request(method, "/items", headers={"Origin": ORIGIN, "Authorization": f"Bearer {KEY}", **ASKED})
    assert [name for name in answer.headers if name.startswith("access-control")] == []


def test_named_pages_of_other_sites_read_and_do_not_write(tmp_path: Path) -> None:
    with newsroom(tmp_path, host="0.0.0.0", api_key=KEY, cors_origins=(ORIGIN,)) as (client, _):
        beforehand = client.options("/items", headers={"Origin": ORIGIN, **ASKED})
        assert beforehand.status_code == 200
        assert beforehand.headers["access-control-allow-origin"] == ORIGIN
        key = {"Authorization": f"Bearer {KEY}"}
        answer = client.get("/items?limit=1", headers={"Origin": ORIGIN, **key})
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert "Link" in answer.headers["access-control-expose-headers"]
        assert "Origin" in answer.headers["vary"]
        refused = client.get("/items", headers={"Origin": ORIGIN})
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, ORIGIN)
        other = client.get("/items", headers={"Origin": "https://other.example", **key})
        assert "access-control-allow-origin" not in other.headers
        wanted = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
        assert client.options("/subscriptions", headers=wanted).status_code == 400
        assert client.post("/sources/bogaz/pause", json={}, headers={"Origin": ORIGIN, **key}).status_code == 403


@pytest.mark.parametrize("origin", ["*", "desk.example.org", "https://desk.example.org/", "null"])
def test_what_is_no_origin_is_refused_at_the_start(tmp_path: Path, origin: str) -> None:
    with pytest.raises(ConfigError, match="CEASEWIRE_CORS_ORIGINS"):
        create_app(Settings(config_dir=CONFIG, data_dir=tmp_path, cors_origins=(origin,)))
