"""`ceasewire models ensure`: the packages of CEASEWIRE_LANGUAGES, installed beside a service that runs already."""

import logging
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import click

from ceasewire.errors import CeasewireError, Permanent
from ceasewire.logs import configure_logs, log_context
from ceasewire.settings import Settings
from ceasewire.store.events import insert_event
from ceasewire.store.session import Store
from worker.adapters.argos_index import AvailablePackage, download, fetch_index, packages_for
from worker.adapters.argos_install import install_archive
from worker.adapters.argos_package import choose_chain, list_packages

DOWNLOADS = ".downloads"  # inside the packages folder, so that a broken download goes on there
STEP = 32 << 20  # bytes between two lines about a download
log = logging.getLogger(__name__)


@click.command(name="ensure")
def command() -> None:
    """Install the packages of CEASEWIRE_LANGUAGES that are not there yet.

    Workers use a package as soon as it is there. What fails is told in the log and at /events, and makes the exit
    status 1; the next call goes on where a download broke off.
    """
    settings = Settings.from_environment()
    configure_logs(settings.log_format)
    missing = _missing(settings)
    log.info("translation packages: %s", f"{', '.join(missing)} to be installed" if missing else "all there")
    failed = [language for language in missing if not _ensure(settings, language)]
    if failed:
        sys.exit(1)


def _missing(settings: Settings) -> Sequence[str]:
    packages, problems = list_packages(settings.packages_dir)
    for problem in problems:
        log.error("cannot be used: %s", problem)
    real = [package for package in packages if not package.sample]
    wanted = (language.lower() for language in settings.languages if language.lower() != settings.translate_to)
    return [language for language in wanted if not choose_chain(real, language, settings.translate_to)]


def _ensure(settings: Settings, language: str) -> bool:
    """Install what leads from one language to the target; tell what came of it."""
    with log_context(language=language):
        try:
            said = ", ".join(_install(settings, language))
        except CeasewireError as error:
            log.error("no translation of %s: %s", language, error)
            _tell(settings, "model_missing", language, str(error))
            return False
        log.info("installed %s", said)
        _tell(settings, "model_installed", language, said)
        return True


def _install(settings: Settings, language: str) -> Iterable[str]:
    packages = packages_for(fetch_index(settings.argos_index), language, settings.translate_to)
    if not packages:
        remedy = "make one of a multilingual model, see ceasewire models pack --help, and install it from its file"
        raise Permanent(
            f"the index has no package that leads to {settings.translate_to}", about=language, remedy=remedy
        )
    for package in packages:
        archive = download(package, settings.packages_dir / DOWNLOADS, _Progress(package))
        try:
            for one in install_archive(archive, settings.packages_dir):
                yield f"{one.from_code} → {one.to_code}: {one.name} {one.version}"
        finally:
            archive.unlink(missing_ok=True)  # installed, or unsound: either way of no further use


class _Progress:
    """Says now and then how far a download is; calls are (bytes there, bytes in all)."""

    def __init__(self, package: AvailablePackage) -> None:
        self._name = package.file_name
        self._next = 0

    def __call__(self, have: int, total: int | None) -> None:
        if have >= self._next:
            self._next = have + STEP
            log.info("downloading %s: %d of %s MB", self._name, have >> 20, total >> 20 if total else "?")


def _tell(settings: Settings, kind: str, language: str, message: str) -> None:
    store = Store(settings.store_url)
    try:
        with store.write() as session:
            insert_event(session, kind, language, message, datetime.now(UTC))
    except CeasewireError as error:  # the packages matter more
        log.warning("no event of it: %s", error)
    finally:
        store.dispose()
