"""`ceasewire topics diff` and `topics status` on a store, as a user runs them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ceasewire.conflict.load import load_conflict
from ceasewire.items import Language
from ceasewire.pipeline.tag import tag_item
from ceasewire.store import retag
from ceasewire.store.session import Store
from tests.support.store_data import add_items, add_source, draft, save_enriched
from tests.unit.conflicts import SMALL, small
from worker.commands.topics import command
from worker.jobs.retag import Retagging, retag_due

CHANGED = SMALL.replace('version: "1"', 'version: "2"').replace('["shell*"]', '["raid*"]')
TEXTS = ("Leftland and rightland: a raid in the green valley", "Shelling in the green valley", "The library has opened")
AGES = (timedelta(days=1), timedelta(days=2), timedelta(days=90))
NOW = datetime.now(UTC)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: Store) -> Path:
    """A configuration with the small conflict, and three items that it has tagged, the last of them long ago."""
    conflicts = tmp_path / "config" / "conflicts"
    conflicts.mkdir(parents=True)
    (conflicts / "small.yaml").write_text(SMALL, encoding="utf-8")
    monkeypatch.setenv("CEASEWIRE_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("CEASEWIRE_DATABASE_URL", store._url.render_as_string(hide_password=False))
    drafts = [
        draft(f"url:{n}", title=text, published_at=NOW - age)
        for n, (text, age) in enumerate(zip(TEXTS, AGES, strict=True))
    ]
    for item_id, text in zip(add_items(store, add_source(store), *drafts), TEXTS, strict=True):
        tagging = tag_item(small(), title=text, text="", language="en", published_at=NOW)
        with store.write() as s:
            save_enriched(s, item_id, Language("en", 0.9, "script"), [tagging], NOW)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments), catch_exceptions=False)


def changed_file(config: Path) -> str:
    file = config / "changed.yaml"
    file.write_text(CHANGED, encoding="utf-8")
    return str(file)


def test_nothing_would_change(config: Path) -> None:
    result = run("diff")
    assert result.exit_code == 0
    assert "small 1: 0 of 2 items published since" in result.output


def test_gained_and_lost_are_counted_with_examples(config: Path) -> None:
    result = run("diff", changed_file(config))
    assert result.exit_code == 1
    assert "small 2: 2 of 2 items" in result.output
    [counts] = [line for line in result.output.splitlines() if line.endswith("topic shelling")]
    assert counts.split() == ["+1", "-1", "topic", "shelling"]
    assert f"+shelling {TEXTS[0]}" in result.output
    assert f"-shelling {TEXTS[1]}" in result.output


def test_all_items_and_as_many_examples_as_wanted(config: Path) -> None:
    result = run("diff", changed_file(config), "--all", "--examples", "1")
    assert "2 of 3 items in the store" in result.output
    assert TEXTS[0] in result.output
    assert TEXTS[1] not in result.output


def test_the_store_is_left_as_it_is(config: Path, store: Store) -> None:
    run("diff", changed_file(config), "--all")
    with store.read() as s:
        assert [(one.version, one.items) for one in retag.list_model_counts(s)] == [("1", 3)]


def test_a_conflict_that_was_never_loaded_is_all_gain(config: Path) -> None:
    file = config / "other.yaml"
    file.write_text(SMALL.replace("id: small", "id: other"), encoding="utf-8")
    result = run("diff", str(file))
    assert result.exit_code == 1
    assert "no → relevant" in result.output
    assert " -1 " not in result.output


def test_many_items_are_read_in_batches(config: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ceasewire.store.comparison.BATCH", 1)
    assert "2 of 3 items" in run("diff", changed_file(config), "--all").output


def test_status_says_what_is_outdated_and_how_much_is_due(config: Path, store: Store) -> None:
    assert "0 items to be tagged again" in run("status").output
    (config / "config" / "conflicts" / "small.yaml").write_text(CHANGED, encoding="utf-8")
    before = run("status").output
    assert "outdated" in before
    assert "3 items to be tagged again" in before
    conflict = load_conflict(config / "config" / "conflicts" / "small.yaml")
    retag_due(Retagging(store, {"small": conflict}, lambda: NOW))
    after = run("status").output
    assert "current" in after
    assert "outdated" not in after
