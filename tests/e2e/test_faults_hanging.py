"""Two hundred sources that take a connection and never answer, beside healthy ones: the healthy go on."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.e2e.world import World
from tests.support.databases import PostgresServer
from tests.support.faults import BUSY, tell

HANGING = 200
ONCE = 90.0 * BUSY  # seconds for the first turn, in which nobody knows yet which they are
THEN = 60.0 * BUSY
pytestmark = [pytest.mark.faults, pytest.mark.timeout(1200)]


@pytest.fixture
def black_hole() -> Iterator[int]:
    """A port on every loopback address where connections are taken by the system and by nobody else."""
    with socket.create_server(("0.0.0.0", 0), backlog=4_096) as server:
        yield int(server.getsockname()[1])


def test_healthy_sources_go_on(tmp_path: Path, postgres: PostgresServer, black_hole: int) -> None:
    rows = [
        f'  - {{id: hang-{n}, name: "Hang {n}", url: "http://127.0.1.{n}:{black_hole}/feed", kind: feed,'
        " publisher: wire, language: ru, country: RU, side: russia}"
        for n in range(1, HANGING + 1)
    ]
    with World(tmp_path, postgres, sources=4, more_sources=rows, allow="127.0.0.0/8") as world:
        started = time.monotonic()
        first = world.recovers(ONCE)
        world.wait(lambda: _asked(world) == HANGING, ONCE)
        turn = time.monotonic() - started
        _due_again(world)
        second = world.recovers(THEN)
        tell(
            f"{HANGING} hanging: news told after {first:.1f} s at first, {second:.1f} s then; all asked in {turn:.0f} s"
        )
        assert world.scalar("SELECT count(*) FROM source WHERE id LIKE 'hang-%' AND failure_weight = 0") == 0
        world.account()


def _asked(world: World) -> int:
    asked = "SELECT count(*) FROM source WHERE id LIKE 'hang-%' AND last_polled_at IS NOT NULL"
    return int(world.scalar(asked))


def _due_again(world: World) -> None:
    """A tenth of them at once, which is more than their growing pauses let come."""
    with world.store.write() as s:
        s.execute(text("UPDATE source SET next_poll_at = NULL WHERE id LIKE 'hang-%0'"))
