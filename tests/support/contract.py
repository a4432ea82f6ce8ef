"""Writes what the contract of the API is tested against.

Run: python -m tests.support.contract             the schema, tests/data/openapi.json
     python -m tests.support.contract --examples  the examples in it, too: api/examples.json
"""

import json
import sys
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi.testclient import TestClient

from api.app import create_app
from api.openapi import EXAMPLES
from ceasewire.settings import Settings
from ceasewire.store.session import Store
from ceasewire.store.stories import join_story, list_candidates, save_bands
from tests.support.newsroom import CONFIG, KREMLIN_POST, NOW, SOURCES, newsroom

SCHEMA = Path(__file__).parents[1] / "data" / "openapi.json"
SUBSCRIPTION = {
    "name": "Talks",
    "query": {"topics": ["talks_mediation"]},
    "channel": "webhook",
    "target": "https://example.org/hooks/ceasewire",
}
SOURCE = {
    "id": "example-news",
    "name": "Example News",
    "url": "https://example.org/rss",
    "publisher": "independent",
    "side": "international",
}
REPORT, COPY = "url:https://caucasus-desk.example/kremlin-talks", "url:https://plain-wire.example/9731"
SECRET = "whsec_" + "A" * 32  # none that was ever given out
TOKEN = "hard-to-guess"
FEEDS = ("atom", "rss", "feed.json")


def schema_text() -> str:
    """The schema as it is served, in the form that it is pinned in."""
    with tempfile.TemporaryDirectory() as folder:
        schema = create_app(Settings(data_dir=Path(folder), config_dir=CONFIG)).openapi()
    schema["info"]["version"] = "0"  # neither a new version nor another example changes the contract
    for operations in schema["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                for body in response.get("content", {}).values():
                    body.pop("example", None)
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def _examples() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, newsroom(Path(folder)) as (client, ids):
        story_id = _unite(client.app.state.store, ids)  # type: ignore[attr-defined]
        return {
            **_of_items(client, ids[KREMLIN_POST]),
            **_of_the_service(client, story_id),
            **_of_a_source(client),
            **_of_a_subscription(client),
        }


def _unite(store: Store, ids: Mapping[str, int]) -> int:
    """One article as a copy of another one."""
    with store.write() as s:
        save_bands(s, {ids[REPORT]: [1]})
        [original] = list_candidates(s, ids[COPY], [1], window=timedelta(days=1))
        return join_story(s, ids[COPY], original, "en", "TASS", NOW)


def _of_items(client: TestClient, item_id: int) -> dict[str, Any]:
    one = "q=Kremlin+OR+Пашинян&limit=1"
    item = _get(client, f"/items/{item_id}")
    event = json.dumps({"id": item_id, "title": item["title"], "text": item["text"]}, ensure_ascii=False)
    return {
        **{f"GET /items.{extension}": _get(client, f"/items.{extension}?{one}") for extension in FEEDS},
        **{f"GET /items.{extension}": _get(client, f"/items.{extension}") for extension in ("csv", "ndjson")},
        "GET /items": _get(client, f"/items?{one}"),
        "GET /items/{item_id}": item,
        "GET /items/stream": f"id: MjAyMQ\nevent: item\ndata: {event}\n\n",
        "GET /stats": _get(client, "/stats?by=side&since=2021-01-10T00:00:00Z&until=2021-01-12T00:00:00Z"),
    }


def _of_the_service(client: TestClient, story_id: int) -> dict[str, Any]:
    paths = ("/sources", "/conflicts", "/topics", "/actors", "/places", "/events", "/healthz", "/readyz", "/metrics")
    page = '<!doctype html>\n<html lang="en">…</html>'
    return {
        **{f"GET {path}": _get(client, path) for path in paths},
        "GET /conflicts/{conflict}/{kind}": _get(client, "/conflicts/karabakh/actors"),
        "GET /stories/{story_id}": _get(client, f"/stories/{story_id}"),
        "GET /unsubscribe/{subscription_id}/{token}": page,
        "POST /unsubscribe/{subscription_id}/{token}": page,
    }


def _of_a_source(client: TestClient) -> dict[str, Any]:
    path, named = f"/sources/{SOURCES[0].id}", "/sources/{source_id}"
    return {
        f"GET {named}": _get(client, path),
        **{f"POST {named}/{what}": _post(client, f"{path}/{what}") for what in ("pause", "resume", "poll")},
        "POST /sources": _post(client, "/sources", SOURCE),
    }


def _of_a_subscription(client: TestClient) -> dict[str, Any]:
    made = _post(client, "/subscriptions", SUBSCRIPTION) | {"secret": SECRET}
    path, named = f"/subscriptions/{made['id']}", "/subscriptions/{subscription_id}"
    feed = _post(client, f"{path}/feed")
    token = urlsplit(feed["stream"]).path.split("/")[2]
    inbox = {extension: _get(client, f"/inbox/{token}.{extension}") for extension in FEEDS}
    examples = {
        "POST /subscriptions/backtest": _post(client, "/subscriptions/backtest", SUBSCRIPTION),
        "POST /subscriptions": made,
        f"POST {named}/feed": feed,
        **{f"GET /inbox/{{token}}.{extension}": body for extension, body in inbox.items()},
        "GET /subscriptions": _get(client, "/subscriptions"),
        f"GET {named}": _get(client, path),
        f"PUT {named}": _cut(client.put(path, json=SUBSCRIPTION | {"name": "Talks and truce"}).json()),
        **{f"POST {named}/{what}": _post(client, f"{path}/{what}") for what in ("pause", "resume", "test")},
        "GET /alerts": _get(client, "/alerts"),
    }
    event = json.dumps({"type": "alert", "data": {"alert": examples["GET /alerts"]["alerts"][0]["key"]}})
    examples |= dict.fromkeys(
        ("GET /alerts/stream", "GET /inbox/{token}/stream"), f"id: 1\nevent: alert\ndata: {event}\n\n"
    )
    return dict(json.loads(json.dumps(examples, ensure_ascii=False).replace(token, TOKEN)))


def _post(client: TestClient, address: str, body: object = None) -> Any:
    answer = client.post(address, json=body)
    assert answer.is_success, answer.text
    return _cut(answer.json())


def _get(client: TestClient, address: str) -> Any:
    """An answer, its lists cut to what shows their form."""
    answer = client.get(address)
    assert answer.is_success, answer.text
    if "json" not in answer.headers["content-type"] or "ndjson" in answer.headers["content-type"]:
        return "".join(answer.text.splitlines(keepends=True)[:8])
    return _cut(answer.json())


def _cut(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _cut(one) for name, one in value.items()}
    return [_cut(one) for one in value[:2]] if isinstance(value, list) else value


if __name__ == "__main__":
    if "--examples" in sys.argv:
        EXAMPLES.write_text(json.dumps(_examples(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    SCHEMA.write_text(schema_text(), encoding="utf-8")
