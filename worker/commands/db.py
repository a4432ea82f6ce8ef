"""`ceasewire db`: the store's tables."""

import logging
from datetime import UTC, datetime

import click

from ceasewire.conflict.load import load_conflicts
from ceasewire.logs import configure_logs
from ceasewire.secrets import SecretBox
from ceasewire.settings import Settings
from ceasewire.store.session import Store
from ceasewire.strength import check_secrets
from worker.jobs.load import load_all

log = logging.getLogger(__name__)


@click.group()
def command() -> None:
    """Create or upgrade the store: SQLite in the data directory, or CEASEWIRE_DATABASE_URL."""


@command.command()
def upgrade() -> None:
    """Bring the tables to this version, making them where there are none.

    Safe to run at any time and by several at once: an upgrade happens once, in one transaction.
    """
    store = Store(Settings.from_environment().store_url)
    store.upgrade()
    click.echo(f"{store.name}: up to date")
    store.dispose()


@command.command()
def prepare() -> None:
    """Upgrade the tables, then bring sources and subscriptions of config/ into the store.

    What a deployment does once at each start, before anything else runs. Refuses weak secrets and broken files.
    """
    settings = Settings.from_environment()
    configure_logs(settings.log_format)
    check_secrets(settings)
    conflicts = load_conflicts(settings.config_dir / "conflicts")
    secrets = SecretBox.open(settings.secret_key, settings.data_dir)
    store = Store(settings.store_url)
    store.upgrade()
    log.info("%s: up to date", store.name)
    for line in load_all(store, settings, conflicts, secrets, datetime.now(UTC)):
        log.info("loaded %s", line)
    store.dispose()
