"""Installing, removing and packing Argos packages: validated in a staging folder, moved into place in one step.

A killed installation leaves a folder whose name starts with a dot, which no reader looks at and the next
installation removes.
"""

import fcntl
import json
import os
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ceasewire.errors import Permanent
from worker.adapters.argos_engine import Engine, Search
from worker.adapters.argos_package import InstalledPackage, list_packages, read_packages
from worker.adapters.disk import REFUSED, require_space, writing

STAGING, REPLACED = ".staging-", ".replaced-"
LARGEST = 16 * 1024**3  # bytes unpacked; the largest known package has 2.5 GB


def install_archive(archive: Path, packages_dir: Path) -> list[InstalledPackage]:
    """Install one .argosmodel file; returns its package, one per source language.

    Raises Permanent naming the file and what is wrong with it, Transient where the disk refuses it; nothing is
    changed then.
    """
    with writing(packages_dir), locked(packages_dir):
        staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=packages_dir))
        try:
            root = _extract(archive, staging)
            packages = read_packages(root)
            _try_out(packages)
            folder = packages_dir / _folder_name(packages[0])
            _move_into_place(root, folder)
        except Permanent as error:
            raise Permanent(error.message, about=str(archive), remedy=error.remedy) from error
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        _remove_others(packages[0], folder, packages_dir)
    return read_packages(folder)


def _folder_name(package: InstalledPackage) -> str:
    safe = "".join(char if char.isalnum() or char in "._-" else "_" for char in f"{package.name}-{package.version}")
    return safe.lstrip(".")


def _try_out(packages: list[InstalledPackage]) -> None:
    """Load the model and translate one word, so that a damaged package never gets into place."""
    for package in packages:
        try:
            Engine(package, inter_threads=1).translate(["1"], Search(beam=1))
        except (RuntimeError, ValueError, IndexError, OSError) as error:
            raise Permanent(f"the model does not work: {error}", about=str(package.folder)) from error


def _move_into_place(root: Path, folder: Path) -> None:
    """Another version has another folder; the same version is swapped."""
    replaced = folder.with_name(REPLACED + folder.name)
    if folder.exists():
        os.replace(folder, replaced)
    os.replace(root, folder)
    shutil.rmtree(replaced, ignore_errors=True)


def _remove_others(installed: InstalledPackage, folder: Path, packages_dir: Path) -> None:
    """Other versions of the same package are no longer needed."""
    for package in list_packages(packages_dir)[0]:
        if package.name == installed.name and package.folder != folder:
            _remove_folder(package.folder)


# --- the archive -----------------------------------------------------------------------------------------------


def _extract(archive: Path, staging: Path) -> Path:
    """Unpack into `staging`; returns the archive's one root folder."""
    try:
        with zipfile.ZipFile(archive) as file:
            members = [member for member in file.infolist() if not member.is_dir()]
            root = _check_members(members, staging)
            for member in members:
                file.extract(member, staging)  # compares the CRC of each
    except FileNotFoundError:
        raise Permanent("no such file", about=str(archive)) from None
    except (zipfile.BadZipFile, EOFError, OSError, RuntimeError) as error:
        if isinstance(error, OSError) and error.errno in REFUSED:
            raise  # that is not the archive's fault
        raise Permanent(f"not a sound zip archive: {error}", about=str(archive)) from error
    return staging / root


def _check_members(members: list[zipfile.ZipInfo], staging: Path) -> str:
    """Everything under one folder, nothing outside of it, and room for it on the disk."""
    roots = set()
    for member in members:
        path = PurePosixPath(member.filename)
        if path.is_absolute() or ".." in path.parts or stat.S_ISLNK(member.external_attr >> 16):
            raise Permanent(f"unsafe path in the archive: {member.filename}", about=str(staging))
        if len(path.parts) > 1:
            roots.add(path.parts[0])
    if len(roots) != 1:
        raise Permanent("not an Argos package: it must hold exactly one folder", about=str(staging))
    size = sum(member.file_size for member in members)
    if size > LARGEST:
        raise Permanent(f"unpacks to {size / 1e9:.1f} GB, more than any translation package", about=str(staging))
    require_space(size, staging)
    return roots.pop()


# --- removing and cleaning -------------------------------------------------------------------------------------


def remove_language(code: str, packages_dir: Path) -> list[InstalledPackage]:
    """Remove the packages that translate from a language; returns them. Raises Permanent where there is none."""
    with locked(packages_dir):
        found = [package for package in list_packages(packages_dir)[0] if package.from_code == code]
        if not found:
            raise Permanent("no package is installed", about=code, remedy="ceasewire models list")
        for package in found:
            _remove_folder(package.folder)
    return found


def _remove_folder(folder: Path) -> None:
    """Out of sight in one step, then deleted."""
    if folder.exists():
        hidden = Path(tempfile.mkdtemp(prefix=STAGING, dir=folder.parent))
        os.replace(folder, hidden)
        shutil.rmtree(hidden, ignore_errors=True)


@contextmanager
def locked(packages_dir: Path) -> Iterator[None]:
    """One installation at a time; what a killed one left is cleaned first."""
    packages_dir.mkdir(parents=True, exist_ok=True)
    with (packages_dir / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Permanent("another installation is under way", about=str(packages_dir)) from None
        _clean(packages_dir)
        yield


def _clean(packages_dir: Path) -> None:
    for folder in packages_dir.iterdir():
        if folder.name.startswith(REPLACED):
            original = packages_dir / folder.name.removeprefix(REPLACED)
            if not original.exists():
                os.replace(folder, original)
                continue
        if folder.name.startswith((STAGING, REPLACED)):
            shutil.rmtree(folder, ignore_errors=True)


# --- packing ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PackPlan:
    """A CTranslate2 model and what its package must say of it.

    `source_prefixes` maps each source language to the token before its sentences (M2M-100: `__hy__`), or to "".
    """

    model_dir: Path
    tokenizer: Path  # a SentencePiece model, or the merges of subword-nmt
    source_prefixes: Mapping[str, str]
    target: str
    target_prefix: str = ""
    add_source_eos: bool = False
    version: str = "1.0"
    name: str = ""


def pack(plan: PackPlan, archive: Path) -> Path:
    """Write a .argosmodel file that `install_archive` and argostranslate understand."""
    if not plan.source_prefixes:
        raise Permanent("at least one source language is needed", about=str(archive))
    for path in (plan.model_dir / "model.bin", plan.tokenizer):
        if not path.is_file():
            raise Permanent("no such file", about=str(path), remedy="give a CTranslate2 model folder and its tokenizer")
    root = f"translate-{'-'.join(plan.source_prefixes)}_{plan.target}"
    staging = archive.with_name(archive.name + ".part")
    with zipfile.ZipFile(staging, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as file:
        file.writestr(f"{root}/metadata.json", json.dumps(_metadata(plan, root), ensure_ascii=False, indent=1))
        file.write(plan.tokenizer, f"{root}/{_tokenizer_name(plan.tokenizer)}")
        for path in sorted(plan.model_dir.iterdir()):
            if path.is_file():
                file.write(path, f"{root}/model/{path.name}")
    os.replace(staging, archive)
    return archive


def _metadata(plan: PackPlan, root: str) -> dict[str, object]:
    first = next(iter(plan.source_prefixes))
    return {
        "package_version": plan.version,
        "argos_version": "1.9",
        "from_code": first,
        "from_name": first,
        "to_code": plan.target,
        "to_name": plan.target,
        "name": plan.name or root,
        "source_prefixes": dict(plan.source_prefixes),
        "target_prefix": plan.target_prefix,
        "add_source_eos": plan.add_source_eos,
    }


def _tokenizer_name(tokenizer: Path) -> str:
    """SentencePiece models are binary, BPE merges are text; names tell neither (sentencepiece.bpe.model)."""
    with tokenizer.open("rb") as file:
        start = file.read(4096)
    return "sentencepiece.model" if b"\0" in start or start.startswith(b"\n") else "bpe.model"
