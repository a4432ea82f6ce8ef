"""`ceasewire backup` and `ceasewire restore`: the embedded store with all that it needs, in one file."""

import hashlib
import json
import shutil
import tarfile
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from ceasewire import __version__
from ceasewire.errors import ConfigError
from ceasewire.secrets import KEY_FILE
from ceasewire.settings import SQLITE_FILE, Settings
from ceasewire.store.backup import check_sqlite, copy_sqlite
from worker.adapters.argos_package import list_packages
from worker.embedded import lock_data_dir

MANIFEST = "manifest.json"
CONFIG = "config"
POSTGRES = (
    "with PostgreSQL its own tools do it: pg_dump -Fc -f FILE DATABASE, pg_restore --clean --create -d postgres FILE"
)


@click.command(name="backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def command(file: Path) -> None:
    """Write the embedded store to FILE, while the service runs or not.

    A tar with the store, the key of subscribers' secrets, config/ and the list of translation packages. It holds
    secrets: keep it as you keep those. For PostgreSQL use pg_dump.
    """
    settings = _embedded()
    if file.exists():
        raise ConfigError("is there already", about=str(file), remedy="choose another name, e.g. with the date")
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=file.resolve().parent) as scratch:
        folder = Path(scratch)
        copy_sqlite(settings.data_dir / SQLITE_FILE, folder / SQLITE_FILE)
        revision = check_sqlite(folder / SQLITE_FILE)
        manifest = _manifest(settings, revision, _sha256(folder / SQLITE_FILE))
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        written = folder / "backup.tar"
        written.touch(mode=0o600)
        with tarfile.open(written, "w", dereference=True) as tar:  # files behind links, as some mounts have them
            for name in (MANIFEST, SQLITE_FILE):
                tar.add(folder / name, name)
            if (settings.data_dir / KEY_FILE).exists():
                tar.add(settings.data_dir / KEY_FILE, KEY_FILE)
            tar.add(settings.config_dir, CONFIG)
        written.rename(file)  # whole or not at all
    click.echo(f"{file}: {file.stat().st_size / 1e6:,.1f} MB, store of revision {revision}")


def _manifest(settings: Settings, revision: str, sha256: str) -> dict[str, Any]:
    packages, _ = list_packages(settings.packages_dir)
    return {
        "ceasewire": __version__,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "revision": revision,
        "sha256": sha256,
        "packages": sorted(f"{one.from_code} → {one.to_code} {one.version}" for one in packages),
    }


@click.command(name="restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def restore(file: Path) -> None:
    """Put the store of a backup in the place of the embedded one, which is kept beside it.

    The backup is looked at first: whole, undamaged, of a version that this one knows. Nothing is done while
    `ceasewire up` runs on the data directory. config/ of the backup is laid beside, not over yours.
    """
    settings = _embedded()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with (
        closing(lock_data_dir(settings.data_dir)),
        tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.data_dir) as scratch,
    ):
        manifest = _unpack(file, Path(scratch))
        kept = _swap(settings.data_dir, Path(scratch))
    for line in kept:
        click.echo(f"kept      {line}")
    click.echo(f"restored  the store of {manifest['made_at']}, revision {manifest['revision']}")
    for one in manifest["packages"]:
        click.echo(f"package   {one}: install it if it is missing, see ceasewire models list")


def _unpack(file: Path, folder: Path) -> dict[str, Any]:
    """Take the backup apart into `folder` and look at it. Raises ConfigError."""
    try:
        with tarfile.open(file) as tar:
            _take_out(tar, folder.resolve())
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        sha256 = _sha256(folder / SQLITE_FILE)
    except (tarfile.TarError, OSError, ValueError) as error:
        raise ConfigError(f"is no backup of Ceasewire: {error}", about=str(file)) from error
    if manifest.get("sha256") != sha256:
        raise ConfigError("is damaged: its store is not what was written", about=str(file), remedy="take another")
    check_sqlite(folder / SQLITE_FILE)
    return manifest


def _take_out(tar: tarfile.TarFile, folder: Path) -> None:
    """The plain files of a backup, none outside of `folder`: tarfile's own filters need Python 3.11.4."""
    for member in tar:
        content = tar.extractfile(member) if member.isreg() else None
        if content is None:
            continue
        target = (folder / member.name).resolve()
        if not target.is_relative_to(folder):
            raise tarfile.ExtractError(f"{member.name} leads out of it")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch(mode=0o600)
        with content, target.open("wb") as file:
            shutil.copyfileobj(content, file)


def _swap(data_dir: Path, folder: Path) -> list[str]:
    """Move what is there aside and the backup's into its place; returns what was kept or laid beside."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    kept = []
    for name in (SQLITE_FILE, f"{SQLITE_FILE}-wal", f"{SQLITE_FILE}-shm", KEY_FILE):
        old = data_dir / name
        if old.exists() and (name != KEY_FILE or (folder / KEY_FILE).exists()):
            old.rename(data_dir / f"before-{stamp}-{name}")
            kept.append(f"{data_dir / f'before-{stamp}-{name}'}: what was there")
    for name in (SQLITE_FILE, KEY_FILE):
        if (folder / name).exists():
            (folder / name).rename(data_dir / name)
    if (folder / CONFIG).exists():
        shutil.move(folder / CONFIG, data_dir / f"config-{stamp}")
        kept.append(f"{data_dir / f'config-{stamp}'}: config/ of the backup; compare it with yours")
    return kept


def _embedded() -> Settings:
    settings = Settings.from_environment()
    if settings.database_url:
        raise ConfigError("the store is PostgreSQL", about="CEASEWIRE_DATABASE_URL", remedy=POSTGRES)
    return settings


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
