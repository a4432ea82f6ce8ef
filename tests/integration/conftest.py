"""Fixtures for the integration tests: the project's topic models, and a room of alerts on a newsroom's items."""

from collections.abc import Mapping

import pytest

from ceasewire.conflict.load import load_conflicts
from ceasewire.conflict.model import Conflict
from ceasewire.secrets import SecretBox
from ceasewire.store.session import Store
from tests.support.alertroom import AlertRoom
from tests.support.newsroom import CONFIG, fill


@pytest.fixture(scope="session")
def conflicts() -> Mapping[str, Conflict]:
    return load_conflicts(CONFIG / "conflicts")


@pytest.fixture(scope="session")
def conflict(conflicts: Mapping[str, Conflict]) -> Conflict:
    return conflicts["karabakh"]


@pytest.fixture
def ids(store: Store, conflict: Conflict) -> Mapping[str, int]:
    """The newsroom's items by their keys."""
    return fill(store, conflict)


@pytest.fixture
def room(store: Store, ids: Mapping[str, int]) -> AlertRoom:
    """`ids` are in its store."""
    return AlertRoom(store, SecretBox("a key for the tests only"))
