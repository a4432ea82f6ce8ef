"""config/ read again: taken over when it is sound, told of and left alone when it is broken."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.reload import reload_catalogue
from ceasewire.conflict.load import load_conflicts
from ceasewire.errors import ConfigError
from ceasewire.settings import Settings
from ceasewire.store.events import list_events
from ceasewire.store.reloads import list_broken, note_broken, note_read, note_started
from ceasewire.store.session import Store
from ceasewire.store.sources import list_sources
from tests.unit.conflicts import SMALL
from worker import configuration
from worker.configuration import Handover, read_configuration, reload_configuration, unpack_configuration

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
REPOSITORY = Path(__file__).parents[2]
PART = "worker-enrich"
MODEL = "conflicts/small.yaml"


@pytest.fixture
def settings(store: Store, tmp_path: Path) -> Settings:
    config = tmp_path / "config"
    (config / "conflicts").mkdir(parents=True)
    (config / "conflicts" / "small.yaml").write_text(SMALL, encoding="utf-8")
    for file in ("sources.yaml", "glossary.yaml"):
        shutil.copy(REPOSITORY / "config" / file, config)
    return Settings(tmp_path / "data", config, database_url=store.name)


def edit(settings: Settings, file: str, old: str, new: str) -> None:
    path = settings.config_dir / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def reload(store: Store, settings: Settings) -> object:
    return reload_configuration(store, settings, PART, lambda: NOW)


def events(store: Store) -> list[tuple[str, str]]:
    with store.read() as s:
        return [(event.kind, event.about) for event in reversed(list_events(s))]


def test_changed_files_are_taken_over_with_their_sources(store: Store, settings: Settings) -> None:
    edit(settings, MODEL, 'version: "1"', 'version: "2"')
    after = reload_configuration(store, settings, PART, lambda: NOW)
    assert after is not None
    assert after.conflicts["small"].version == "2"
    assert events(store) == [("config_read", PART)]
    with store.read() as s:
        assert len(list_sources(s)) > 10


@pytest.mark.parametrize(
    ("file", "said"),
    [(MODEL, "not valid YAML"), ("glossary.yaml", "not valid YAML"), ("sources.yaml", "not valid")],
)
def test_a_broken_file_changes_nothing_and_is_told_once(
    store: Store, settings: Settings, file: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = settings.config_dir / file
    sound = path.read_text(encoding="utf-8")
    path.write_text(sound + "\nbroken: [\n", encoding="utf-8")
    assert reload(store, settings) is None
    assert reload(store, settings) is None
    with store.read() as s:
        assert said in list_broken(s)[PART]
        assert file in list_broken(s)[PART]
        assert not list_sources(s), "nothing of the other files either"
    assert events(store) == [("config_broken", PART)]
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"], "the log tells each time"

    path.write_text(sound, encoding="utf-8")
    assert reload(store, settings) is not None
    with store.read() as s:
        assert not list_broken(s)


def test_sources_are_not_taken_over_beside_broken_subscriptions(store: Store, settings: Settings) -> None:
    (settings.config_dir / "subscriptions.yaml").write_text("subscriptions: [{id: x}]\n")
    assert reload(store, settings) is None
    with store.read() as s:
        assert not list_sources(s)


def test_a_start_is_told_only_where_it_mends_something(store: Store) -> None:
    with store.write() as s:
        note_started(s, "api", "started", NOW)
        note_broken(s, "api", "line 3", NOW)
        note_broken(s, "worker-poll", "line 3", NOW)
        note_started(s, "api", "started", NOW)
        note_read(s, "worker-alert", "read", NOW)
    assert events(store) == [
        ("config_broken", "api"),
        ("config_broken", "worker-poll"),
        ("config_read", "api"),
        ("config_read", "worker-alert"),
    ]
    with store.read() as s:
        assert list_broken(s) == {"worker-poll": "line 3"}


def test_a_child_reads_what_its_parent_took_over_though_the_file_on_disk_broke_since(settings: Settings) -> None:
    handover = Handover()
    told, telling = os.pipe()
    go, going = os.pipe()
    if (child := os.fork()) == 0:
        os.read(go, 1)
        number, files = handover.last()
        os.write(telling, f"{number} {unpack_configuration(files).conflicts['small'].version}".encode())
        os._exit(0)
    for version in ("2", "3"):
        edit(settings, MODEL, "version: ", f'version: "{version}" # ')
        handover.hand_over(read_configuration(settings.config_dir).files)
    (settings.config_dir / MODEL).write_text("broken: [")
    os.write(going, b"x")
    assert os.read(told, 20) == b"2 3"
    os.waitpid(child, 0)


def test_what_is_unpacked_is_what_was_read(settings: Settings) -> None:
    read = read_configuration(settings.config_dir)
    assert str(unpack_configuration(read.files)) == str(read)


def test_more_than_fits_is_refused_and_the_last_one_stays() -> None:
    handover = Handover()
    handover.hand_over(b"small")
    with pytest.raises(ConfigError, match="split the conflicts"):
        handover.hand_over(bytes(16_000_000))
    assert handover.last() == (1, b"small")


def test_a_file_that_is_changed_while_it_is_read_is_told_of(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load_late(folder: Path) -> object:
        loaded = load_conflicts(folder)
        edit(settings, MODEL, "version: ", 'version: "2" # ')
        return loaded

    monkeypatch.setattr(configuration, "load_conflicts", load_late)
    with pytest.raises(ConfigError, match="was changed while it was read"):
        read_configuration(settings.config_dir)


def test_the_api_takes_over_a_changed_model_and_says_when_one_is_broken(store: Store, settings: Settings) -> None:
    app = create_app(settings)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        edit(settings, MODEL, 'version: "1"', 'version: "2.7"')
        reload_catalogue(app)
        assert "2.7" in client.get("/conflicts").text
        with (settings.config_dir / MODEL).open("a") as file:
            file.write("\nbroken: [\n")
        reload_catalogue(app)
        assert "2.7" in client.get("/conflicts").text
        ready = client.get("/readyz").json()
        assert ready["status"] == "degraded"
        assert "api" in ready["checks"]["config"]
        assert "small.yaml" not in ready["checks"]["config"], "anybody may ask there"
        broken = [event for event in client.get("/events").json()["events"] if event["kind"] == "config_broken"]
        assert "small.yaml:" in broken[0]["message"]
