"""`ceasewire db`: the store's tables."""

import click

from ceasewire.settings import Settings
from ceasewire.store.session import Store


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
