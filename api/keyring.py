"""Whose key is it? The operator's, from the settings, or one of the store's; and the sessions that stand for one."""

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from ceasewire.items import Scope
from ceasewire.store.keys import ApiKeyView, hash_key

SESSION_SECONDS = 7 * 24 * 3600
BELIEVED_SECONDS = 10.0  # a revoked key works for so much longer at most
OPERATOR = 0  # the id of the settings' key; the store's begin at 1


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `per_minute` None: as the setting says."""

    id: int
    name: str
    scope: Scope
    per_minute: int | None
    sha256: str


class Keyring:
    """Keys by their hashes. `load` reads the store's open keys and may block; `sign` is a keyed hash of a text."""

    def __init__(self, operator_key: str, load: Callable[[], Sequence[ApiKeyView]], sign: Callable[[str], str]) -> None:
        operator = Caller(OPERATOR, "operator", Scope.ADMIN, None, hash_key(operator_key))
        self._own = {operator.sha256: operator} if operator_key else {}
        self._load = load
        self._sign = sign
        self._lock = Lock()
        self._stored: Mapping[str, Caller] = {}
        self._loaded_at = -BELIEVED_SECONDS

    def caller(self, key: str, now: float) -> Caller | None:
        """The holder of a key; None for a wrong or revoked one. It is looked up by its hash: timing tells nothing."""
        sha256 = hash_key(key)
        return self._own.get(sha256) or self._open_keys(now).get(sha256)

    def is_empty(self, now: float) -> bool:
        """Is there no key at all?"""
        return not (self._own or self._open_keys(now))

    def make_session(self, caller: Caller, now: float) -> str:
        """A cookie value that stands for the caller's key for a week, and does not contain it."""
        expires = str(int(now) + SESSION_SECONDS)
        return f"{expires}.{caller.id}.{self._seal(caller, expires)}"

    def caller_of_session(self, cookie: str, now: float) -> Caller | None:
        """Whose session it is; None for one that is forged or expired, or whose key is no longer valid."""
        expires, _, rest = cookie.partition(".")
        id_, _, seal = rest.partition(".")
        if not (expires.isdecimal() and expires.isascii() and len(expires) < 16 and int(expires) > now):
            return None
        for caller in (*self._own.values(), *self._open_keys(now).values()):
            if str(caller.id) == id_ and hmac.compare_digest(seal.encode(), self._seal(caller, expires).encode()):
                return caller
        return None

    def _seal(self, caller: Caller, expires: str) -> str:
        return self._sign(f"session {expires} {caller.sha256}")

    def _open_keys(self, now: float) -> Mapping[str, Caller]:
        with self._lock:
            if now - self._loaded_at >= BELIEVED_SECONDS:
                self._stored = {
                    one.sha256: Caller(one.id, one.name, one.scope, one.per_minute, one.sha256) for one in self._load()
                }
                self._loaded_at = now
            return self._stored
