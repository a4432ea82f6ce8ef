"""The address guard: connects to public addresses only, and to the very address that it checked.

A name is resolved here, every address that it resolves to must be public, and the connection goes to one of those: a
name that points elsewhere a moment later (DNS rebinding) gains nothing. Each connection is checked anew, so each
redirect is too. Whatever a feed or a user names passes through here; the operator's own networks are listed.
"""

import contextlib
import functools
import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import httpcore
import httpx

from ceasewire.errors import AddressRefused, ConfigError
from worker.adapters.connections import Connections

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolver = Callable[[str, int], Sequence[str]]

# What `is_global` of some Pythons lets through: 6to4 relays (RFC 7526), IETF protocols (RFC 6890), multicast (RFC 5771)
# and the reserved class E (RFC 1112).
_NOT_PUBLIC_4 = tuple(map(IPv4Network, ("192.88.99.0/24", "192.0.0.0/24", "224.0.0.0/4", "240.0.0.0/4")))
# IPv6 that is in use lies in 2000::/3 (RFC 4291 §2.4). Inside it: IETF protocols with Teredo and ORCHID (2001::/23),
# documentation (RFC 3849, RFC 9637), and 6to4, which carries any IPv4 address inside (RFC 7526).
_GLOBAL_UNICAST_6 = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))

_ODD_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)
_opened: ContextVar[list[str] | None] = ContextVar("opened", default=None)


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks from texts like `127.0.0.0/8`. Raises ConfigError that names the wrong one."""
    return tuple(_parse_network(text) for text in texts)


def _parse_network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as error:
        remedy = "write e.g. 127.0.0.0/8 or fd00::/8"
        raise ConfigError(f"{text!r} is no network: {error}", about="allow_networks", remedy=remedy) from None


def is_public(address: Address) -> bool:
    """Whether the address is one of the public internet, carrying no other inside (mapped, 6to4, NAT64, Teredo)."""
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in _NOT_PUBLIC_4)
    return address in _GLOBAL_UNICAST_6 and not any(address in network for network in _NOT_PUBLIC_6)


def is_allowed(address: Address, allow_networks: Sequence[Network]) -> bool:
    """Whether the operator listed the address."""
    return any(address in network for network in allow_networks if network.version == address.version)


def literal_address(host: str) -> Address | None:
    """The address that a host is written as, or None for a name.

    Raises:
        AddressRefused: a number in an odd form (`2130706433`, `0x7f.1`, `0177.0.0.1`, `127.1`), which only somebody
            who hides an address writes. A name whose last label is a number is none (WHATWG URL, "ends in a number").
    """
    with contextlib.suppress(ValueError):
        return ip_address(host.strip("[]"))
    if _ODD_NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        raise AddressRefused("an address in an odd form", about=host, remedy="write it as four decimal numbers")
    return None


def resolve(host: str, port: int) -> list[str]:
    """Every address of a name, by the system's resolver. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


class AddressGuard:
    """Says which addresses of a host may be connected to."""

    def __init__(self, allow_networks: Iterable[str] = (), *, resolver: Resolver = resolve) -> None:
        self._allowed = parse_networks(allow_networks)
        self._resolve = resolver

    def addresses(self, host: str, port: int, timeout: float | None = None) -> list[str]:
        """All addresses of `host`.

        Raises:
            AddressRefused: one of them is neither public nor listed; one bad address spoils the name.
            OSError: the name does not resolve; TimeoutError: not within `timeout` seconds.
        """
        literal = literal_address(host)
        found = [literal] if literal else [ip_address(text) for text in self._resolve_within(host, port, timeout)]
        for address in found:
            if not is_public(address) and not is_allowed(address, self._allowed):
                where = "" if literal else f" ({address})"
                remedy = "the operator can list its network in CEASEWIRE_ALLOW_NETWORKS"
                raise AddressRefused(f"not a public address{where}", about=host, remedy=remedy)
        return [str(address) for address in found]

    def _resolve_within(self, host: str, port: int, timeout: float | None) -> Sequence[str]:
        """Resolve in a thread of its own: the system's resolver knows no timeout."""
        answers: queue.SimpleQueue[Sequence[str] | Exception] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put(self._resolve(host, port))
            except Exception as error:
                answers.put(error)

        threading.Thread(target=ask, name=f"resolve {host}", daemon=True).start()
        try:
            answer = answers.get(timeout=timeout)
        except queue.Empty:
            raise TimeoutError(f"{host} did not resolve within {timeout:.0f} s") from None
        if isinstance(answer, Exception):
            raise answer
        return answer


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Within this block, connecting, TLS, headers and body together take no longer than `seconds`.

    A read timeout starts anew with every byte and never ends a slow drip; this does. Per thread or task.
    """
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


@contextlib.contextmanager
def connections_opened() -> Iterator[list[str]]:
    """The hosts that this thread connects to within the block: none, where a kept connection was used again."""
    opened: list[str] = []
    token = _opened.set(opened)
    try:
        yield opened
    finally:
        _opened.reset(token)


def _remaining(timeout: float | None, expired: type[Exception]) -> float | None:
    ends = _deadline.get()
    if ends is None:
        return timeout
    left = ends - time.monotonic()
    if left <= 0:
        raise expired("the deadline passed")
    return left if timeout is None else min(timeout, left)


class _DeadlineStream(httpcore.NetworkStream):
    """A connection whose every step ends by the deadline of the running exchange."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _remaining(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _remaining(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _remaining(timeout, httpcore.ConnectTimeout)
        return _DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class GuardedBackend(httpcore.NetworkBackend):
    """httpcore's way to the network, through the guard. Raises AddressRefused."""

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of the host that answers, all of them checked before."""
        if (opened := _opened.get()) is not None:
            opened.append(host)
        if not 0 < port < 65_536:
            raise httpcore.ConnectError(f"{host} has no port {port}")
        failure: httpcore.ConnectError | httpcore.ConnectTimeout = httpcore.ConnectError(f"{host} has no address")
        for address in self._addresses(host, port, _remaining(timeout, httpcore.ConnectTimeout)):
            left = _remaining(timeout, httpcore.ConnectTimeout)
            try:
                stream = self._backend.connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _DeadlineStream(stream)
        raise failure

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        """Refused: no address of the internet is a file."""
        raise AddressRefused("a socket file is not a public address", about=path)

    def _addresses(self, host: str, port: int, timeout: float | None) -> list[str]:
        try:
            return self._guard.addresses(host, port, timeout)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except (OSError, UnicodeError) as error:
            why = getattr(error, "strerror", None) or error
            raise httpcore.ConnectError(f"{host} does not resolve: {why}") from error


@functools.cache
def _public_authorities() -> ssl.SSLContext:
    """Certificates as httpx trusts them; one context for all transports, since reading them takes its time."""
    return httpx.create_ssl_context()


class GuardedTransport(httpx.HTTPTransport):
    """httpx's transport over connections that have no other way out than the guard; safe between threads."""

    def __init__(
        self,
        allow_networks: Iterable[str] = (),
        *,
        resolver: Resolver = resolve,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """`ssl_context` is for an operator's own certificates."""
        context = ssl_context or _public_authorities()
        guard = AddressGuard(allow_networks, resolver=resolver)
        super().__init__(verify=context, trust_env=False)
        # Idle beyond the gap between two requests, below the 5 s after which servers hang up.
        self._pool = Connections(
            ssl_context=context, network_backend=GuardedBackend(guard), most_idle=100, keepalive_expiry=4.0
        )


def guarded_client(allow_networks: Iterable[str] = (), timeout: httpx.Timeout | float = 15.0) -> httpx.Client:
    """An HTTP client, safe to share between threads, that connects to public or listed addresses only.

    It follows no redirect, keeps no cookie and obeys no proxy variable (a proxy would resolve names unguarded).
    A request to a refused address raises AddressRefused. `timeout` is per step: use `deadline` for the whole.
    """
    return httpx.Client(
        transport=GuardedTransport(allow_networks),
        timeout=timeout,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
        trust_env=False,
    )
