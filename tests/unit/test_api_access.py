"""Who may call the API: the rules, and the middleware that keeps them."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from api.access import COOKIE, WRONG_KEYS_PER_MINUTE, Access, Guard
from api.keyring import SESSION_SECONDS, Keyring
from api.limits import RateLimit
from ceasewire.errors import ConfigError, StoreUnavailable
from ceasewire.items import Scope
from ceasewire.secrets import SecretBox
from ceasewire.settings import Settings
from ceasewire.store.keys import ApiKeyView, hash_key

KEY = "a key that is long enough"
JSON = {"Content-Type": "application/json"}


SIGN = SecretBox("a secret key for the tests").sign


def settings_of(**settings: object) -> Settings:
    return Settings(data_dir=Path(), config_dir=Path(), **settings)  # type: ignore[arg-type]


def stored(*keys: tuple[str, Scope, int | None]) -> list[ApiKeyView]:
    made_at = datetime(2026, 5, 4, tzinfo=UTC)
    return [
        ApiKeyView(number, f"key {number}", scope, limit, made_at, None, hash_key(key))
        for number, (key, scope, limit) in enumerate(keys, start=1)
    ]


class Api:
    """The middleware in front of an application that answers everything."""

    def __init__(self, *keys: tuple[str, Scope, int | None], **settings: object) -> None:
        read = settings_of(**settings)
        self.keys = stored(*keys)
        self.now = 1000.0
        self.keyring = Keyring(read.api_key, lambda: self.keys, SIGN)
        limit = RateLimit(lambda: self.now)
        self.app: ASGIApp = Guard(PlainTextResponse("news"), Access.from_settings(read), self.keyring, limit)

    def ask(
        self, method: str = "GET", path: str = "/items", host: str = "127.0.0.1:8642", **headers: str
    ) -> httpx.Response:
        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=f"http://{host}") as client:
                return await client.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})

        return asyncio.run(send())


def test_on_this_machine_reads_need_nothing() -> None:
    assert Api().ask().status_code == 200
    assert Api().ask(host="localhost:8642").status_code == 200
    assert Api().ask(host="[::1]:8642").status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8642", "localhost.evil.example"])
def test_a_foreign_host_name_is_a_rebound_one(host: str) -> None:
    answer = Api().ask(host=host)
    assert answer.status_code == 421
    assert "CEASEWIRE_PUBLIC_URL" in answer.json()["detail"]


def test_the_public_name_is_known() -> None:
    api = Api(public_url="https://news.example", api_key=KEY)
    assert api.ask(host="news.example", X_API_Key=KEY).status_code == 200


def test_what_is_reached_from_elsewhere_needs_a_key_to_start() -> None:
    for settings in ({"host": "0.0.0.0"}, {"host": "::"}, {"public_url": "https://news.example"}):
        with pytest.raises(ConfigError, match="CEASEWIRE_API_KEY"):
            Api(**settings)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ConfigError, match="holds 5 characters"):
        Api(host="0.0.0.0", api_key="12345")


def test_elsewhere_every_request_carries_the_key() -> None:
    api = Api(host="0.0.0.0", api_key=KEY)
    refused = api.ask()
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert refused.headers["content-type"] == "application/problem+json"
    assert api.ask(Authorization=f"Bearer {KEY}").status_code == 200
    assert api.ask(X_API_Key=KEY).status_code == 200
    assert api.ask(X_API_Key=KEY + "x").status_code == 401
    assert api.ask(Authorization="Basic abc").status_code == 401


def test_a_browser_without_key_is_led_to_the_sign_in() -> None:
    answer = Api(host="0.0.0.0", api_key=KEY).ask(path="/", Accept="text/html")
    assert (answer.status_code, answer.headers["location"]) == (303, "/view/sign-in")


def test_probes_need_neither_key_nor_name() -> None:
    api = Api(host="0.0.0.0", api_key=KEY, public_url="https://news.example")
    assert api.ask(path="/healthz", host="10.0.0.7").status_code == 200


def test_open_reads_keep_subscriptions_private_and_writes_keyed() -> None:
    api = Api(host="0.0.0.0", api_key=KEY, open_reads=True)
    assert api.ask().status_code == 200
    assert api.ask(path="/subscriptions").status_code == 401
    assert api.ask(path="/alerts").status_code == 401
    assert api.ask("POST", "/sources/a/poll", **JSON).status_code == 401
    assert api.ask("POST", "/sources/a/poll", X_API_Key=KEY, **JSON).status_code == 200


def test_open_reads_without_a_key_let_nobody_write() -> None:
    api = Api(host="0.0.0.0", open_reads=True)
    assert api.ask("POST", "/subscriptions", X_API_Key="", **JSON).status_code == 403
    assert api.keyring.caller("", 0) is None


def test_a_session_stands_for_its_key_until_it_ends() -> None:
    keyring = Api(host="0.0.0.0", api_key=KEY).keyring
    caller = keyring.caller(KEY, 1000.0)
    assert caller is not None
    cookie = keyring.make_session(caller, now=1000.0)
    assert KEY not in cookie
    assert hash_key(KEY) not in cookie
    assert keyring.caller_of_session(cookie, 1001.0) == caller
    assert keyring.caller_of_session(cookie, 1001.0 + SESSION_SECONDS) is None
    later = cookie.replace(cookie.split(".")[0], "99999999999")
    assert keyring.caller_of_session(later, 1001.0) is None
    assert Api(host="0.0.0.0", api_key=KEY + "2").keyring.caller_of_session(cookie, 1001.0) is None


def test_a_session_opens_the_page() -> None:
    api = Api(host="0.0.0.0", api_key=KEY)
    caller = api.keyring.caller(KEY, time.time())
    assert caller is not None
    assert api.ask(Cookie=f"{COOKIE}={api.keyring.make_session(caller, time.time())}").status_code == 200
    assert api.ask(Cookie=f"{COOKIE}=99999999999.0.abc").status_code == 401


READER, SUBSCRIBER, ADMIN = "cw_reader", "cw_subscriber", "cw_admin"
KEYS = ((READER, Scope.READ, None), (SUBSCRIBER, Scope.SUBSCRIBE, 3), (ADMIN, Scope.ADMIN, None))


def test_a_key_opens_what_its_scope_names() -> None:
    api = Api(*KEYS, host="0.0.0.0", open_reads=True)
    closed = Api(*KEYS, host="0.0.0.0", api_key=KEY)
    allowed = {
        ("GET", "/items"): {READER, SUBSCRIBER, ADMIN},
        ("GET", "/subscriptions"): {SUBSCRIBER, ADMIN},
        ("DELETE", "/subscriptions/1"): {SUBSCRIBER, ADMIN},
        ("POST", "/sources/a/poll"): {ADMIN},
    }
    for (method, path), keys in allowed.items():
        for key in (READER, SUBSCRIBER, ADMIN):
            expected = 200 if key in keys else 403
            assert closed.ask(method, path, X_API_Key=key).status_code == expected, (method, path, key)
    refused = api.ask("POST", "/sources/a/poll", X_API_Key=SUBSCRIBER)
    assert refused.json()["detail"] == "this needs a key of scope admin; 'key 2' has subscribe"


def test_a_revoked_key_and_its_sessions_stop_within_seconds() -> None:
    api = Api(*KEYS, host="0.0.0.0", api_key=KEY)
    caller = api.keyring.caller(READER, 1000.0)
    assert caller is not None
    cookie = api.keyring.make_session(caller, 1000.0)
    api.keys = []
    assert api.keyring.caller(READER, 1011.0) is None
    assert api.keyring.caller_of_session(cookie, 1011.0) is None


def test_who_asks_too_often_is_told_when_to_come_back() -> None:
    api = Api(*KEYS, host="0.0.0.0", api_key=KEY, requests_per_minute=2)
    assert [api.ask(X_API_Key=SUBSCRIBER).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert [api.ask(X_API_Key=READER).status_code for _ in range(3)] == [200, 200, 429]
    refused = api.ask(X_API_Key=READER)
    assert refused.headers["retry-after"] == "30"
    api.now += 31
    assert api.ask(X_API_Key=READER).status_code == 200


def test_wrong_keys_run_out() -> None:
    api = Api(host="0.0.0.0", api_key=KEY)
    answers = [api.ask(X_API_Key=f"guess {n}").status_code for n in range(WRONG_KEYS_PER_MINUTE + 1)]
    assert answers == [401] * WRONG_KEYS_PER_MINUTE + [429]
    assert api.ask(X_API_Key=KEY).status_code == 200


def test_open_reads_are_limited_by_address_and_this_machine_is_not() -> None:
    api = Api(host="0.0.0.0", open_reads=True, requests_per_minute=1)
    assert [api.ask().status_code for _ in range(2)] == [200, 429]
    local = Api(requests_per_minute=1)
    assert [local.ask().status_code for _ in range(3)] == [200] * 3


def test_without_the_store_only_the_operators_key_is_known() -> None:
    def unreachable() -> list[ApiKeyView]:
        raise StoreUnavailable("cannot be reached", about="store")

    api = Api(host="0.0.0.0", api_key=KEY)
    api.keyring._load = unreachable
    assert api.ask(X_API_Key=KEY).status_code == 200
    assert api.ask(X_API_Key=READER).status_code == 503


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
    assert Api().ask("POST", "/subscriptions", **JSON, **headers).status_code == 403
    assert Api().ask("DELETE", "/subscriptions/1", **headers).status_code == 403


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "text/plain; application/json"])
def test_writes_are_json(kind: str) -> None:
    assert Api().ask("POST", "/subscriptions", Content_Type=kind).status_code == 415


def test_our_own_page_and_plain_programs_may_write() -> None:
    assert Api().ask("POST", "/subscriptions", **JSON).status_code == 200
    own = {"Origin": "http://127.0.0.1:8642", "Sec-Fetch-Site": "same-origin"}
    assert Api().ask("POST", "/subscriptions", **JSON, **own).status_code == 200
    assert Api().ask("DELETE", "/subscriptions/1").status_code == 200
    assert Api().ask("POST", "/subscriptions/1/pause").status_code == 200  # without a body


def test_a_body_without_a_type_is_refused() -> None:
    assert Api().ask("POST", "/subscriptions", Content_Length="2").status_code == 415
