"""Fetching a source over HTTP with the manners of a good reader; whatever the other side does is an outcome."""

import math
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import httpx

from ceasewire import __version__
from ceasewire.errors import AddressRefused
from ceasewire.items import FailureKind, Fetched, FetchFailed, FetchOutcome, NotModified, SourceForPoll, SourceKind
from worker.adapters.decompress import ACCEPTED, BodyDamaged, BodyTooLarge, decompress
from worker.adapters.guard import GuardedTransport, connections_opened, deadline
from worker.adapters.politeness import acquire_within, host_of
from worker.adapters.room import NoRoom, Room
from worker.http_headers import as_sent, max_age_seconds, raw_header, retry_after_seconds
from worker.ports import HostBusy, HostGate

USER_AGENT = f"Ceasewire/{__version__} (conflict news monitor)"

_FEED_TYPES = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, text/html;q=0.3, */*;q=0.1"
)
_PAGE_TYPES = "text/html, application/xhtml+xml, */*;q=0.1"
_MAX_REASON = 500
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_KINDS = {
    401: FailureKind.REFUSED,
    403: FailureKind.REFUSED,
    404: FailureKind.MISSING,
    410: FailureKind.GONE,
    429: FailureKind.THROTTLED,
    451: FailureKind.REFUSED,
}
_PHRASES = {
    FailureKind.REFUSED: "the server refuses us",
    FailureKind.MISSING: "there is nothing at this address",
    FailureKind.GONE: "the server says that the source is gone for good",
    FailureKind.THROTTLED: "the server asks us to slow down",
    FailureKind.SERVER: "the server failed",
}


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Bounds of one exchange, all its redirects included. Sizes in bytes after decompression."""

    max_bytes: int = 10_000_000
    deadline_seconds: float = 30.0
    connect_seconds: float = 10.0
    read_seconds: float = 15.0  # between two pieces of the answer
    max_redirects: int = 5
    turn_seconds: float = 10.0  # how long to wait for the turn at a host that a redirect leads to


@dataclass(frozen=True, slots=True)
class _Answer:
    """A final answer, its body still unread."""

    response: httpx.Response
    permanent_url: str | None


class _Failure(Exception):
    """Ends an exchange; becomes FetchFailed."""

    def __init__(
        self, kind: FailureKind, reason: str, status: int | None = None, retry_after_seconds: int | None = None
    ) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.status = status
        self.retry_after_seconds = retry_after_seconds


class HttpFetcher:
    """Implements `worker.ports.Fetcher`; safe to share between threads. Close it when done.

    Sends validators back exactly as they came, no cookie, no referrer, and an honest User-Agent, which a source's
    option `user_agent` replaces. Whoever calls holds the turn at the source's own host (see `politeness`); where a
    redirect leads to another host, its turn is asked for here.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        user_agent: str = USER_AGENT,
        allow_networks: Iterable[str] = (),
        limits: FetchLimits | None = None,
        transport: httpx.BaseTransport | None = None,
        gate: HostGate | None = None,
    ) -> None:
        """`transport` replaces the guarded one; it must be guarded too. `gate` gives turns at redirects' hosts."""
        self._clock = clock
        self._gate = gate
        self._user_agent = user_agent
        self._limits = limits or FetchLimits()
        self._room = Room()
        # No httpx.Client: it keeps cookies, and stumbles over redirects to nowhere even if told not to follow them.
        self._transport = transport or GuardedTransport(allow_networks)

    def close(self) -> None:
        """Close the connections kept open."""
        self._transport.close()

    def fetch(self, source: SourceForPoll, *, full: bool = False) -> FetchOutcome:
        """One conditional GET with its redirects; `full` leaves the validators out. Never raises."""
        started = time.monotonic()
        try:
            with deadline(self._limits.deadline_seconds):
                return self._exchange(source, full, started)
        except _Failure as failure:
            return self._failed(failure, started)
        except AddressRefused as error:
            return self._failed(_Failure(FailureKind.BLOCKED, str(error)), started)
        except httpx.TimeoutException as error:
            return self._failed(self._timeout(error, started), started)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            reason = f"no answer: {str(error) or type(error).__name__}"
            return self._failed(_Failure(FailureKind.NETWORK, reason), started)

    def _exchange(self, source: SourceForPoll, full: bool, started: float) -> FetchOutcome:
        headers = self._headers(source, full)
        with ExitStack() as turns:  # given back after the body, as the one at the source's own host is
            answer = self._follow(source, headers, turns)
            try:
                return self._read(answer, source, conditional=not full, started=started)
            finally:
                _let_go(answer.response)

    def _headers(self, source: SourceForPoll, full: bool) -> list[tuple[bytes, bytes]]:
        accept = _FEED_TYPES if source.kind is SourceKind.FEED else _PAGE_TYPES
        headers = [
            (b"User-Agent", as_sent(str(source.options.get("user_agent", self._user_agent)))),
            (b"Accept", accept.encode()),
            (b"Accept-Encoding", ACCEPTED.encode()),
        ]
        # Both, where both are known: a server that knows ETags must ignore the date (RFC 9110 §13.1.3).
        if source.etag and not full:
            headers.append((b"If-None-Match", as_sent(source.etag)))
        if source.last_modified and not full:
            headers.append((b"If-Modified-Since", as_sent(source.last_modified)))
        return headers

    def _follow(self, source: SourceForPoll, headers: list[tuple[bytes, bytes]], turns: ExitStack) -> _Answer:
        url = httpx.URL(source.url)
        seen, hosts = {url}, {host_of(source.url)}
        all_permanent = True
        while True:
            response = self._send(url, headers)
            if response.status_code not in _REDIRECTS:
                moved = str(url) if all_permanent and len(seen) > 1 else None
                return _Answer(response, moved)
            _let_go(response)
            all_permanent = all_permanent and response.status_code in _PERMANENT
            url = _target(response)
            if url in seen:
                raise _Failure(FailureKind.BAD_REDIRECT, f"redirected in a circle, back to {url}", response.status_code)
            if len(seen) > self._limits.max_redirects:
                reason = f"redirected more than {self._limits.max_redirects} times"
                raise _Failure(FailureKind.BAD_REDIRECT, reason, response.status_code)
            seen.add(url)
            self._take_turn(source, str(url), hosts, turns)

    def _take_turn(self, source: SourceForPoll, url: str, hosts: set[str], turns: ExitStack) -> None:
        """Wait for the turn at the host of a redirect's target, unless it is ours already."""
        host = host_of(url)
        if self._gate is None or host in hosts:
            return
        lease = acquire_within(self._gate, replace(source, url=url), self._limits.turn_seconds)
        if isinstance(lease, HostBusy):
            reason = f"it leads to {host}, which answers other requests"
            raise _Failure(FailureKind.THROTTLED, reason, None, math.ceil(lease.wait_seconds))
        turns.callback(self._gate.release, lease)
        hosts.add(host)

    def _send(self, url: httpx.URL, headers: list[tuple[bytes, bytes]]) -> httpx.Response:
        if url.scheme not in {"http", "https"} or not url.host:
            raise _Failure(FailureKind.BLOCKED, f"{url}: only http and https addresses are fetched")
        timeout = httpx.Timeout(self._limits.read_seconds, connect=self._limits.connect_seconds)
        request = httpx.Request("GET", url, headers=headers, extensions={"timeout": timeout.as_dict()})
        with connections_opened() as opened:
            try:
                response = self._transport.handle_request(request)
            except (httpx.NetworkError, httpx.RemoteProtocolError, OSError):
                if opened:
                    raise
                response = self._transport.handle_request(request)  # the kept connection was given up meanwhile
        response.request = request
        return response

    def _read(self, answer: _Answer, source: SourceForPoll, *, conditional: bool, started: float) -> FetchOutcome:
        response, now = answer.response, self._clock()
        if response.status_code == 304 and conditional and (source.etag or source.last_modified):
            return NotModified(
                etag=raw_header(response.headers, "etag") or source.etag,
                last_modified=raw_header(response.headers, "last-modified") or source.last_modified,
                max_age_seconds=max_age_seconds(response.headers, now),
                fetched_at=now,
                seconds=time.monotonic() - started,
                permanent_url=answer.permanent_url,
            )
        _check_status(response, now)
        body = self._body(response)
        return Fetched(
            url=str(response.url),
            status=response.status_code,
            content_type=raw_header(response.headers, "content-type"),
            body=body,
            etag=raw_header(response.headers, "etag"),
            last_modified=raw_header(response.headers, "last-modified"),
            max_age_seconds=max_age_seconds(response.headers, now),
            permanent_url=answer.permanent_url,
            fetched_at=self._clock(),
            seconds=time.monotonic() - started,
        )

    def _body(self, response: httpx.Response) -> bytes:
        encoding = response.headers.get("content-encoding", "").lower()
        gather = partial(self._room.gather, large="br" in encoding)  # its window alone may be 16 MiB
        try:
            body = decompress(response.iter_raw(), encoding, self._limits.max_bytes, gather)
        except NoRoom:
            raise _Failure(FailureKind.TIMEOUT, "other large answers took too long", response.status_code) from None
        except BodyTooLarge:
            reason = f"the answer is larger than {self._limits.max_bytes:,} bytes"
            raise _Failure(FailureKind.TOO_LARGE, reason, response.status_code) from None
        except BodyDamaged as error:
            raise _Failure(FailureKind.MALFORMED, str(error), response.status_code) from error
        if not body.strip():
            raise _Failure(FailureKind.NOT_A_FEED, "the answer is empty", response.status_code)
        return body

    def _timeout(self, error: httpx.TimeoutException, started: float) -> _Failure:
        whole = time.monotonic() - started >= self._limits.deadline_seconds
        if whole:
            reason = f"no complete answer within {self._limits.deadline_seconds:g} s"
        elif isinstance(error, httpx.ConnectTimeout):
            reason = f"no connection within {self._limits.connect_seconds:g} s"
        else:
            reason = f"the server fell silent for {self._limits.read_seconds:g} s"
        return _Failure(FailureKind.TIMEOUT, reason)

    def _failed(self, failure: _Failure, started: float) -> FetchFailed:
        return FetchFailed(
            kind=failure.kind,
            reason=failure.reason[:_MAX_REASON],  # it may quote the server
            status=failure.status,
            retry_after_seconds=failure.retry_after_seconds,
            fetched_at=self._clock(),
            seconds=time.monotonic() - started,
        )


def _let_go(response: httpx.Response) -> None:
    """Close the answer. One that has no body is read to its end first: only then its connection is used again."""
    empty = response.status_code == 304 or response.headers.get("content-length") == "0"
    if empty and not response.is_stream_consumed:
        for _ in response.iter_raw():
            pass
    response.close()


def _target(response: httpx.Response) -> httpx.URL:
    location = response.headers.get("location", "").strip()
    if not location:
        raise _Failure(FailureKind.BAD_REDIRECT, "a redirect that says no target", response.status_code)
    try:
        target = response.url.join(location).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError) as error:
        reason = f"a redirect to no address: {location!r}"
        raise _Failure(FailureKind.BAD_REDIRECT, reason, response.status_code) from error
    if target.scheme not in {"http", "https"} or not target.host:
        raise _Failure(FailureKind.BAD_REDIRECT, f"a redirect to {target}, which is no web page", response.status_code)
    return target


def _check_status(response: httpx.Response, now: datetime) -> None:
    """Raise _Failure for anything but a whole answer."""
    status = response.status_code
    if 200 <= status < 300 and status != 206:  # a part was never asked for
        return
    wait = retry_after_seconds(response.headers, now)
    kind = _kind(status, wait)
    said = _PHRASES[kind] if status >= 400 else "an answer that nobody asked for"
    raise _Failure(kind, f"{said} ({status} {httpx.codes.get_reason_phrase(status)})", status, wait)


def _kind(status: int, retry_after: int | None) -> FailureKind:
    if status == 503 and retry_after is not None:
        return FailureKind.THROTTLED
    if 400 <= status < 500:
        return _KINDS.get(status, FailureKind.REFUSED)
    return FailureKind.SERVER
