"""What workers hold of `config/` in memory. Read when they start and again on SIGHUP; a broken file changes nothing.

A pool's children are forked from a parent that has read the files, and inherit what it holds. When the parent takes
over changed files it puts them into shared memory; a child that finds new ones before a task reads them there, since
those on disk may have been changed again, and two children that tag by two models would undo each other's work.
"""

import io
import logging
import mmap
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ceasewire.conflict.load import load_conflicts
from ceasewire.conflict.model import Conflict, name_models
from ceasewire.errors import ConfigError
from ceasewire.pipeline.glossary import Glossary
from ceasewire.secrets import SecretBox
from ceasewire.settings import Settings
from ceasewire.store.reloads import note_broken, note_read
from ceasewire.store.session import Store
from worker.adapters.argos import read_glossary
from worker.jobs.load import load_all

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Configuration:
    """The topic models by id, how names are translated, and the files that both were read from, packed."""

    conflicts: Mapping[str, Conflict]
    glossary: Glossary
    files: bytes = field(repr=False)

    def __str__(self) -> str:
        return f"{name_models(self.conflicts.values())}, glossary {self.glossary.version[:8]}"


def read_configuration(config_dir: Path) -> Configuration:
    """Read and compile the files. Raises ConfigError, which names file, line and remedy."""
    files = _pack(config_dir)
    conflicts = load_conflicts(config_dir / "conflicts")
    glossary = read_glossary(config_dir, conflicts.values())
    if _pack(config_dir) != files:
        raise ConfigError("was changed while it was read", about=str(config_dir), remedy="have it read again")
    return Configuration(conflicts, glossary, files)


def unpack_configuration(files: bytes) -> Configuration:
    """Read what another process has read and packed."""
    with tempfile.TemporaryDirectory(prefix="ceasewire-config-") as folder:
        with zipfile.ZipFile(io.BytesIO(files)) as packed:
            packed.extractall(folder)
        return read_configuration(Path(folder))


def _pack(config_dir: Path) -> bytes:
    """The files that a configuration is read from; the same bytes for the same contents. Raises ConfigError."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted([*config_dir.glob("conflicts/*.yaml"), *config_dir.glob("glossary.yaml")]):
            try:
                archive.writestr(zipfile.ZipInfo(str(path.relative_to(config_dir))), path.read_bytes())
            except OSError as error:
                raise ConfigError(f"cannot be read: {error.strerror}", about=str(path)) from error
    return packed.getvalue()


class Handover:
    """Files that a process hands to those forked from it, and how often it did."""

    _NUMBER = 8
    _SLOT = 16_000_000  # bytes reserved for packed files, twice; memory is taken only for what is written

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, self._NUMBER + 2 * self._SLOT)  # anonymous and shared: a fork keeps it

    @property
    def number(self) -> int:
        """Of the last handover; 0 before the first."""
        return int.from_bytes(self._memory[: self._NUMBER], "little")

    def hand_over(self, files: bytes) -> None:
        """Only the parent does. Raises ConfigError for more than fits."""
        if len(files) > self._SLOT - self._NUMBER:
            raise ConfigError(f"more than {self._SLOT:,} bytes, packed", about="config/", remedy="split the conflicts")
        number = self.number + 1
        start = self._start(number)
        self._memory[start : start + self._NUMBER + len(files)] = len(files).to_bytes(self._NUMBER, "little") + files
        self._memory[: self._NUMBER] = number.to_bytes(self._NUMBER, "little")

    def last(self) -> tuple[int, bytes]:
        """The number and the files of the last handover."""
        while True:
            number = self.number
            body = self._start(number) + self._NUMBER
            length = int.from_bytes(self._memory[body - self._NUMBER : body], "little")
            files = self._memory[body : body + length]
            if number == self.number:  # else the parent may be writing over these by now
                return number, files

    def _start(self, number: int) -> int:
        return self._NUMBER + number % 2 * self._SLOT


def reload_configuration(
    store: Store, settings: Settings, part: str, clock: Callable[[], datetime]
) -> Configuration | None:
    """Read all files again and bring sources and subscriptions into the store; None if a file is broken.

    A mistake is told in the log and as an event, and nothing of the files is taken over.
    """
    try:
        read = read_configuration(settings.config_dir)
        secrets = SecretBox.open(settings.secret_key, settings.data_dir)
        lines = load_all(store, settings, read.conflicts, secrets, clock())
    except ConfigError as error:
        log.error("config/ is broken, the former goes on: %s", error)
        with store.write() as session:
            note_broken(session, part, f"goes on with the former configuration: {error}", clock())
        return None
    message = f"configuration read again: {read}; " + "; ".join(lines)
    log.info(message)
    with store.write() as session:
        note_read(session, part, message, clock())
    return read
