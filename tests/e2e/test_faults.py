"""Faults under load on PostgreSQL and Redis: nothing lost, nothing doubled, news told again in half a minute."""

import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.world import World
from tests.support.databases import PostgresServer
from tests.support.faults import AFTER_DATABASE, RECOVERY, tell


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[PostgresServer]:
    """A server that may be restarted: nobody else's tests are on it."""
    server = PostgresServer()
    server.make_template()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, own_postgres: PostgresServer) -> Iterator[World]:
    with World(Path(tmp_path_factory.mktemp("faults")), own_postgres) as world:
        world.pour()
        world.account()
        yield world


AT_WORK = {
    "worker poll": "SELECT count(*) FROM source WHERE lease_until IS NOT NULL",
    "worker enrich": "SELECT count(*) FROM item WHERE enriched_at IS NULL",
    "worker translate": "SELECT count(*) FROM item WHERE translation_state = 'pending' AND lease_until IS NOT NULL",
    "worker alert": "SELECT count(*) FROM alert WHERE state = 'pending'",
    "worker beat": "SELECT 1",
}


def test_workers_killed_in_mid_task(world: World) -> None:
    for role, at_work in AT_WORK.items():
        world.pour(3)
        world.wait(partial(world.scalar, at_work), 30)
        world.kill(role)
        tell(f"{role} killed: news told after {world.recovers(RECOVERY):.1f} s")
    world.account()


@pytest.mark.faults
def test_redis_killed_and_emptied_under_load(world: World) -> None:
    world.pour()
    world.wait(partial(world.scalar, AT_WORK["worker enrich"]), 30)
    world.redis.client().flushall()
    world.redis.kill()
    world.pour()
    world.redis.start()
    world.redis.client().flushall()
    tell(f"Redis killed and emptied: news told after {world.recovers(RECOVERY):.1f} s")
    world.account()


def test_postgresql_restarted_under_load(world: World, own_postgres: PostgresServer) -> None:
    world.pour()
    world.wait(partial(world.scalar, AT_WORK["worker enrich"]), 30)
    own_postgres.crash()
    world.wire.publish(3)
    own_postgres.start()
    world.ring()
    tell(f"PostgreSQL crashed: news told {world.recovers(AFTER_DATABASE):.1f} s after it was back")
    world.account()


@pytest.mark.faults
@pytest.mark.parametrize("how", ["cut", "swallow"])
@pytest.mark.parametrize("server", ["feeds", "receiver", "redis", "database"])
def test_the_network_to_a_server_is_away_for_a_while(world: World, server: str, how: str) -> None:
    world.pour(3)
    world.wait(partial(world.scalar, AT_WORK["worker enrich"]), 30)
    world.networks[server].cut() if how == "cut" else world.networks[server].swallow()
    world.pour(3)
    time.sleep(3)  # of the fault itself
    world.networks[server].restore()
    limit = AFTER_DATABASE if server == "database" else RECOVERY
    tell(f"way to {server} {how}: news told {world.recovers(limit):.1f} s after it was open again")
    world.account()


@pytest.mark.faults
def test_stopped_in_mid_batch(world: World) -> None:
    world.pour()
    world.wait(partial(world.scalar, AT_WORK["worker translate"]), 30)
    assert world.stack.stop(signal.SIGTERM) == 0
    world.start()
    tell(f"stopped in mid-batch: news told {world.recovers(RECOVERY):.1f} s after it was started again")
    world.account()
