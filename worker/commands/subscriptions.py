"""`ceasewire subscriptions`: is the file right, what is there, does a channel work, what would be sent."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

from ceasewire.backtest import LONGEST, Backtest, backtest
from ceasewire.conflict.load import load_conflicts
from ceasewire.conflict.model import Conflict
from ceasewire.errors import ConfigError
from ceasewire.pipeline.subscription import Known, Subscription, parse_subscription
from ceasewire.secrets import SecretBox, make_webhook_secret
from ceasewire.settings import Settings
from ceasewire.sources import load_sources
from ceasewire.store import subscriptions
from ceasewire.store.session import Session, Store
from ceasewire.store.subscriptions import SubscriptionView
from ceasewire.subscribing import insert_test, known_names
from worker.jobs.load import load_all_subscriptions
from worker.jobs.load_subscriptions import FILE, check_channels, read_subscriptions

REMEDY = "`ceasewire subscriptions list` names them"


@click.group(name="subscriptions")
def command() -> None:
    """Check, load, list, test and backtest subscriptions (config/subscriptions.yaml)."""


@command.command()
def load() -> None:
    """Take subscriptions.yaml over into the store. `ceasewire up` does this at its start."""
    settings = Settings.from_environment()
    secrets = SecretBox.open(settings.secret_key, settings.data_dir)
    click.echo(load_all_subscriptions(_store(), settings, _conflicts(), secrets, datetime.now(UTC)))


@command.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
def check(file: Path | None) -> None:
    """Check FILE; without an argument the configuration's subscriptions.yaml. Needs no store.

    Every mistake is told with file, line, field and remedy, and the exit status is then 1.
    """
    settings = Settings.from_environment()
    path = file or settings.config_dir / FILE
    if not path.exists() and file is not None:
        raise ConfigError("no such file", about=str(path))
    rows = read_subscriptions(path, _configured_names(settings.config_dir))
    check_channels(rows, settings)
    click.echo(f"{path}: {len(rows)} subscriptions, " + (", ".join(row.id for row in rows) or "none"))


@command.command()
def secret() -> None:
    """Print a fresh secret for a webhook. Keep it in a file that `secret_file` names, and give it to the receiver."""
    click.echo(make_webhook_secret())


@command.command("list")
def list_them() -> None:
    """All subscriptions with their mode, channel and state."""
    with _store().read() as session:
        for view in subscriptions.list_subscriptions(session):
            state = f"paused: {view.paused_reason}" if view.paused_at else "active"
            click.echo(f"{view.id}  {view.mode}  {view.channel}  {view.name}  ({view.origin}, {state})")


@command.command()
@click.argument("subscription")
def test(subscription: str) -> None:
    """Put one message that is marked as a test into the outbox; the running service sends it within seconds."""
    with _store().write() as session:
        made = insert_test(session, _view(session, subscription), datetime.now(UTC))
    click.echo(f"alert {made} waits to be sent")


@command.command("backtest")
@click.argument("subscription")
@click.option("--days", type=click.IntRange(1, LONGEST), default=7, show_default=True, help="How far to look back.")
@click.option("--file", type=click.Path(path_type=Path), help="Take SUBSCRIPTION from this file instead of the store.")
def play(subscription: str, days: int, file: Path | None) -> None:
    """What SUBSCRIPTION would have sent in the last days, and how many alerts a day."""
    with _store().read() as session:
        wanted = _of_file(session, file, subscription) if file else _stored(session, subscription)
        _print(backtest(session, wanted, days, datetime.now(UTC)))


def _print(found: Backtest) -> None:
    for alert in found.alerts:
        copies = f"  (+{alert.copies} copies)" if alert.copies else ""
        click.echo(f"{alert.at:%F %R}  {alert.kind}  {alert.headline}{copies}")
    for day, count in found.per_day.items():
        click.echo(f"{day}  {count}")


def _of_file(session: Session, file: Path, name: str) -> Subscription:
    for row in read_subscriptions(file, known_names(session, _conflicts())):
        if row.id == name:
            return row.wanted
    raise ConfigError("holds no subscription of that id", about=f"{file}: {name}")


def _stored(session: Session, name: str) -> Subscription:
    view = _view(session, name)
    shared = ("name", "query", "mode", "options", "wait_seconds", "copies", "channel", "target")
    return parse_subscription({field: getattr(view, field) for field in shared}, known_names(session, _conflicts()))


def _view(session: Session, name: str) -> SubscriptionView:
    view = subscriptions.get_subscription(session, name)
    if view is None:
        raise ConfigError("no such subscription is in the store", about=name, remedy=REMEDY)
    return view


def _store() -> Store:
    return Store(Settings.from_environment().store_url)


def _conflicts() -> Mapping[str, Conflict]:
    return load_conflicts(Settings.from_environment().config_dir / "conflicts")


def _configured_names(config_dir: Path) -> Known:
    """As `known_names`, by the files alone."""
    configs = load_sources(config_dir / "sources.yaml")
    return Known(
        conflicts=_conflicts(),
        sources=[one.id for one in configs],
        sides=sorted({one.side for one in configs if one.side}),
        countries=sorted({one.country for one in configs if one.country}),
    )
