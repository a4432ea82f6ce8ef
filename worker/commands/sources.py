"""`ceasewire sources`: is what is configured right?"""

import sys
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import click

from ceasewire.errors import ConfigError
from ceasewire.items import SourceConfig
from ceasewire.settings import Settings
from ceasewire.sources import load_sources
from ceasewire.store.session import Store
from worker.jobs.load import load_all_sources

SAMPLE_DIRECTORY = "sample"  # a file in a directory of this name is a recorded archive


@click.group(name="sources")
def command() -> None:
    """Check the files that list the news sources."""


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
