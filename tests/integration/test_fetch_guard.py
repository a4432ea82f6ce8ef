"""The address guard: 127.0.0.1 stands for every address that a feed must not reach."""

import ssl
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest

from ceasewire.errors import AddressRefused, ConfigError
from ceasewire.items import FailureKind, Fetched, FetchFailed, FetchOutcome, SourceForPoll, SourceKind
from tests.support.certificates import make_certificate
from tests.support.feedserver import FeedServer, Reply, redirect
from worker.adapters.guard import AddressGuard, GuardedTransport, Resolver, guarded_client, is_public, parse_networks
from worker.adapters.http import FetchLimits, HttpFetcher

RSS = b"<rss/>"
LOOPBACK = ["127.0.0.0/8"]


def source_at(url: str) -> SourceForPoll:
    return SourceForPoll("gazette", "Gazette", url, SourceKind.FEED, None, None, False, {}, None, None, None)


def resolves_to(*answers: list[str]) -> Resolver:
    """A resolver that gives these answers in turn; the last one stays."""
    left = list(answers)

    def resolver(host: str, port: int) -> Sequence[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolver


def make_fetcher(transport: GuardedTransport, seconds: float = 10) -> HttpFetcher:
    limits = FetchLimits(deadline_seconds=seconds)
    return HttpFetcher(clock=lambda: datetime.now(UTC), transport=transport, limits=limits)


def blocked(outcome: FetchOutcome) -> bool:
    return isinstance(outcome, FetchFailed) and outcome.kind is FailureKind.BLOCKED


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        running.on("/feed", Reply(body=RSS))
        yield running


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tls") / "gazette.pem"
    path.write_bytes(make_certificate("gazette.example"))
    return path


class TestAddresses:
    """Which addresses are public."""

    @pytest.mark.parametrize(
        "address", ["8.8.8.8", "95.173.136.70", "185.30.20.1", "2a00:1450:4001:830::200e", "2606:4700::6810:84e5"]
    )
    def test_public(self, address: str) -> None:
        assert is_public(ip_address(address))

    @pytest.mark.parametrize(
        "address",
        [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",  # carrier-grade NAT
            "127.0.0.1",
            "169.254.169.254",  # link-local, where clouds keep their secrets
            "172.16.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",  # 6to4 relays
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",  # IPv4-compatible
            "::ffff:127.0.0.1",  # IPv4-mapped
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",  # NAT64
            "64:ff9b:1::1",
            "100::1",  # discard
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",  # Teredo
            "2001:db8::1",
            "2002:7f00:1::",  # 6to4 of 127.0.0.1
            "3fff::1",
            "fc00::1",
            "fe80::1",
            "fe80::1%eth0",
            "fec0::1",
            "ff02::1",
        ],
    )
    def test_not_public(self, address: str) -> None:
        assert not is_public(ip_address(address))


class TestHosts:
    """Which hosts an address guard lets pass."""

    @pytest.mark.parametrize(
        "host",
        [
            "2130706433",
            "0x7f000001",
            "017700000001",
            "0x7f.0.0.1",
            "0177.0.0.1",
            "127.1",
            "127.0.0.1.",
            "1.2.3.4.5",
            "8.8.2056",  # public, and hidden all the same
        ],
    )
    def test_odd_forms_are_refused_unresolved(self, host: str) -> None:
        def never(host: str, port: int) -> Sequence[str]:
            raise AssertionError("resolved")

        with pytest.raises(AddressRefused, match="odd form"):
            AddressGuard(LOOPBACK, resolver=never).addresses(host, 80)

    def test_one_bad_address_spoils_a_name(self) -> None:
        guard = AddressGuard(resolver=resolves_to(["8.8.8.8", "10.0.0.1"]))
        with pytest.raises(AddressRefused, match=r"mixed\.example: not a public address \(10\.0\.0\.1\)"):
            guard.addresses("mixed.example", 443)

    def test_a_listed_network_passes_and_no_other(self) -> None:
        guard = AddressGuard(["10.0.0.0/24"], resolver=resolves_to(["10.0.0.7"], ["10.0.1.7"]))
        assert guard.addresses("inner.example", 80) == ["10.0.0.7"]
        with pytest.raises(AddressRefused):
            guard.addresses("inner.example", 80)

    def test_a_wrong_network_is_named(self) -> None:
        with pytest.raises(ConfigError, match=r"allow_networks: '127\.0\.0\.1/8' is no network"):
            parse_networks(["127.0.0.1/8"])


class TestFetching:
    """The guard in the fetcher: nothing reaches the server."""

    def test_an_inner_address_is_blocked(self, server: FeedServer) -> None:
        outcome = make_fetcher(GuardedTransport()).fetch(source_at(server.url()))
        assert blocked(outcome)
        assert server.requests == []

    @pytest.mark.parametrize("host", ["localhost", "[::1]", "[::ffff:127.0.0.1]", "127.1", "2130706433", "0x7f000001"])
    def test_however_it_is_written(self, server: FeedServer, host: str) -> None:
        assert blocked(make_fetcher(GuardedTransport()).fetch(source_at(server.url(host=host))))
        assert server.requests == []

    def test_a_redirect_is_checked_anew(self, server: FeedServer) -> None:
        """127.0.0.1 is listed here; the redirect leads to another address of the same machine, which is not."""
        server.on("/old", redirect(server.url(host="127.0.0.2")))
        outcome = make_fetcher(GuardedTransport(["127.0.0.1/32"])).fetch(source_at(server.url("/old")))
        assert blocked(outcome)
        assert [request.path for request in server.requests] == ["/old"]

    def test_a_name_that_turns_is_caught(self, server: FeedServer) -> None:
        """Rebinding: the connection goes to the address checked, and each connection is checked."""
        turning = resolves_to(["127.0.0.1"], ["127.0.0.2"])
        transport = GuardedTransport(["127.0.0.1/32"], resolver=turning)
        server.on("/feed", Reply(body=RSS, headers={"Connection": "close"}))
        fetcher = make_fetcher(transport)
        assert isinstance(fetcher.fetch(source_at(server.url(host="turning.example"))), Fetched)
        assert blocked(fetcher.fetch(source_at(server.url(host="turning.example"))))
        assert server.requests[0].headers["host"] == f"turning.example:{server.port}"
        assert len(server.requests) == 1

    def test_the_second_address_is_tried_where_the_first_is_dead(self, server: FeedServer) -> None:
        transport = GuardedTransport(LOOPBACK, resolver=resolves_to(["127.0.0.9", "127.0.0.1"]))
        assert isinstance(make_fetcher(transport).fetch(source_at(server.url(host="two.example"))), Fetched)

    def test_a_resolver_that_hangs_ends_by_the_deadline(self) -> None:
        never = threading.Event()

        def hang(host: str, port: int) -> Sequence[str]:
            never.wait()
            return []

        outcome = make_fetcher(GuardedTransport(resolver=hang), 0.2).fetch(source_at("http://slow.example/"))
        never.set()
        assert isinstance(outcome, FetchFailed)
        assert outcome.kind is FailureKind.TIMEOUT

    def test_proxy_variables_are_no_way_around(self, server: FeedServer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTP_PROXY", server.url(""))
        monkeypatch.setenv("ALL_PROXY", server.url(""))
        assert blocked(make_fetcher(GuardedTransport()).fetch(source_at("http://10.0.0.1/")))
        with guarded_client() as client, pytest.raises(AddressRefused):
            client.get("http://10.0.0.1/")
        assert server.requests == []


class TestClient:
    """The client that webhooks are sent with."""

    def test_it_refuses_inner_addresses(self, server: FeedServer) -> None:
        with guarded_client() as client, pytest.raises(AddressRefused, match=r"127\.0\.0\.1: not a public address"):
            client.post(server.url("/hook"), json={})
        assert server.requests == []

    def test_it_posts_follows_no_redirect_and_keeps_no_cookie(self, server: FeedServer) -> None:
        moved = Reply(status=302, headers={"Location": "/elsewhere", "Set-Cookie": "id=1; Path=/"})
        server.on("/hook", moved)
        with guarded_client(LOOPBACK) as client:
            answers = [client.post(server.url("/hook"), content=b"{}") for _ in range(2)]
        assert [answer.status_code for answer in answers] == [302, 302]
        assert [request.body for request in server.requests] == [b"{}", b"{}"]
        assert all("cookie" not in request.headers for request in server.requests)


class TestTls:
    """The connection goes to a checked address, the certificate must be the name's."""

    @pytest.fixture
    def tls_server(self, certificate: Path) -> Iterator[FeedServer]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        with FeedServer(context) as running:
            running.on("/feed", Reply(body=RSS))
            yield running

    def fetch(self, url: str, trusted: Path | None) -> FetchOutcome:
        context = ssl.create_default_context(cafile=trusted)
        transport = GuardedTransport(LOOPBACK, resolver=resolves_to(["127.0.0.1"]), ssl_context=context)
        return make_fetcher(transport).fetch(source_at(url))

    def test_the_right_name_passes(self, tls_server: FeedServer, certificate: Path) -> None:
        assert isinstance(self.fetch(tls_server.url(host="gazette.example"), certificate), Fetched)

    def test_another_name_fails(self, tls_server: FeedServer, certificate: Path) -> None:
        outcome = self.fetch(tls_server.url(host="other.example"), certificate)
        assert isinstance(outcome, FetchFailed)
        assert outcome.kind is FailureKind.NETWORK
        assert "certificate" in outcome.reason

    def test_an_unknown_signer_fails(self, tls_server: FeedServer) -> None:
        outcome = self.fetch(tls_server.url(host="gazette.example"), None)
        assert isinstance(outcome, FetchFailed)
        assert "certificate" in outcome.reason


def test_httpx_has_the_pool_that_the_guard_replaces() -> None:
    """The guard sits in an attribute that httpx does not promise: a release that renames it must fail here."""
    assert hasattr(httpx.HTTPTransport(verify=ssl.create_default_context()), "_pool")
