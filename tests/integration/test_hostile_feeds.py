"""Some hundred broken, hostile and endless feeds through fetch and read; `make fuzz` runs ten thousand."""

from pathlib import Path

from ceasewire.store.session import Store
from tests.benchmarks.fuzz_feeds import Fuzz
from tests.support.hostile import COMMON, HEAVY, HostileServer


def test_each_ends_as_an_outcome_and_the_next_source_is_read(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    store.upgrade()
    with HostileServer() as server:
        fuzz = Fuzz(store, server.url(""))
        outcomes = [fuzz.hostile(number) for number in range(1, 120)]
        heavy = [fuzz.hostile(100 * number) for number in range(len(HEAVY)) if number not in (2, 3)]  # they take 2 s
        assert fuzz.poll("healthy") == "read"
    store.dispose()
    assert len(outcomes) == 119 >= len(COMMON)
    assert "read" in outcomes
    assert len(set(outcomes)) > 8
    assert any("larger than" in said for said in heavy)
    assert any("in a circle" in said for said in heavy)
