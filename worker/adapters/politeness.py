"""The manners towards a host: one request at a time and a gap between two, in one process or across all workers.

A poll asks the gate, and where the host is busy puts itself off rather than hold a thread. Nothing here reads the
wall clock: leases and gaps run out by a monotonic clock or by the server's own expiry, so a clock that jumps does
no harm. If Redis is emptied, no more than the gap in progress is forgotten.
"""

import logging
import math
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, cast
from urllib.parse import urlsplit

import redis

from ceasewire.errors import AddressRefused, BrokerUnavailable
from ceasewire.items import SourceForPoll
from worker.adapters.guard import Network, is_allowed, literal_address, parse_networks
from worker.ports import HostBusy, HostGate, HostLease

log = logging.getLogger(__name__)

GAP_SECONDS = 2.0
LEASE_SECONDS = 120.0  # beyond the longest exchange; a killed worker's host is free again after this
KEY_PREFIX = "ceasewire:host:"

_RESTING = "-"  # in place of a token: nobody holds the host, the gap runs
_EXEMPT = ""  # token of a lease on a host that needs no manners
_ASK_AGAIN_SECONDS = 0.1


def host_of(url: str) -> str:
    """The host of an address, as the key of its manners: lower case, without port and closing dot."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:  # e.g. an unclosed bracket; the fetcher says what is wrong with it
        return ""


class GapRules:
    """How long to leave a host alone after a request, by source.

    `gap_seconds` holds for everybody and a source's option `min_gap_seconds` may raise it. Hosts in the operator's own
    networks (`allow_networks`, `localhost`) get `own_gap_seconds`; 0 exempts them, from taking turns too.
    """

    def __init__(
        self, gap_seconds: float = GAP_SECONDS, own_gap_seconds: float = 0.0, allow_networks: Iterable[str] = ()
    ) -> None:
        self._gap = gap_seconds
        self._own_gap = own_gap_seconds
        self._own = parse_networks(allow_networks)

    def gap_for(self, source: SourceForPoll) -> float:
        """Seconds between the end of a request to the source's host and the start of the next."""
        gap = self._own_gap if _is_own(host_of(source.url), self._own) else self._gap
        return max(gap, float(source.options.get("min_gap_seconds", 0.0)))


def _is_own(host: str, networks: tuple[Network, ...]) -> bool:
    if host == "localhost":
        host = "127.0.0.1"
    try:
        address = literal_address(host)
    except AddressRefused:
        return False
    return address is not None and is_allowed(address, networks)


class LocalHostGate:
    """A gate for the threads of one process, as `ceasewire poll` without a broker needs it."""

    def __init__(
        self,
        rules: GapRules | None = None,
        *,
        lease_seconds: float = LEASE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rules = rules or GapRules()
        self._lease_seconds = lease_seconds
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._held: dict[str, tuple[str, float]] = {}  # host: (token or _RESTING, when it runs out)

    def try_acquire(self, source: SourceForPoll) -> HostLease | HostBusy:
        """See `HostGate`."""
        host, gap = host_of(source.url), self._rules.gap_for(source)
        if gap <= 0:
            return HostLease(host, _EXEMPT, 0.0)
        now = self._monotonic()
        with self._lock:
            self._forget(now)
            if host in self._held:
                holder, until = self._held[host]
                return HostBusy(host, until - now if holder == _RESTING else gap)
            token = secrets.token_hex(8)
            self._held[host] = (token, now + self._lease_seconds)
        return HostLease(host, token, gap)

    def release(self, lease: HostLease) -> None:
        """See `HostGate`. A lease that ran out meanwhile may be another's by now and is left alone."""
        now = self._monotonic()
        with self._lock:
            if self._held.get(lease.host, (_EXEMPT, 0.0))[0] == lease.token != _EXEMPT:
                self._held[lease.host] = (_RESTING, now + lease.gap_seconds)

    def _forget(self, now: float) -> None:
        self._held = {host: held for host, held in self._held.items() if held[1] > now}


# One key per host: its value is the holder's token, or _RESTING while the gap runs; its expiry ends either.
_ACQUIRE = """
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return {'', 0} end
return {redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1])}
"""
_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
"""


class RedisHostGate:
    """A gate for all workers that share a Redis. Asking raises BrokerUnavailable where it cannot be reached."""

    def __init__(
        self, client: redis.Redis, rules: GapRules | None = None, *, lease_seconds: float = LEASE_SECONDS
    ) -> None:
        self._rules = rules or GapRules()
        self._lease_ms = _milliseconds(lease_seconds)
        self._acquire = client.register_script(_ACQUIRE)
        self._release = client.register_script(_RELEASE)

    def try_acquire(self, source: SourceForPoll) -> HostLease | HostBusy:
        """See `HostGate`."""
        host, gap = host_of(source.url), self._rules.gap_for(source)
        if gap <= 0:
            return HostLease(host, _EXEMPT, 0.0)
        token = secrets.token_hex(8)
        holder, left_ms = self._run(self._acquire, host, token, self._lease_ms)
        if not holder:
            return HostLease(host, token, gap)
        resting = holder in (_RESTING, _RESTING.encode())
        return HostBusy(host, max(left_ms, 1) / 1000 if resting else gap)

    def release(self, lease: HostLease) -> None:
        """See `HostGate`. Never raises: a lease that cannot be given back now runs out by itself."""
        if lease.token == _EXEMPT:
            return
        try:
            self._run(self._release, lease.host, lease.token, _RESTING, _milliseconds(lease.gap_seconds))
        except BrokerUnavailable as error:
            log.warning("host %s stays reserved until its lease runs out: %s", lease.host, error)

    def _run(self, script: Any, host: str, *arguments: str | int) -> tuple[str | bytes, int]:
        try:
            return cast("tuple[str | bytes, int]", script(keys=[KEY_PREFIX + host], args=arguments))
        except redis.RedisError as error:
            raise BrokerUnavailable(f"cannot take turns at {host}: {error}", about="redis") from error


def _milliseconds(seconds: float) -> int:
    return max(1, math.ceil(seconds * 1000))


def acquire_within(
    gate: HostGate,
    source: SourceForPoll,
    patience_seconds: float,
    *,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> HostLease | HostBusy:
    """Ask until the host is free, for at most `patience_seconds`; HostBusy as soon as that cannot be in time."""
    ends = monotonic() + patience_seconds
    while True:
        answer = gate.try_acquire(source)
        if isinstance(answer, HostLease) or monotonic() + answer.wait_seconds > ends:
            return answer
        sleep(max(answer.wait_seconds, _ASK_AGAIN_SECONDS))


class PatientGate:
    """A gate that waits for a busy host, for a command whose user waits too. Workers put a poll off instead."""

    def __init__(self, gate: HostGate, patience_seconds: float) -> None:
        self._gate = gate
        self._patience = patience_seconds

    def try_acquire(self, source: SourceForPoll) -> HostLease | HostBusy:
        """As `acquire_within`."""
        return acquire_within(self._gate, source, self._patience)

    def release(self, lease: HostLease) -> None:
        """See `HostGate`."""
        self._gate.release(lease)
