"""`ceasewire poll`: poll sources now, in this process, with a line per source."""

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import click

from ceasewire.settings import Settings
from ceasewire.store.sources import list_sources
from worker.jobs.load import load_all_sources
from worker.jobs.poll import poll_source
from worker.jobs.read import read_fetch
from worker.wiring import Services

PATIENCE_SECONDS = 120.0  # for the turn at a host that several sources share


@click.command(name="poll")
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
def command(sources: tuple[str, ...]) -> None:
    """Poll SOURCEs now, all enabled ones without an argument, and store what they carry.

    Works beside a running service and without one; a running service then translates and tags. Politeness holds:
    one request per host at a time. The exit status is 1 when a source failed.
    """
    services = Services(Settings.from_environment())
    services.settings.data_dir.mkdir(parents=True, exist_ok=True)
    services.store.upgrade()
    load_all_sources(services.store, services.settings, datetime.now(UTC))
    with services.store.read() as session:
        statuses = list_sources(session)
    known = {status.config.id: status.config.enabled for status in statuses}
    for unknown in sorted(set(sources) - set(known)):
        raise click.BadParameter(f"no source {unknown!r}; `ceasewire sources list` lists them")
    wanted = sources or [name for name, enabled in known.items() if enabled]
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda source_id: _poll(services, source_id), wanted))
    sys.exit(0 if all(done) else 1)


def _poll(services: Services, source_id: str) -> bool:
    result = poll_source(services.polling(PATIENCE_SECONDS), source_id, force=True)
    said, ok = result.said, result.ok
    if result.fetch_id is not None:
        read = read_fetch(services.reading(), result.fetch_id)
        said, ok = read.said, read.ok
    click.echo(f"{'ok  ' if ok else 'FAIL'}  {source_id}: {said}")
    return ok
