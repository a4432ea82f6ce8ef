"""`ceasewire keys`: who may call the API from beyond this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from ceasewire.items import Scope
from ceasewire.settings import Settings
from ceasewire.store.keys import ApiKeyView, insert_key, list_keys, revoke_key
from ceasewire.store.session import Store


@click.group(name="keys")
def command() -> None:
    """Make, list and revoke keys of the API. CEASEWIRE_API_KEY is one of scope admin, beside these."""


@command.command()
@click.argument("name")
@click.option("--scope", type=click.Choice([str(one) for one in Scope]), default="read", show_default=True)
@click.option("--per-minute", type=click.IntRange(min=1), help="Requests a minute.  [CEASEWIRE_REQUESTS_PER_MINUTE]")
def make(name: str, scope: str, per_minute: int | None) -> None:
    """Make a key called NAME and print it, once: the store keeps only its hash.

    \b
    read        items, stories, statistics, sources, topics
    subscribe   and keep subscriptions, see alerts
    admin       and poll, pause and resume sources
    """
    with _store() as store, store.write() as s:
        try:
            key = insert_key(s, name, Scope(scope), datetime.now(UTC), per_minute)
        except ValueError as error:
            raise click.ClickException(str(error)) from None
    click.echo(key)


@command.command("list")
def list_() -> None:
    """All keys, without the keys: name, scope, limit, since when, until when."""
    with _store() as store, store.read() as s:
        for key in list_keys(s):
            click.echo(_line(key))


@command.command()
@click.argument("name")
def revoke(name: str) -> None:
    """Close the key called NAME for ever; it stops working within seconds, and so do sessions made with it."""
    with _store() as store, store.write() as s:
        if not revoke_key(s, name, datetime.now(UTC)):
            raise click.ClickException(f"there is no open key named {name!r}; see: ceasewire keys list")
    click.echo(f"{name}: revoked")


def _line(key: ApiKeyView) -> str:
    limit = "" if key.per_minute is None else f"  {key.per_minute} a minute"
    end = "" if key.revoked_at is None else f"  revoked {key.revoked_at:%F %R} UTC"
    return f"{key.name:20} {key.scope:10} made {key.created_at:%F %R} UTC{limit}{end}"


@contextmanager
def _store() -> Iterator[Store]:
    store = Store(Settings.from_environment().store_url)
    store.upgrade()
    try:
        yield store
    finally:
        store.dispose()
