"""Faults inside the processes, every message sent twice all along: clocks that jump, a model that ends its process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.world import World
from tests.support.databases import PostgresServer
from tests.support.faults import RECOVERY, tell

POISON = "Отрава"  # as in tests/support/sabotage
HOUR = 3_600.0
pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> Iterator[World]:
    with World(Path(tmp_path_factory.mktemp("within")), postgres, sabotaged=True) as world:
        yield world


def test_every_message_is_delivered_twice(world: World) -> None:
    world.pour()
    world.account()
    world.pour(10)
    world.account()
    taken = len(world.receiver.received)
    assert taken == len(world.told()), "no message went out twice either"
    tell(f"every message twice: {len(world.wire.published)} entries, {taken} alerts, each once")


@pytest.mark.parametrize("seconds", [HOUR, -HOUR], ids=["ahead", "back"])
def test_the_clock_jumps_by_an_hour_and_is_set_right_again(world: World, seconds: float) -> None:
    world.pour(3)
    world.set_clock(seconds)
    world.pour(3)
    there = world.recovers(RECOVERY)
    world.pour(3)
    world.set_clock(0)
    back = world.recovers(RECOVERY)
    tell(f"clock {seconds:+.0f} s: news told after {there:.1f} s, set right again after {back:.1f} s")
    world.account()


def test_an_item_that_ends_its_translator_is_set_aside_and_the_rest_goes_on(world: World) -> None:
    address = world.wire.publish_text("wire-0", f"{POISON} сегодня утром", "Сообщение из города, третье за день.")
    world.set_aside.add(address)
    world.pour(3)
    world.account()
    events = world.scalar("SELECT count(*) FROM event WHERE kind = 'item_set_aside'")
    assert events == 1, "shown once, and no other item"
    assert world.scalar("SELECT count(*) FROM item WHERE failed_reason IS NOT NULL") == 1
    tell(f"a text that ends its translator: other news told after {world.recovers(RECOVERY):.1f} s")
