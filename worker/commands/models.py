"""`ceasewire models`: install, list, remove, update and pack translation packages."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table

from ceasewire.errors import CeasewireError, Permanent
from ceasewire.settings import Settings
from worker.adapters.argos_index import AvailablePackage, download, fetch_index, packages_for
from worker.adapters.argos_install import PackPlan, install_archive, pack, remove_language
from worker.adapters.argos_package import InstalledPackage, list_packages, version_numbers
from worker.commands import models_ensure
from worker.commands.models_ensure import DOWNLOADS


@click.group(name="models", short_help="Install and list translation packages.")
def command() -> None:
    """Translation packages, kept in CEASEWIRE_PACKAGES_DIR; they work offline once installed.

    \b
    ceasewire models list                  what is installed
    ceasewire models list --available      what the index offers
    ceasewire models install ru az tr      download and install
    ceasewire models install FILE          install a .argosmodel from this machine
    ceasewire models ensure                install what CEASEWIRE_LANGUAGES lacks
    """


command.add_command(models_ensure.command)


@command.command(name="list")
@click.option("--available", is_flag=True, help="Ask the package index what there is instead.")
def list_models(available: bool) -> None:
    """Show what is installed, and what is wrong with what cannot be used."""
    settings = Settings.from_environment()
    if available:
        return _show_available(fetch_index(settings.argos_index), settings.translate_to)
    packages, problems = list_packages(settings.packages_dir)
    _show_installed(packages, settings.packages_dir)
    for problem in problems:
        click.echo(f"cannot be used: {problem}", err=True)


def _show_installed(packages: list[InstalledPackage], folder: Path) -> None:
    if not packages:
        click.echo(f"no translation package in {folder}; install one: ceasewire models install ru")
        return
    table = Table("from", "to", "package", "version", "confidence")
    for package in packages:
        table.add_row(package.from_code, package.to_code, package.name, package.version, package.confidence)
    Console().print(table)


def _show_available(index: list[AvailablePackage], target: str) -> None:
    table = Table("from", "language", "to", "version")
    for package in sorted(index, key=lambda one: (one.to_code != target, one.from_code)):
        table.add_row(package.from_code, package.from_name, package.to_code, package.version)
    Console().print(table)


@command.command()
@click.argument("what", nargs=-1, required=True, metavar="CODE|FILE…")
def install(what: tuple[str, ...]) -> None:
    """Install packages by language code from the index, or .argosmodel files from this machine."""
    settings = Settings.from_environment()
    index: list[AvailablePackage] | None = None
    failed = False
    for one in what:
        try:
            if one.endswith(".argosmodel") or Path(one).is_file():
                _report(install_archive(Path(one), settings.packages_dir))
                continue
            if index is None:
                index = fetch_index(settings.argos_index)
            for package in _offered(index, one.lower(), settings.translate_to):
                _install(package, settings.packages_dir)
        except CeasewireError as error:
            failed = True
            click.echo(f"ceasewire: {error}", err=True)
    if failed:
        raise SystemExit(1)


def _offered(index: list[AvailablePackage], code: str, target: str) -> tuple[AvailablePackage, ...]:
    packages = packages_for(index, code, target)
    if not packages:
        raise Permanent(
            f"the index has no package that leads from {code} to {target}",
            about=code,
            remedy="make one of a multilingual model: see ceasewire models pack --help",
        )
    return packages


def _install(package: AvailablePackage, packages_dir: Path) -> None:
    with _progress(package.file_name) as progress:
        archive = download(package, packages_dir / DOWNLOADS, progress)
    try:
        _report(install_archive(archive, packages_dir))
    finally:
        archive.unlink(missing_ok=True)  # installed, or unsound: either way of no further use


def _report(packages: list[InstalledPackage]) -> None:
    for package in packages:
        click.echo(f"installed {package.from_code} → {package.to_code}: {package.name} {package.version}")


class _Bar:
    """A download's progress bar; calls are (bytes there, bytes in all)."""

    def __init__(self, progress: Progress, name: str) -> None:
        self._progress = progress
        self._task = progress.add_task(name, total=None)

    def __call__(self, have: int, total: int | None) -> None:
        self._progress.update(self._task, completed=have, total=total)


@contextmanager
def _progress(name: str) -> Iterator[_Bar]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield _Bar(progress, name)


@command.command()
@click.argument("code")
def remove(code: str) -> None:
    """Remove the packages that translate from a language."""
    for package in remove_language(code.lower(), Settings.from_environment().packages_dir):
        click.echo(f"removed {package.from_code} → {package.to_code}: {package.name} {package.version}")


@command.command()
def update() -> None:
    """Install newer versions of what is installed, as far as the index has them."""
    settings = Settings.from_environment()
    newest: dict[tuple[str, str], AvailablePackage] = {}
    for package in fetch_index(settings.argos_index):  # newest first
        newest.setdefault((package.from_code, package.to_code), package)
    outdated = [
        newest[pair]
        for installed in list_packages(settings.packages_dir)[0]
        if (pair := (installed.from_code, installed.to_code)) in newest
        and not installed.sample
        and version_numbers(newest[pair].version) > version_numbers(installed.version)
    ]
    for package in outdated:
        _install(package, settings.packages_dir)
    if not outdated:
        click.echo("everything is up to date")


@command.command(name="pack")
@click.argument("model", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("output", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--tokenizer", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--from", "sources", required=True, multiple=True, metavar="CODE[=TOKEN]", help="Repeatable.")
@click.option("--to", "target", default="en", show_default=True, metavar="CODE")
@click.option("--target-prefix", default="", metavar="TOKEN", help="Language token that starts the target.")
@click.option(
    "--add-source-eos", is_flag=True, help="End every source with EOS; for models converted from Transformers."
)
@click.option("--name", default="", help="Name shown as provenance.")
@click.option("--package-version", "version", default="1.0", show_default=True)
def pack_model(
    model: Path,
    output: Path,
    tokenizer: Path,
    sources: tuple[str, ...],
    target: str,
    target_prefix: str,
    add_source_eos: bool,
    name: str,
    version: str,
) -> None:
    """Make a package of a CTranslate2 MODEL folder, written to OUTPUT (.argosmodel).

    M2M-100 for Armenian and Georgian, after ct2-transformers-converter has written the folder m2m100:

    \b
    ceasewire models pack m2m100 m2m100.argosmodel --tokenizer sentencepiece.bpe.model
      --from hy=__hy__ --from ka=__ka__ --to en --target-prefix __en__ --add-source-eos --name m2m100-418M
    ceasewire models install m2m100.argosmodel
    """
    prefixes = {code: token for code, _, token in (source.partition("=") for source in sources)}
    plan = PackPlan(model, tokenizer, prefixes, target, target_prefix, add_source_eos, version, name)
    click.echo(f"packed {pack(plan, output)}")
