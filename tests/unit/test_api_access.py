"""Who may call the API: the rules, and the middleware that keeps them."""

import asyncio
from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from api.access import COOKIE, SESSION_SECONDS, Access, Guard
from ceasewire.errors import ConfigError
from ceasewire.settings import Settings

KEY = "a key that is long enough"
JSON = {"Content-Type": "application/json"}


def access(**settings: object) -> Access:
    return Access.from_settings(Settings(data_dir=Path(), config_dir=Path(), **settings))  # type: ignore[arg-type]


def ask(
    access_: Access, method: str = "GET", path: str = "/items", host: str = "127.0.0.1:8642", **headers: str
) -> httpx.Response:
    app: ASGIApp = Guard(PlainTextResponse("news"), access_)

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{host}") as client:
            return await client.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    return asyncio.run(send())


def test_on_this_machine_reads_need_nothing() -> None:
    assert ask(access()).status_code == 200
    assert ask(access(), host="localhost:8642").status_code == 200
    assert ask(access(), host="[::1]:8642").status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8642", "localhost.evil.example"])
def test_a_foreign_host_name_is_a_rebound_one(host: str) -> None:
    answer = ask(access(), host=host)
    assert answer.status_code == 421
    assert "CEASEWIRE_PUBLIC_URL" in answer.json()["detail"]


def test_the_public_name_is_known() -> None:
    rules = access(public_url="https://news.example", api_key=KEY)
    assert ask(rules, host="news.example", X_API_Key=KEY).status_code == 200


def test_what_is_reached_from_elsewhere_needs_a_key_to_start() -> None:
    for settings in ({"host": "0.0.0.0"}, {"host": "::"}, {"public_url": "https://news.example"}):
        with pytest.raises(ConfigError, match="CEASEWIRE_API_KEY"):
            access(**settings)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ConfigError, match="holds 5 characters"):
        access(host="0.0.0.0", api_key="12345")


def test_elsewhere_every_request_carries_the_key() -> None:
    rules = access(host="0.0.0.0", api_key=KEY)
    refused = ask(rules)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert refused.headers["content-type"] == "application/problem+json"
    assert ask(rules, Authorization=f"Bearer {KEY}").status_code == 200
    assert ask(rules, X_API_Key=KEY).status_code == 200
    assert ask(rules, X_API_Key=KEY + "x").status_code == 401
    assert ask(rules, Authorization="Basic abc").status_code == 401


def test_a_browser_without_key_is_led_to_the_sign_in() -> None:
    answer = ask(access(host="0.0.0.0", api_key=KEY), path="/", Accept="text/html")
    assert (answer.status_code, answer.headers["location"]) == (303, "/view/sign-in")


def test_probes_need_neither_key_nor_name() -> None:
    rules = access(host="0.0.0.0", api_key=KEY, public_url="https://news.example")
    assert ask(rules, path="/healthz", host="10.0.0.7").status_code == 200


def test_open_reads_keep_subscriptions_private_and_writes_keyed() -> None:
    rules = access(host="0.0.0.0", api_key=KEY, open_reads=True)
    assert ask(rules).status_code == 200
    assert ask(rules, path="/subscriptions").status_code == 401
    assert ask(rules, path="/alerts").status_code == 401
    assert ask(rules, "POST", "/sources/a/poll", **JSON).status_code == 401
    assert ask(rules, "POST", "/sources/a/poll", X_API_Key=KEY, **JSON).status_code == 200


def test_open_reads_without_a_key_let_nobody_write() -> None:
    rules = access(host="0.0.0.0", open_reads=True)
    assert ask(rules, "POST", "/subscriptions", X_API_Key="", **JSON).status_code == 403
    assert not rules.is_key("")


def test_a_session_stands_for_the_key_until_it_ends() -> None:
    rules = access(host="0.0.0.0", api_key=KEY)
    cookie = rules.make_session(now=1000.0)
    assert KEY not in cookie
    assert rules.has_key({"cookie": f"{COOKIE}={cookie}"}, now=1001.0)
    assert not rules.has_key({"cookie": f"{COOKIE}={cookie}"}, now=1001.0 + SESSION_SECONDS)
    later = cookie.replace(cookie.split(".")[0], "99999999999")
    assert not rules.has_key({"cookie": f"{COOKIE}={later}"}, now=1001.0)
    assert not access(host="0.0.0.0", api_key=KEY + "2").has_key({"cookie": f"{COOKIE}={cookie}"}, now=1001.0)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_page_of_another_site_may_not_write(headers: dict[str, str]) -> None:
    assert ask(access(), "POST", "/subscriptions", **JSON, **headers).status_code == 403
    assert ask(access(), "DELETE", "/subscriptions/1", **headers).status_code == 403


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "text/plain; application/json"])
def test_writes_are_json(kind: str) -> None:
    assert ask(access(), "POST", "/subscriptions", Content_Type=kind).status_code == 415


def test_our_own_page_and_plain_programs_may_write() -> None:
    assert ask(access(), "POST", "/subscriptions", **JSON).status_code == 200
    own = {"Origin": "http://127.0.0.1:8642", "Sec-Fetch-Site": "same-origin"}
    assert ask(access(), "POST", "/subscriptions", **JSON, **own).status_code == 200
    assert ask(access(), "DELETE", "/subscriptions/1").status_code == 200
    assert ask(access(), "POST", "/subscriptions/1/pause").status_code == 200  # without a body


def test_a_body_without_a_type_is_refused() -> None:
    assert ask(access(), "POST", "/subscriptions", Content_Length="2").status_code == 415
