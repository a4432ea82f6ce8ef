"""`ceasewire doctor`: each thing that a user gets wrong is found, and has a remedy."""

import json
import shutil
import socket
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from api.app import create_app
from ceasewire.errors import CeasewireError, ConfigError
from ceasewire.settings import Settings
from ceasewire.store.heartbeats import save_heartbeat
from ceasewire.store.session import Store
from tests.support.newsroom import CONFIG
from tests.support.redisserver import RedisServer
from tests.support.served import served
from tests.support.store_data import add_source
from worker.adapters.sample_model import build_sample_packages
from worker.cli import cli
from worker.commands.doctor_here import check_data_dir


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packages")
    build_sample_packages(CONFIG / "sample" / "dictionary.yaml", folder)
    return folder


@pytest.fixture
def environment(tmp_path: Path, packages: Path) -> dict[str, str]:
    """A store in order, with a sweep that ran just now."""
    store = Store(f"sqlite:///{tmp_path / 'ceasewire.sqlite3'}")
    store.upgrade()
    with store.write() as s:
        save_heartbeat(s, "sweep", {}, datetime.now(UTC))
    store.dispose()
    return {
        "CEASEWIRE_DATA_DIR": str(tmp_path),
        "CEASEWIRE_CONFIG_DIR": str(CONFIG),
        "CEASEWIRE_PACKAGES_DIR": str(packages),
        "CEASEWIRE_PORT": "0",  # whoever has the usual one on this machine
    }


def doctor(environment: Mapping[str, str], status: int) -> list[tuple[str, str, str, str]]:
    result = CliRunner().invoke(cli, ["doctor", "--json"], env=dict(environment))
    assert result.exit_code == status, result.output
    return [(one["state"], one["name"], one["said"], one["remedy"]) for one in json.loads(result.output)["checks"]]


def complaints(environment: Mapping[str, str], status: int = 1) -> dict[str, tuple[str, str]]:
    return {name: (said, remedy) for state, name, said, remedy in doctor(environment, status) if state != "ok"}


def change(environment: Mapping[str, str], statement: str, **values: object) -> None:
    store = Store(f"sqlite:///{environment['CEASEWIRE_DATA_DIR']}/ceasewire.sqlite3")
    with store.write() as s:
        s.execute(text(statement), values)
    store.dispose()


def test_an_installation_in_order(environment: dict[str, str]) -> None:
    assert complaints(environment, 0) == {}
    result = CliRunner().invoke(cli, ["doctor"], env=environment)
    assert "ok       models         az, hy, ru, tr → en load" in result.output


def test_a_read_only_root_needs_a_store_and_a_key_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    [alone] = check_data_dir(Settings(data_dir=tmp_path, config_dir=CONFIG))
    assert (str(alone.state), alone.said) == ("error", f"{tmp_path} cannot be written")
    [deployed] = check_data_dir(
        Settings(data_dir=tmp_path, config_dir=CONFIG, database_url="postgresql://a@b/c", secret_key="k" * 48)
    )
    assert str(deployed.state) == "ok"


def test_a_misspelt_setting(environment: dict[str, str]) -> None:
    said, remedy = complaints(environment | {"CEASEWIRE_PROT": "8642"})["settings"]
    assert said == "CEASEWIRE_PROT: no such setting"
    assert "config/env.example" in remedy


def test_no_store_yet_and_no_packages(tmp_path: Path, environment: dict[str, str]) -> None:
    fresh = {"CEASEWIRE_DATA_DIR": str(tmp_path / "fresh"), "CEASEWIRE_PACKAGES_DIR": str(tmp_path / "none")}
    found = complaints(environment | fresh, 0)
    assert found["store"] == ("there is none yet", "ceasewire up makes one, so does ceasewire db upgrade")
    assert found["models"][1] == "ceasewire models install ru hy az tr"


def test_a_language_without_its_package(environment: dict[str, str]) -> None:
    found = complaints(environment | {"CEASEWIRE_LANGUAGES": "ru,ka"})
    assert found["models"] == ("no translation package for ka", "ceasewire models install ka")


def test_a_package_that_is_broken(environment: dict[str, str], packages: Path, tmp_path: Path) -> None:
    shutil.copytree(packages, tmp_path / "broken")
    next((tmp_path / "broken" / "sample-ru_en" / "model").glob("model.bin")).write_bytes(b"no model")
    said, remedy = complaints(environment | {"CEASEWIRE_PACKAGES_DIR": str(tmp_path / "broken")})["models"]
    assert "ru" in said
    assert remedy


def test_files_that_are_wrong(environment: dict[str, str], tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(CONFIG, config)
    (config / "sources.yaml").write_text("sources:\n  - {id: a, url: nonsense}\n", encoding="utf-8")
    (config / "subscriptions.yaml").write_text("subscriptions:\n  - {id: x, query: {topic: []}}\n", encoding="utf-8")
    found = complaints(environment | {"CEASEWIRE_CONFIG_DIR": str(config)})
    assert "sources.yaml:2" in found["config"][0]
    assert "subscriptions.yaml:2" in found["subscriptions"][0]


def test_a_broken_model_is_told_once_and_the_rest_is_looked_at(environment: dict[str, str], tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(CONFIG, config)
    (config / "glossary.yaml").write_text("names: [", encoding="utf-8")
    found = doctor(environment | {"CEASEWIRE_CONFIG_DIR": str(config)}, 1)
    assert [name for state, name, said, _ in found if "glossary.yaml:1" in said] == ["config", "models"]
    assert {"clock", "sweep"} <= {name for state, name, *_ in found if state == "ok"}


def test_a_store_of_another_version(environment: dict[str, str]) -> None:
    change(environment, "UPDATE alembic_version SET version_num = '0003'")
    assert complaints(environment)["store"][1] == "run `ceasewire db upgrade`"
    change(environment, "UPDATE alembic_version SET version_num = '9999'")
    assert complaints(environment)["store"][1] == "run the version that made it, or a newer one"


def test_nobody_works(environment: dict[str, str]) -> None:
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    store = Store(f"sqlite:///{environment['CEASEWIRE_DATA_DIR']}/ceasewire.sqlite3")
    add_source(store)
    store.dispose()
    change(environment, "UPDATE heartbeat SET at = :at", at=long_ago.isoformat(" "))
    found = complaints(environment)
    assert "start `ceasewire up`" in found["sweep"][1]
    assert "is worker-poll running?" in found["poll"][1]


def test_a_clock_that_was_turned_back(environment: dict[str, str]) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=1)
    change(environment, "UPDATE heartbeat SET at = :at", at=ahead.isoformat(" "))
    said, remedy = complaints(environment)["clock"]
    assert "turned back" in said
    assert "NTP" in remedy


def test_a_paused_channel(environment: dict[str, str]) -> None:
    new = "INSERT INTO channel (kind, target, failures, last_error, paused_reason, paused_at, window_sent) "
    change(environment, new + "VALUES ('webhook', 'https://desk.example/', 9, 'no answer', '', '2021-01-11 18:00', 0)")
    said, _ = complaints(environment, 0)["channel"]
    assert said == "webhook is paused since 2021-01-11 18:00: no answer"


def test_secrets(environment: dict[str, str], tmp_path: Path) -> None:
    for name, weak in (("SECRET_KEY", "short"), ("SECRET_KEY", "changeme" * 4), ("API_KEY", "secret")):
        said, remedy = complaints(environment | {f"CEASEWIRE_{name}": weak})["secrets"]
        assert f"CEASEWIRE_{name}" in said
        assert "openssl rand" in remedy
    (tmp_path / "secret.key").write_text("k" * 40, encoding="ascii")
    (tmp_path / "secret.key").chmod(0o644)
    assert complaints(environment)["secret key"][1] == f"chmod 600 {tmp_path / 'secret.key'}"
    (tmp_path / "secret.key").chmod(0o600)
    assert "CEASEWIRE_API_KEY" in complaints(environment | {"CEASEWIRE_HOST": "0.0.0.0"})["API key"][1]


def test_redis(environment: dict[str, str], tmp_path: Path) -> None:
    with RedisServer(tmp_path) as server:
        own = environment | {"CEASEWIRE_REDIS_URL": server.url}
        assert complaints(own, 0) == {}
        client = server.client()
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.config_set("appendonly", "no")
        found = [(state, said) for state, name, said, _ in doctor(own, 1) if name == "redis"]
        client.close()
    assert found == [
        ("error", "drops messages when it is full: maxmemory-policy allkeys-lru"),
        ("warning", "forgets its messages in a restart"),
    ]
    assert "is the server running" in complaints(own)["redis"][1]


@pytest.mark.parametrize("url", ["http://x", "redis://x:many/0", "nonsense"])
def test_an_address_that_is_none(environment: dict[str, str], url: str) -> None:
    for name, example in (("REDIS_URL", "redis://…"), ("DATABASE_URL", "postgresql://…")):
        said, remedy = complaints(environment | {f"CEASEWIRE_{name}": url})["settings"]
        assert f"CEASEWIRE_{name}" in said
        assert example in remedy


def test_a_database_that_is_away_or_refuses_the_password(environment: dict[str, str]) -> None:
    own = environment | {"CEASEWIRE_SECRET_KEY": "0123456789abcdef" * 2}
    said, remedy = complaints(own | {"CEASEWIRE_DATABASE_URL": "postgresql://me:hush@127.0.0.1:9/x"})["store"]
    assert "Connection refused" in said
    assert "hush" not in said
    assert "CEASEWIRE_DATABASE_URL" in remedy


def test_a_store_that_is_none(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "ceasewire.sqlite3").write_bytes(bytes(range(256)) * 64)
    said, remedy = complaints(environment)["store"]
    assert "not a database" in said
    assert "ceasewire restore" in remedy


def test_a_port_that_something_else_has(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        own = environment | {"CEASEWIRE_PORT": str(other.getsockname()[1])}
        other.settimeout(0.01)
        said, remedy = complaints(own)["port"]
    assert "something else listens there" in said
    assert "CEASEWIRE_PORT" in remedy


def test_a_port_that_our_api_has(environment: dict[str, str], tmp_path: Path) -> None:
    with served(create_app(Settings(tmp_path, CONFIG))) as url:
        found = doctor(environment | {"CEASEWIRE_PORT": url.rpartition(":")[2]}, 0)
    assert [said for _, name, said, _ in found if name == "port"] == [
        f"the API answers at {url.removeprefix('http://')}"
    ]


def test_a_data_directory_that_is_none(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    own = environment | {"CEASEWIRE_DATA_DIR": str(tmp_path / "file")}
    assert "cannot be written" in complaints(own)["data"][0]
    for command in (["up", "--no-live"], ["db", "upgrade"]):
        refused = CliRunner().invoke(cli, command, env=own)
        assert isinstance(refused.exception, CeasewireError)
        assert "set CEASEWIRE_DATA_DIR" in refused.exception.remedy


def test_up_says_that_its_port_is_taken_before_it_starts_anything(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        refused = CliRunner().invoke(cli, ["up", "--no-live", "--data-dir", str(tmp_path), "--port", port])
    assert isinstance(refused.exception, ConfigError)
    assert refused.exception.remedy == "stop what listens there, or use --port"
    assert not (tmp_path / "ceasewire.sqlite3").exists()


def test_mail(environment: dict[str, str]) -> None:
    mail = {"CEASEWIRE_SMTP_URL": "smtp://127.0.0.1:9?starttls=no", "CEASEWIRE_MAIL_FROM": "desk@example.org"}
    assert complaints(environment | mail)["mail"][0].startswith("127.0.0.1:9:")
