"""subscriptions.yaml: mistakes with file, line and field; the file owns its rows; the commands."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from ceasewire.conflict.load import load_conflicts
from ceasewire.errors import ConfigError
from ceasewire.items import AlertIntent, AlertState
from ceasewire.pipeline.subscription import Known
from ceasewire.secrets import webhook_secret_fault
from ceasewire.settings import Settings
from ceasewire.store import alerts, events, outbox, subscriptions
from ceasewire.store.session import Store
from ceasewire.store.sources import save_sources
from ceasewire.store.subscriptions import SubscriptionView
from tests.support.store_data import NOW, add_items, add_source, draft, later, source_config
from worker.cli import cli
from worker.jobs.load_subscriptions import DISABLED, GONE, check_channels, read_subscriptions, save_rows

CONFIG = Path(__file__).resolve().parents[2] / "config"
KNOWN = Known({}, ["tass", "apa"], ["azerbaijan", "russia"], ["AZ", "RU"])
GOOD = """subscriptions:
  - id: morning
    name: The morning's digest
    query: {languages: [ru], words: 'переговоры OR "мирный договор"'}
    mode: digest
    options: {every: day, at: "07:30", timezone: Asia/Yerevan}
    channel: webhook
    target: https://desk.example/hook
    secret_file: secret
  - id: quiet-baku
    name: Baku is quiet
    mode: silence
    options: {hours: 12, sides: [azerbaijan]}
    channel: webhook
    target: https://desk.example/hook
    secret_file: secret
    enabled: false
"""
SECRET = "whsec_bmV2ZXIgdXNlZCBmb3IgYW55dGhpbmcgYnV0IHRlc3Rz"


def load(store: Store, path: Path, text: str, at: float = 0) -> dict[str, SubscriptionView]:
    path.write_text(text, encoding="utf-8")
    with store.write() as s:
        save_rows(s, read_subscriptions(path, KNOWN), lambda plain: f"sealed {plain}", later(at))
    with store.read() as s:
        return {view.id: view for view in subscriptions.list_subscriptions(s)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    (tmp_path / "short").write_text("whsec_c2hvcnQ=")
    return tmp_path / "subscriptions.yaml"


def test_the_file_owns_its_rows(store: Store, path: Path) -> None:
    found = load(store, path, GOOD)
    morning, quiet = found["morning"], found["quiet-baku"]
    assert (morning.origin, morning.mode, morning.secret) == ("config", "digest", f"sealed {SECRET}")
    assert morning.next_run_at is not None
    assert (quiet.paused_reason, quiet.options["min_others"]) == (DISABLED, 5)
    again = load(store, path, GOOD.replace("07:30", "08:30").replace("    enabled: false\n", ""), at=60)
    assert again["morning"].options["at"] == "08:30"
    assert again["quiet-baku"].paused_at is None
    assert again["morning"].created_at == morning.created_at


def test_a_row_that_is_gone_is_paused_and_told_of(store: Store, path: Path) -> None:
    load(store, path, GOOD)
    found = load(store, path, "subscriptions:\n")
    assert {view.paused_reason for view in found.values()} == {GONE}
    load(store, path, "subscriptions:\n", at=60)
    with store.read() as s:
        assert [one.kind for one in events.list_events(s)] == ["subscription_removed"] * 2
    assert load(store, path, GOOD, at=120)["morning"].paused_at is None


def test_what_a_digest_has_collected_goes_when_it_becomes_another_mode(store: Store, path: Path) -> None:
    load(store, path, GOOD)
    item_id, *_ = add_items(store, add_source(store), draft("url:a"))
    with store.write() as s:
        outbox.insert_alerts(s, [AlertIntent("morning", item_id, "item:1", ("words",))], NOW, NOW, AlertState.COLLECTED)
    instant = GOOD.replace("    mode: digest\n", "").replace(
        '    options: {every: day, at: "07:30", timezone: Asia/Yerevan}\n', ""
    )
    assert load(store, path, instant, at=60)["morning"].mode == "instant"
    with store.read() as s:
        last, collected = alerts.list_alerts(s, "morning").items
    assert (last.kind, last.state, last.body["count"]) == ("digest", "pending", 1)
    assert (collected.state, collected.carried_by) == ("carried", last.id)


def test_what_a_user_paused_stays_paused(store: Store, path: Path) -> None:
    load(store, path, GOOD)
    with store.write() as s:
        subscriptions.pause_subscription(s, "morning", "paused by a user", NOW)
    assert load(store, path, GOOD, at=60)["morning"].paused_reason == "paused by a user"


def test_an_id_of_the_api_is_not_taken_over(store: Store, path: Path) -> None:
    with store.write() as s:
        new = subscriptions.NewSubscription(
            "morning", "Mine", {"languages": ["ru"]}, "webhook", "https://desk.example/"
        )
        subscriptions.insert_subscription(s, new, NOW)
    with pytest.raises(ConfigError, match="made elsewhere"):
        load(store, path, GOOD)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("every: day", "every: week", 6, "subscriptions.0.options.every: 'week' is not hour or day"),
        ("[ru]", "ru", 4, "subscriptions.0.query.languages: not a list of strings"),
        ("[azerbaijan]", "[azerbaijn]", 13, "options.sides: no side 'azerbaijn'; did you mean 'azerbaijan'?"),
        ("mode: silence", "mode: loud", 12, "mode: 'loud' is none of instant, digest"),
        ("id: morning", "id: The Morning", 2, "subscriptions.0.id: 'The Morning' is no id"),
        ("id: quiet-baku", "id: morning", 10, "stands in an earlier row too"),
        ("secret_file: secret", "secret_file: nowhere", 9, "secret_file: cannot be read"),
        ("secret_file: secret", "secret_file: short", 9, "secret_file: holds no secret: whsec_ and 24 to 64 bytes"),
        ("    secret_file: secret\n", "", 7, "channel: a webhook's messages are signed"),
        ("secret_file: secret", "colour: red", 9, "colour: unknown key"),
        ("https://desk.example/hook\n    secret", "ftp://desk.example\n    secret", 8, "target: "),
        ("enabled: false", "enabled: never", 17, "enabled: must be true or false"),
        ("subscriptions:", "subscription:", 1, "holds no list under 'subscriptions'"),
    ],
)
def test_a_mistake_is_told_with_its_line(path: Path, old: str, new: str, line: int, said: str) -> None:
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        read_subscriptions(path, KNOWN)
    assert f"{path}:{line}: " in str(error.value)
    assert said in str(error.value)


def test_all_mistakes_are_told_at_once(path: Path) -> None:
    path.write_text(GOOD.replace("[ru]", "ru").replace("hours: 12", "hours: 0"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"2 mistakes:(?s:.*)query\.languages(?s:.*)options\.hours"):
        read_subscriptions(path, KNOWN)


def test_a_channel_that_is_not_set_up_is_told(path: Path) -> None:
    path.write_text(
        GOOD.replace("webhook\n    target: https://desk.example/hook", "email\n    target: desk@example.org")
    )
    rows = read_subscriptions(path, KNOWN)
    with pytest.raises(ConfigError, match="morning: no mail server is set up here: CEASEWIRE_SMTP_URL"):
        check_channels(rows, Settings(path.parent, path.parent))
    check_channels(rows, Settings(path.parent, path.parent, smtp_url="smtp://mx", mail_from="a@example.org"))


def test_no_file_is_no_subscription(tmp_path: Path) -> None:
    assert read_subscriptions(tmp_path / "subscriptions.yaml", KNOWN) == []


def test_the_file_that_comes_with_it_holds_an_example_that_is_right(tmp_path: Path) -> None:
    shipped = CONFIG / "subscriptions.yaml"
    conflicts = load_conflicts(CONFIG / "conflicts")
    assert read_subscriptions(shipped, KNOWN) == []
    rows = shipped.read_text(encoding="utf-8").partition("\nsubscriptions:")[2].replace("\n# ", "\n  ")
    example = tmp_path / "subscriptions.yaml"
    example.write_text("subscriptions:" + rows.replace("../secrets/talks-desk", "secret"), encoding="utf-8")
    (tmp_path / "secret").write_text(SECRET)
    [row] = read_subscriptions(example, Known(conflicts, [], [], []))
    assert (row.id, row.wanted.mode) == ("talks-desk", "digest")


def test_the_commands(tmp_path: Path, path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'data' / 'ceasewire.sqlite3'}")
    store.upgrade()
    with store.write() as s:
        save_sources(s, [source_config("apa", side="azerbaijan")], NOW, sample=False)
    path.write_text(GOOD, encoding="utf-8")
    for name in ("conflicts", "sources.yaml"):
        (tmp_path / name).symlink_to(CONFIG / name)
    environment = {"CEASEWIRE_DATA_DIR": str(tmp_path / "data"), "CEASEWIRE_CONFIG_DIR": str(tmp_path)}

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(cli, ["subscriptions", *arguments], env=environment)
        assert result.exit_code == 0, result.exception
        return result.output

    assert "2 subscriptions, morning, quiet-baku" in run("check")
    assert run("load") == "1 on, 1 off\n"
    assert "morning  digest  webhook  The morning's digest  (config, active)" in run("list")
    assert webhook_secret_fault(run("secret").strip()) is None
    assert "waits to be sent" in run("test", "morning")
    assert len(run("backtest", "morning", "--days", "2").splitlines()) == 3
    assert run("backtest", "quiet-baku", "--file", str(path)) == run("backtest", "quiet-baku")
    store.dispose()
