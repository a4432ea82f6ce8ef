"""`ceasewire prune`: what the retention rules let go."""

from datetime import UTC, datetime

import click

from ceasewire.settings import Settings
from ceasewire.store.prune import count_old
from ceasewire.store.session import Store
from worker.jobs.prune import prune_store, retention_of

NO_RULES = "nothing is pruned: CEASEWIRE_KEEP_ITEMS_DAYS and the other rules are 0, which keeps everything"


@click.command(name="prune")
@click.option("--yes", is_flag=True, help="Delete. Without it only the counts are shown.")
def command(yes: bool) -> None:
    """Show what the retention rules let go, and with --yes delete it.

    \b
    CEASEWIRE_KEEP_ITEMS_DAYS       items about no conflict
    CEASEWIRE_KEEP_TAGGED_DAYS      items about one
    CEASEWIRE_KEEP_REVISIONS_DAYS   former texts of items
    CEASEWIRE_KEEP_DELIVERIES_DAYS  alerts that were delivered or given up

    An item stays while an alert names it, or its source still lists it. The service prunes by itself, a little every
    ten minutes, once a rule is set.
    """
    settings = Settings.from_environment()
    retention = retention_of(settings)
    if not retention.prunes:
        click.echo(NO_RULES)
        return
    store, now = Store(settings.store_url), datetime.now(UTC)
    store.check()
    if yes:
        gone, said = prune_store(store, retention, now), "deleted"
    else:
        with store.read() as session:
            gone, said = count_old(session, retention, now), "would go"
    for kind in ("deliveries", "revisions", "items"):
        click.echo(f"{gone.get(kind, 0):>12,} {kind} {said}")
    if not yes:
        click.echo("nothing was deleted; delete with: ceasewire prune --yes")
    store.dispose()
