"""Two processes that hold two topic models, on both databases: only the one that was told last tags again, once."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from api.app import create_app
from ceasewire.conflict.load import load_conflicts
from ceasewire.conflict.model import hashes_of
from ceasewire.settings import Settings
from ceasewire.store.audit import Now
from ceasewire.store.events import list_events
from ceasewire.store.in_force import OUTDATED, get_models_told, list_outdated, tell_models
from ceasewire.store.session import Store
from tests.support.store_data import NOW, add_items, add_source, draft
from tests.unit.conflicts import SMALL
from worker.cli import cli
from worker.configuration import reload_configuration
from worker.jobs.audit import run_audit
from worker.jobs.enrich import enrich_items
from worker.jobs.renew import renew_due
from worker.jobs.retag import retag_due
from worker.runtime import tell_start
from worker.wiring import Services

REPOSITORY = Path(__file__).parents[2]
PART = "worker-enrich"
TEXTS = ("Leftland and rightland: a raid in the green valley", "Shelling in the green valley")


class Container:
    """A worker's services with a config/ of its own and a clock that stands until it is moved."""

    def __init__(self, home: Path, store: Store, version: str, term: str) -> None:
        (home / "config" / "conflicts").mkdir(parents=True)
        for file in ("sources.yaml", "glossary.yaml"):
            shutil.copy(REPOSITORY / "config" / file, home / "config")
        self._file = home / "config" / "conflicts" / "small.yaml"
        self.edit(version, term)
        self.settings = Settings(home / "data", home / "config", database_url=store.name)
        self.services = Services(self.settings)
        self.services.__dict__["store"] = store
        self.now = NOW
        self.services.clock = lambda: self.now

    def edit(self, version: str, term: str) -> None:
        text = SMALL.replace('version: "1"', f'version: "{version}"').replace('["shell*"]', f'["shell*", "{term}"]')
        self._file.write_text(text, encoding="utf-8")

    def reload(self) -> None:
        """As on SIGHUP."""
        read = reload_configuration(self.services.store, self.settings, PART, self.services.clock)
        if read is not None:
            self.services.take_over(read)

    def retag(self) -> int:
        return retag_due(self.services.retagging())


@pytest.fixture
def old(tmp_path: Path, store: Store) -> Container:
    return Container(tmp_path / "old", store, "1", "siege*")


@pytest.fixture
def new(tmp_path: Path, store: Store) -> Container:
    return Container(tmp_path / "new", store, "2", "raid*")


@pytest.fixture
def ids(store: Store, old: Container) -> list[int]:
    """Two items, tagged by the old model."""
    ids = add_items(store, add_source(store), *(draft(f"url:{n}", title=text) for n, text in enumerate(TEXTS)))
    for item_id in ids:
        enrich_items(old.services.enriching(), [item_id])
    return ids


@pytest.fixture
def left_behind(old: Container, new: Container, ids: list[int]) -> Container:
    """The old one, two minutes after the new one was told."""
    old.reload()
    new.reload()
    old.now = new.now = NOW + timedelta(minutes=2)
    assert (old.retag(), new.retag()) == (0, len(ids))
    return old


def outdated(store: Store, now: datetime) -> list[str]:
    with store.read() as s:
        return list(list_outdated(s, now))


def told_events(store: Store) -> list[str]:
    with store.read() as s:
        return [event.message for event in list_events(s) if event.kind == OUTDATED]


def test_two_models_do_not_undo_each_others_tags(store: Store, old: Container, new: Container, ids: list[int]) -> None:
    old.reload()
    assert old.retag() == 0, "they are tagged by it"
    new.reload()
    assert [old.retag(), new.retag(), old.retag(), new.retag()] == [0, len(ids), 0, 0]
    accounts = run_audit(store, Now(NOW, hashes_of(new.services.conflicts.values())))
    assert not accounts.violations


def test_what_the_one_left_behind_tags_fresh_is_tagged_once_more(
    store: Store, left_behind: Container, new: Container
) -> None:
    [fresh] = add_items(store, add_source(store, "second"), draft("url:fresh", title=TEXTS[0]))
    enrich_items(left_behind.services.enriching(), [fresh])
    assert [left_behind.retag(), new.retag(), left_behind.retag(), new.retag()] == [0, 1, 0, 0]


def test_the_one_left_behind_translates_nothing_again(left_behind: Container, new: Container) -> None:
    left_behind.services.__dict__["translator"] = None  # it is not asked
    assert renew_due(left_behind.services.renewing()) == 0
    with left_behind.services.store.read() as s:
        assert "worker-translate" in list_outdated(s, left_behind.now)


def test_who_goes_back_is_in_force_again(old: Container, new: Container, ids: list[int]) -> None:
    new.reload()
    assert new.retag() == len(ids)
    old.reload()
    assert [new.retag(), old.retag(), new.retag(), old.retag()] == [0, len(ids), 0, 0]


def test_a_file_that_broke_leaves_its_part_behind(store: Store, old: Container, new: Container, ids: list[int]) -> None:
    new.reload()
    (old.settings.config_dir / "conflicts" / "small.yaml").write_text("broken: [")
    old.reload()
    assert [old.retag(), new.retag(), old.retag()] == [0, len(ids), 0]


def test_it_is_told_of_once_and_until_it_is_reloaded(store: Store, left_behind: Container, new: Container) -> None:
    left_behind.retag()
    [said] = told_events(store)
    assert "works by small 1" in said
    assert "was told small 2" in said
    assert outdated(store, left_behind.now) == [PART]
    left_behind.edit("2", "raid*")
    left_behind.reload()
    left_behind.now += timedelta(minutes=3)
    assert left_behind.retag() == 0
    assert outdated(store, left_behind.now) == []


def test_while_all_are_being_told_nobody_is_left_behind(
    store: Store, old: Container, new: Container, ids: list[int]
) -> None:
    new.reload()
    old.now += timedelta(seconds=30)
    assert old.retag() == 0
    assert outdated(store, old.now) == []
    assert told_events(store) == []


def test_a_start_puts_what_it_read_in_force(store: Store, old: Container, new: Container, ids: list[int]) -> None:
    old.reload()
    tell_start(PART, new.settings, "started", new.services.configuration)
    assert [old.retag(), new.retag()] == [0, len(ids)]


def test_telling_the_same_again_changes_nothing(store: Store, old: Container) -> None:
    old.reload()
    with store.write() as s:
        first = get_models_told(s)
        tell_models(s, hashes_of(old.services.conflicts.values()), "the same", NOW + timedelta(hours=1))
        assert get_models_told(s) == first


def test_everybody_who_is_asked_names_it(store: Store, old: Container, new: Container, ids: list[int]) -> None:
    earlier = datetime.now(UTC) - timedelta(minutes=5)
    with store.write() as s:
        tell_models(s, hashes_of(load_conflicts(new.settings.config_dir / "conflicts").values()), "small 2", earlier)
    old.now = datetime.now(UTC)
    old.retag()
    environment = new.settings.environment()
    said = {name: CliRunner().invoke(cli, [name], env=environment).output for name in ("doctor", "audit")}
    assert "worker-enrich works by small 1" in said["doctor"]
    assert "compose-reload" in said["doctor"]
    assert "models differ: 1 parts work by other topic models" in said["audit"]
    status = CliRunner().invoke(cli, ["status", "--once"], env=environment | {"COLUMNS": "200"}).output
    assert "worker-enrich works by small 1" in status
    with TestClient(create_app(new.settings), base_url="http://127.0.0.1") as client:
        config = client.get("/readyz").json()["checks"]["config"]
        assert config == "outdated: worker-enrich work by former topic models; send them SIGHUP"
        assert 'ceasewire_outdated{part="worker-enrich"} 1.0' in client.get("/metrics").text


def test_the_api_says_when_it_is_itself_left_behind(store: Store, old: Container) -> None:
    with TestClient(create_app(old.settings), base_url="http://127.0.0.1") as client:
        assert client.get("/readyz").json()["checks"]["config"] == "ok"
        with store.write() as s:
            tell_models(s, {"small": "f" * 64}, "small 3", datetime.now(UTC) - timedelta(minutes=5))
        assert "outdated: api" in client.get("/readyz").json()["checks"]["config"]


def test_doctor_says_that_files_were_edited_and_not_read(store: Store, old: Container, ids: list[int]) -> None:
    old.reload()
    old.edit("9", "raid*")
    said = CliRunner().invoke(cli, ["doctor"], env=old.settings.environment()).output
    assert "in config/ small 9" in said
    assert "the service works by small 1" in said
