"""`ceasewire sources`: is what is configured right, how are the sources doing, and lists of feeds in and out."""

import sys
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import click

from ceasewire.errors import ConfigError
from ceasewire.items import SourceConfig, SourceKind
from ceasewire.opml import new_rows, read_opml, write_opml
from ceasewire.pipeline.schedule import silent_since
from ceasewire.settings import Settings
from ceasewire.sources import load_sources
from ceasewire.store.session import Store
from ceasewire.store.sources import SourceStatus, list_sources
from worker.jobs.load import load_all_sources

SAMPLE_DIRECTORY = "sample"  # a file in a directory of this name is a recorded archive


@click.group(name="sources")
def command() -> None:
    """Check, list, import and export the news sources (config/sources.yaml)."""


@command.command()
def load() -> None:
    """Take sources.yaml over into the store; workers then poll it. `ceasewire up` does this at its start."""
    settings = Settings.from_environment()
    for line in load_all_sources(Store(settings.store_url), settings, datetime.now(UTC)):
        click.echo(line)


@command.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
@click.option("--off", is_flag=True, help="List the disabled sources, each with its reason.")
def check(files: tuple[Path, ...], off: bool) -> None:
    """Check FILEs; without an argument sources.yaml and sample/sources.yaml of the configuration.

    Every mistake is told with file, line, key and remedy, and the exit status is then 1. Nothing is fetched.
    """
    failed = False
    for path in files or _configured():
        try:
            sources = load_sources(path, sample=path.parent.name == SAMPLE_DIRECTORY)
        except ConfigError as error:
            click.echo(f"{error}", err=True)
            failed = True
        else:
            click.echo(_summary(path, sources))
            for line in _disabled(sources) if off else ():
                click.echo(line)
    sys.exit(failed)


@command.command("list")
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
def list_them(sources: tuple[str, ...]) -> None:
    """How SOURCEs are doing, all of them without an argument: last poll and result, the next and why, items a day."""
    now = datetime.now(UTC)
    with Store(Settings.from_environment().store_url).read() as session:
        statuses = {status.config.id: status for status in list_sources(session)}
    unknown = [name for name in sources if name not in statuses]
    if unknown or not statuses:
        about = ", ".join(unknown) or "the store"
        raise ConfigError(
            "no such source is in the store", about=about, remedy="`ceasewire sources load` brings them in"
        )
    for status in map(statuses.__getitem__, sources or statuses):
        click.echo(f"{status.config.id:28} {describe(status, now)}")


@command.command("import-opml")
@click.argument("file", type=click.File("rb"))
def import_opml(file: BinaryIO) -> None:
    """Print rows for sources.yaml of the feeds in an OPML FILE (- for standard input) that it does not hold yet.

    \b
    They are disabled: look through them, then append what you want.
      ceasewire sources import-opml list.opml >> config/sources.yaml
    """
    known = load_sources(_configured()[0])
    outlines = read_opml(file.read(), name=getattr(file, "name", "standard input"))
    rows = list(new_rows(outlines, known))
    click.echo("\n".join(rows), nl=False)
    click.echo(f"{len(rows)} new, {len(outlines) - len(rows)} known, doubled or without a web address", err=True)


@command.command("export-opml")
@click.option("--off", is_flag=True, help="The disabled ones too.")
def export_opml(off: bool) -> None:
    """Print the feeds of sources.yaml as OPML, for a feed reader."""
    sources = [source for source in load_sources(_configured()[0]) if source.enabled or off]
    click.echo(write_opml(sources, "Ceasewire sources"), nl=False)
    others = [source.id for source in sources if source.kind is not SourceKind.FEED]
    if others:
        click.echo(f"left out, no feeds: {', '.join(others)}", err=True)


def describe(status: SourceStatus, now: datetime) -> str:
    """One source in a line, for a person."""
    if not status.config.enabled:
        return f"off: {status.config.disabled_reason}"
    parts = ["never polled"]
    if status.last_polled_at is not None:
        why = f" ({status.last_reason})" if status.last_reason else ""
        parts = [f"{status.last_outcome} {_span(now - status.last_polled_at)} ago{why}"]
    if status.next_poll_at is not None:
        wait = status.next_poll_at - now
        why = f": {status.next_poll_reason}" if status.next_poll_reason else ""
        parts.append(f"next in {_span(wait)}{why}" if wait > timedelta(0) else "due now")
    parts.append(f"{status.items_per_day:.1f} items a day")
    silent = silent_since(status.last_new_item_at, status.items_per_day, now)
    if silent is not None:
        parts.append(f"silent since {silent:%Y-%m-%d %H:%M} UTC")
    return "; ".join(parts)


def _span(span: timedelta) -> str:
    """A length of time in its largest unit."""
    seconds = int(span.total_seconds())
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def _configured() -> tuple[Path, Path]:
    directory = Settings.from_environment().config_dir
    return directory / "sources.yaml", directory / SAMPLE_DIRECTORY / "sources.yaml"


def _summary(path: Path, sources: Iterable[SourceConfig]) -> str:
    on = [source for source in sources if source.enabled]
    languages = Counter(source.language or "mixed" for source in on)
    by_language = ", ".join(f"{language} {count}" for language, count in languages.most_common())
    return f"{path}: right; {len(on)} on ({by_language}), {sum(not source.enabled for source in sources)} off"


def _disabled(sources: Iterable[SourceConfig]) -> Iterable[str]:
    return (f"  {source.id}: {source.disabled_reason}" for source in sources if not source.enabled)
