"""The same job on servers of one's own: PostgreSQL and Redis, with Redis emptied and restarted on the way."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.stack import Stack, assert_kremlin_post, identities, settled_items
from tests.support.redisserver import RedisServer


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    with RedisServer(tmp_path) as server:
        yield server


@pytest.fixture
def served_stack(tmp_path: Path, postgres_url: str, redis_server: RedisServer) -> Iterator[Stack]:
    servers = {
        "CEASEWIRE_DATABASE_URL": postgres_url.replace("postgresql+psycopg://", "postgresql://"),
        "CEASEWIRE_REDIS_URL": redis_server.url,
    }
    stack = Stack(tmp_path / "data", servers)
    yield stack
    if stack.running:
        stack.kill()


def test_postgresql_and_redis_instead_of_the_embedded_ones(served_stack: Stack, tmp_path: Path) -> None:
    served_stack.start()
    items = settled_items(served_stack)
    assert_kremlin_post(served_stack, items)
    assert "PostgreSQL" in served_stack.output.read_text()
    assert not list(tmp_path.rglob("*.sqlite3")), "nothing is stored beside the database"
    assert served_stack.stop() == 0


def test_emptying_and_restarting_redis_costs_delay_and_no_data(
    served_stack: Stack, redis_server: RedisServer, undisturbed: Counter[tuple[Any, ...]]
) -> None:
    served_stack.start()
    served_stack.wait_for(lambda: served_stack.all_items())
    redis_server.client().flushall()
    redis_server.kill()
    redis_server.start()
    redis_server.client().flushall()
    assert identities(settled_items(served_stack)) == undisturbed
    assert served_stack.stop() == 0
