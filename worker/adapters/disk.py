"""Room on a disk: refused beforehand where the need is known, told in plain words where it ends in the middle."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ceasewire.errors import Permanent, Transient

SPARE = 64 * 1024 * 1024  # bytes that must stay free: the store may be on the same disk
REMEDY = "free some space, or set CEASEWIRE_DATA_DIR to a larger disk"
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
REFUSED = FULL | {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST}


def require_space(size: int, folder: Path) -> None:
    """Raises Permanent unless `size` bytes fit beside what must stay free."""
    free = shutil.disk_usage(folder).free
    if free < size + SPARE:
        needed = f"needs {(size + SPARE) / 1e6:.0f} MB of disk, {free / 1e6:.0f} MB are free"
        raise Permanent(needed, about=str(folder), remedy=REMEDY)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Around all that writes below `folder`. Raises Transient where the system refuses it, naming the remedy."""
    try:
        yield
    except OSError as error:
        if error.errno not in REFUSED:
            raise
        remedy = REMEDY if error.errno in FULL else "let this user write there, or set CEASEWIRE_DATA_DIR"
        raise Transient(f"cannot be written: {error.strerror}", about=str(folder), remedy=remedy) from error
