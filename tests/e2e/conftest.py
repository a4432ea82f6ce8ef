"""Fixtures: a stack of one's own, and what an undisturbed one comes to; the page over a newsroom, in a browser."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.site import Site, launched, watched
from tests.e2e.stack import Stack, identities, settled_items

pytest.register_assert_rewrite("tests.e2e.world")  # it asserts as tests do


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    running = Stack(tmp_path / "data")
    yield running
    if running.running:
        running.kill()


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Counter[tuple[Any, ...]]:
    """What the sample comes to when nobody kills anything."""
    stack = Stack(tmp_path_factory.mktemp("undisturbed") / "data")
    stack.start()
    try:
        return identities(settled_items(stack))
    finally:
        stack.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as opened:
        yield opened


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("site")) as opened:
        yield opened


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    with watched(browser, site.url) as opened:
        yield opened
