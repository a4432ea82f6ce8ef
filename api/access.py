"""Who may call the API: open on this machine, keyed beyond it, and never steered by a foreign web page.

- Reached from this machine only (bound to loopback, no public address): no key. Reads and writes are guarded against
  DNS rebinding by the Host header, and writes against forged cross-site requests by Origin and JSON content type.
- Reached from elsewhere: every request carries the key, as `Authorization: Bearer KEY`, `X-API-Key: KEY`, or as the
  cookie that the page's sign-in gives. `open_reads` lets anybody read news; subscriptions and alerts stay private.
"""

import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import problem_response
from ceasewire.errors import ConfigError
from ceasewire.settings import Settings

COOKIE = "ceasewire_session"
SESSION_SECONDS = 7 * 24 * 3600
SHORTEST_KEY = 16
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
PROBES = frozenset({"/healthz", "/readyz"})  # asked by their own address, without a key
SIGN_IN = frozenset({"/view/sign-in", "/session"})
PRIVATE = ("/subscriptions", "/alerts", "/view/subscriptions")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
JSON_METHODS = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True, slots=True)
class Access:
    """The rules that follow from the settings. `hosts` empty: any Host header."""

    key: str
    local: bool
    open_reads: bool
    hosts: frozenset[str]

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
        return cls(settings.api_key, local, settings.open_reads, _hosts(settings, public_host))

    def knows_host(self, header: str) -> bool:
        """Is the Host header a name of this server? Foreign names come from DNS rebinding."""
        return not self.hosts or _without_port(header) in self.hosts

    def needs_key(self, method: str, path: str) -> bool:
        """Does this request need the key?"""
        if self.local or path in PROBES or path in SIGN_IN or path.startswith("/static/"):
            return False
        return not (self.open_reads and method in SAFE_METHODS and not path.startswith(PRIVATE))

    def has_key(self, headers: Mapping[str, str], now: float) -> bool:
        """Does the request carry the key, or a session made with it?"""
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        offered = bearer.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")
        if offered:
            return self.is_key(offered)
        return self._is_session(cookie_parser(headers.get("cookie", "")).get(COOKIE, ""), now)

    def is_key(self, offered: str) -> bool:
        """Compared in constant time; never true where no key is set."""
        return bool(self.key) and hmac.compare_digest(offered.encode(), self.key.encode())

    def make_session(self, now: float) -> str:
        """A cookie value that stands for the key for a week, and does not contain it."""
        expires = str(int(now) + SESSION_SECONDS)
        return f"{expires}.{self._sign(expires)}"

    def _is_session(self, cookie: str, now: float) -> bool:
        expires, _, signature = cookie.partition(".")
        if not (self.key and expires.isdecimal() and expires.isascii() and int(expires) > now):
            return False
        return hmac.compare_digest(signature.encode(), self._sign(expires).encode())

    def _sign(self, expires: str) -> str:
        return hmac.new(self.key.encode(), f"session {expires}".encode(), hashlib.sha256).hexdigest()


class Guard:
    """ASGI middleware that keeps the rules before anything else runs."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app = app
        self.access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer why not."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        headers, method, path = Headers(scope=scope), scope["method"], scope["path"]
        refusal = self._refusal(headers, method, path)
        if refusal is None:
            return await self.app(scope, receive, send)
        status, detail = refusal
        if status == 401 and method == "GET" and "text/html" in headers.get("accept", ""):
            return await RedirectResponse("/view/sign-in", 303)(scope, receive, send)
        challenge = {"WWW-Authenticate": 'Bearer realm="ceasewire"'} if status == 401 else None
        await problem_response(status, detail, path=path, headers=challenge)(scope, receive, send)
        return None

    def _refusal(self, headers: Headers, method: str, path: str) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if path not in PROBES and not self.access.knows_host(host):
            return 421, f"this server is not {host!r}; set CEASEWIRE_PUBLIC_URL to the address it is reached at"
        if self.access.needs_key(method, path) and not self.access.has_key(headers, time.time()):
            if not self.access.key:
                return 403, "nobody may write or see subscriptions here until CEASEWIRE_API_KEY is set"
            return 401, "send the key as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'"
        return None if method in SAFE_METHODS else _forged(headers, method)


def is_loopback(host: str) -> bool:
    """Is this name or address this machine and nothing else?"""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _forged(headers: Headers, method: str) -> tuple[int, str] | None:
    """A browser sends Origin and Sec-Fetch-Site with what a page makes it send; JSON it sends only after asking."""
    origin = headers.get("origin")
    if headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        return 403, "a page of another site may not write here"
    if origin is not None and urlsplit(origin).netloc != headers.get("host", ""):
        return 403, f"a page of {origin} may not write here"
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    if method in JSON_METHODS and kind != "application/json" and (kind or has_body):
        return 415, "write with Content-Type: application/json"
    return None


def _hosts(settings: Settings, public_host: str) -> frozenset[str]:
    if not public_host and not is_loopback(settings.host):
        return frozenset()  # reached by names that nobody told us; the key guards instead
    named = {_bracketed(host) for host in (public_host, settings.host) if host}
    return LOOPBACK_NAMES | named


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host.lower()


def _without_port(header: str) -> str:
    if header.startswith("["):
        return header.partition("]")[0].lower() + "]"
    return header.partition(":")[0].lower().rstrip(".")
