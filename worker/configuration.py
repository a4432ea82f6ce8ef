"""What workers hold of `config/` in memory. Read when they start and again on SIGHUP; a broken file changes nothing.

A pool's children are forked from a parent that has read the files, and inherit what it holds. When the parent takes
over changed files it raises a number in shared memory; a child that finds it raised before a task reads them too.
"""

import logging
import mmap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ceasewire.conflict.load import load_conflicts
from ceasewire.conflict.model import Conflict
from ceasewire.errors import CeasewireError, ConfigError
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
    """The topic models by id, and how names are translated."""

    conflicts: Mapping[str, Conflict]
    glossary: Glossary

    def __str__(self) -> str:
        models = ", ".join(f"{one.id} {one.version} ({one.sha256[:8]})" for one in self.conflicts.values())
        return f"{models}, glossary {self.glossary.version[:8]}"


def read_configuration(config_dir: Path) -> Configuration:
    """Read and compile the files. Raises ConfigError, which names file, line and remedy."""
    conflicts = load_conflicts(config_dir / "conflicts")
    return Configuration(conflicts, read_glossary(config_dir, conflicts.values()))


class Generation:
    """A number that a process shares with those forked from it: how often the files were taken over."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 8)  # anonymous and shared: a fork keeps it

    @property
    def number(self) -> int:
        """The present one."""
        return int.from_bytes(self._memory[:], "little")

    def advance(self) -> None:
        """Tell the children; only the parent does."""
        self._memory[:] = (self.number + 1).to_bytes(8, "little")


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


def read_or_keep(config_dir: Path, held: Configuration) -> Configuration:
    """The files as they are now, else what is held: they may break again between the parent's look and a child's."""
    try:
        return read_configuration(config_dir)
    except CeasewireError as error:
        log.error("config/ is broken, the former goes on: %s", error)
        return held
