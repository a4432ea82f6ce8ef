"""The way to argostranslate's own code: imported so that it writes no folders, no log of texts, and needs no stanza.

Its settings module creates folders under the user's home at import and reads addresses from the environment; its
`package` module (metadata of packages and of the index) needs none of that.
"""

import importlib
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any

# Every variable that argostranslate.settings turns into a folder at import.
FOLDERS = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "ARGOS_PACKAGES_DIR", "ARGOS_TRANSLATE_PACKAGE_DIR")
ELSEWHERE = ("SNAP", "SNAP_USER_DATA")  # would send it to further folders


@cache
def argos_module(name: str) -> ModuleType:
    """`argostranslate.NAME`, e.g. `package` or `apply_bpe`."""
    with tempfile.TemporaryDirectory(prefix="ceasewire-argos-") as scratch, _environment(scratch):
        module = importlib.import_module(f"argostranslate.{name}")
        importlib.import_module("argostranslate.utils")
    logging.getLogger("argostranslate.utils").setLevel(logging.WARNING)  # at INFO it logs every text
    return module


@contextmanager
def _environment(scratch: str) -> Iterator[None]:
    """Send its folders to a scratch folder for the time of the import."""
    before = {name: os.environ.get(name) for name in (*FOLDERS, *ELSEWHERE)}
    os.environ.update({name: os.path.join(scratch, name.lower()) for name in FOLDERS})
    for name in ELSEWHERE:
        os.environ.pop(name, None)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def package_metadata(metadata: dict[str, Any]) -> Any:
    """One entry of the index, or one metadata.json, as argostranslate's AvailablePackage."""
    return argos_module("package").AvailablePackage(metadata)


def package_name(package: Any) -> str:
    """argostranslate's file name of a package without its ending, e.g. `translate-ru_en`."""
    return str(argos_module("package").argospm_package_name(package))
