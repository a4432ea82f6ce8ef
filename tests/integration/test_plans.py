"""No read of API or page tries all items, nor all of what hangs on them: SQLite's own plan of each statement says so.

Without statistics its planner goes by the indexes alone, so that a few items tell what a million would meet.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from tests.support.newsroom import newsroom

LARGE = "item|tag|assessment|translation|sighting|item_key|alert|poll"
WITHOUT_INDEX = re.compile(rf"(?:SCAN|SEARCH) (?:{LARGE})(?:$| (?!.*USING))")
READS = (
    "/",
    "/?topic=talks_mediation",
    "/?q=talks",
    "/?cursor=MjAyMS0wMS0xMVQxNTowMDowMCswMDowMCAx",
    "/items?language=hy&verdict=relevant&since=7d",
    "/items?actor=russia&place=shusha&side=armenia&score=2",
    "/items?platform=x",
    "/items?q=talks+-karabakh&state=unavailable&country=AM",
    "/items?source=plain-wire&story=1&vanished=true",
    "/items.csv?conflict=karabakh",
    "/items/2",
    "/stories/1",
    *(f"/stats?by={by}&since=2021-01-01&until=2021-02-01" for by in ("topic", "verdict", "source", "side")),
    *(f"/{what}" for what in ("topics", "actors", "places", "sources", "alerts", "events", "subscriptions")),
    *(f"/view/{what}" for what in ("timeline", "sides", "sources", "subscriptions", "model", "progress")),
    "/view/sides?story=1",
    "/readyz",
    "/metrics",
)


@contextmanager
def told() -> Iterator[list[tuple[str, Any]]]:
    """Statements and their parameters, as they go to the database."""
    statements: list[tuple[str, Any]] = []

    def hear(*given: Any) -> None:
        statements.append((given[2], given[3]))

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


def test_no_read_tries_all_items(tmp_path: Path) -> None:
    with newsroom(tmp_path) as (client, _), sqlite3.connect(tmp_path / "ceasewire.sqlite3") as database:
        wrong = [
            (path, step, statement)
            for path in READS
            for statement, step in steps(database, asked(client, path))
            if WITHOUT_INDEX.match(step)
        ]
    assert wrong == []


def asked(client: Any, path: str) -> list[tuple[str, Any]]:
    with told() as statements:
        assert client.get(path).status_code in {200, 404}, path
    return [(statement, given) for statement, given in statements if statement.lstrip().startswith(("SELECT", "WITH"))]


def steps(database: sqlite3.Connection, statements: list[tuple[str, Any]]) -> Iterator[tuple[str, str]]:
    """Each statement with each step of its plan."""
    for statement, given in statements:
        for *_, step in database.execute(f"EXPLAIN QUERY PLAN {statement}", given):
            yield statement, step


@pytest.mark.parametrize("step", ["SCAN item", "SEARCH item", "SCAN tag VIRTUAL"])
def test_such_a_step_is_seen(step: str) -> None:
    assert WITHOUT_INDEX.match(step)
    assert not WITHOUT_INDEX.match("SEARCH item USING INDEX ix_item_recent (published_at>?)")
