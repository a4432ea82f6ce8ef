"""Who may call the API: open on this machine, keyed beyond it, and never steered by a foreign web page.

- Reached from this machine only (bound to loopback, no public address): no key. Reads and writes are guarded against
  DNS rebinding by the Host header, and writes against forged cross-site requests by Origin and JSON content type.
- Reached from elsewhere: every request carries a key, as `Authorization: Bearer KEY`, `X-API-Key: KEY`, or as the
  cookie that the page's sign-in gives; its scope must include what the request needs, and its holder may ask so often a
  minute. `open_reads` lets anybody read news; subscriptions and alerts stay private.
"""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from anyio.to_thread import run_sync
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Scope_

from api.errors import problem_response
from api.keyring import Caller, Keyring
from api.limits import RateLimit
from ceasewire.errors import ConfigError, StoreUnavailable
from ceasewire.items import Scope
from ceasewire.settings import Settings

COOKIE = "ceasewire_session"
SHORTEST_KEY = 16
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
PROBES = frozenset({"/healthz", "/readyz"})  # asked by their own address, without a key
SIGN_IN = frozenset({"/view/sign-in", "/session"})
PRIVATE = ("/subscriptions", "/alerts", "/view/subscriptions")
TOKENED = ("/unsubscribe/", "/inbox/")  # their address holds a token that nobody can guess
WRONG_KEYS_PER_MINUTE = 20  # from one address, before it has to wait
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
JSON_METHODS = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True, slots=True)
class Access:
    """The rules that follow from the settings. `hosts` empty: any Host header."""

    local: bool
    open_reads: bool
    hosts: frozenset[str]
    per_minute: int  # requests of one caller; 0: no limit

    @classmethod
    def from_settings(cls, settings: Settings) -> "Access":
        """Raises ConfigError where the API would stand open to others without anybody having said so."""
        public_host = urlsplit(settings.public_url).hostname or ""
        local = is_loopback(settings.host) and (not public_host or is_loopback(public_host))
        if settings.api_key and len(settings.api_key) < SHORTEST_KEY:
            message = f"holds {len(settings.api_key)} characters, at least {SHORTEST_KEY} are needed"
            raise ConfigError(message, about="CEASEWIRE_API_KEY", remedy="e.g. the output of: openssl rand -base64 32")
        if not (local or settings.api_key or settings.open_reads):
            where = settings.public_url or settings.host
            remedy = "set CEASEWIRE_API_KEY (or _FILE), or CEASEWIRE_OPEN_READS=yes to let anybody read"
            raise ConfigError(f"{where} is reached from other machines, and no key is set", about="API", remedy=remedy)
        return cls(local, settings.open_reads, _hosts(settings, public_host), settings.requests_per_minute)

    def knows_host(self, header: str) -> bool:
        """Is the Host header a name of this server? Foreign names come from DNS rebinding."""
        return not self.hosts or _without_port(header) in self.hosts

    def needed_scope(self, method: str, path: str) -> Scope | None:
        """What a caller must hold for this request; None: anybody may."""
        if self.local or path in PROBES or path in SIGN_IN or path.startswith(("/static/", *TOKENED)):
            return None
        if path.startswith(PRIVATE):
            return Scope.SUBSCRIBE
        if method not in SAFE_METHODS:
            return Scope.ADMIN
        return None if self.open_reads else Scope.READ


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not answered."""

    status: int
    detail: str
    retry_after: float = 0.0

    @property
    def headers(self) -> dict[str, str] | None:
        """What RFC 9110 wants beside the status (§11.6.1, §10.2.3)."""
        if self.status == 401:
            return {"WWW-Authenticate": 'Bearer realm="ceasewire"'}
        return {"Retry-After": str(math.ceil(self.retry_after))} if self.status == 429 else None


class Guard:
    """ASGI middleware that keeps the rules before anything else runs."""

    def __init__(self, app: ASGIApp, access: Access, keyring: Keyring, limit: RateLimit) -> None:
        self.app = app
        self.access = access
        self.keyring = keyring
        self.limit = limit

    async def __call__(self, scope: Scope_, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer why not."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        headers, method, path = Headers(scope=scope), scope["method"], scope["path"]
        refusal = _unreadable(scope) or await self._refusal(scope, headers, method, path)
        if refusal is None:
            return await self.app(scope, receive, send)
        if refusal.status == 401 and method == "GET" and "text/html" in headers.get("accept", ""):
            return await RedirectResponse("/view/sign-in", 303)(scope, receive, send)
        answer = problem_response(refusal.status, refusal.detail, path=path, headers=refusal.headers)
        await answer(scope, receive, send)
        return None

    async def _refusal(self, scope: Scope_, headers: Headers, method: str, path: str) -> Refusal | None:
        host = headers.get("host", "")
        if path not in PROBES and not self.access.knows_host(host):
            return Refusal(
                421, f"this server is not {host!r}; set CEASEWIRE_PUBLIC_URL to the address it is reached at"
            )
        needed = self.access.needed_scope(method, path)
        address = scope["client"][0] if scope.get("client") else "unknown"
        if needed is not None:
            refusal = await self._of_caller(needed, headers, address)
        elif self.access.local or path in PROBES:
            refusal = None
        elif path in SIGN_IN and method == "POST":
            refusal = self._too_often(f"sign-ins of {address}", WRONG_KEYS_PER_MINUTE)
        else:
            refusal = self._too_often(address, self.access.per_minute)
        if (
            refusal or method in SAFE_METHODS or path.startswith(TOKENED)
        ):  # mail programs post there, as a form (RFC 8058)
            return refusal
        return _forged(headers, method)

    async def _of_caller(self, needed: Scope, headers: Headers, address: str) -> Refusal | None:
        now = time.time()
        offered = offered_key(headers)
        try:
            caller = await run_sync(self._caller, offered, headers, now)
            nobody = caller is None and await run_sync(self.keyring.is_empty, now)
        except StoreUnavailable as error:
            return Refusal(503, f"{error.message}; try again")
        if caller is None:
            wait = self.limit.wait_seconds(f"wrong keys of {address}", WRONG_KEYS_PER_MINUTE) if offered else 0.0
            if wait:
                return Refusal(429, "too many wrong keys", wait)
            if nobody:
                return Refusal(403, "nobody may do this here until CEASEWIRE_API_KEY is set or a key is made")
            return Refusal(401, "send the key as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'")
        if not caller.scope.includes(needed):
            return Refusal(403, f"this needs a key of scope {needed}; {caller.name!r} has {caller.scope}")
        per_minute = self.access.per_minute if caller.per_minute is None else caller.per_minute
        return self._too_often(f"key {caller.id}", per_minute)

    def _caller(self, offered: str, headers: Mapping[str, str], now: float) -> Caller | None:
        if offered:
            return self.keyring.caller(offered, now)
        return self.keyring.caller_of_session(cookie_parser(headers.get("cookie", "")).get(COOKIE, ""), now)

    def _too_often(self, caller: str, per_minute: int) -> Refusal | None:
        wait = self.limit.wait_seconds(caller, per_minute)
        return Refusal(429, f"at most {per_minute} requests a minute", wait) if wait else None


def offered_key(headers: Mapping[str, str]) -> str:
    """The key that a request carries, empty where it carries none."""
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    return bearer.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")


def is_loopback(host: str) -> bool:
    """Is this name or address this machine and nothing else?"""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _unreadable(scope: Scope_) -> Refusal | None:
    """No id and no word has a NUL character, and PostgreSQL takes none."""
    if "\0" in scope["path"] or b"%00" in scope["query_string"] or b"\0" in scope["query_string"]:
        return Refusal(400, "the address holds a NUL character (%00); leave it out")
    return None


def _forged(headers: Headers, method: str) -> Refusal | None:
    """A browser sends Origin and Sec-Fetch-Site with what a page makes it send; JSON it sends only after asking."""
    origin = headers.get("origin")
    if headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        return Refusal(403, "a page of another site may not write here")
    if origin is not None and urlsplit(origin).netloc != headers.get("host", ""):
        return Refusal(403, f"a page of {origin} may not write here")
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    if method in JSON_METHODS and kind != "application/json" and (kind or has_body):
        return Refusal(415, "write with Content-Type: application/json")
    return None


def _hosts(settings: Settings, public_host: str) -> frozenset[str]:
    if not public_host and not is_loopback(settings.host):
        return frozenset()  # reached by names that nobody told us; the key guards instead
    named = {_bracketed(host) for host in (public_host, settings.host, *settings.hosts) if host}
    return LOOPBACK_NAMES | named


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host.lower()


def _without_port(header: str) -> str:
    if header.startswith("["):
        return header.partition("]")[0].lower() + "]"
    return header.partition(":")[0].lower().rstrip(".")
