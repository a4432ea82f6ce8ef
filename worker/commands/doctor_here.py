"""Checks of `ceasewire doctor` that need no store: Python and packages, directories, secrets, files, models, mail."""

import os
import shutil
import smtplib
import sys
from collections.abc import Iterator
from importlib import metadata
from ipaddress import ip_address

import redis
from packaging.requirements import Requirement

from ceasewire.broker import PATIENCE_SECONDS, redis_py_url
from ceasewire.errors import ConfigError
from ceasewire.items import TextForTranslation, Unavailable
from ceasewire.operator import read_apprise
from ceasewire.secrets import KEY_FILE
from ceasewire.settings import Settings
from ceasewire.sources import load_sources
from ceasewire.strength import check_secrets as refuse_weak_secrets
from worker.adapters.argos_package import list_packages
from worker.adapters.port import is_our_api, port_fault
from worker.commands.doctor_check import Check, error, ok, warning
from worker.notifiers.email import MailServer, read_sender
from worker.wiring import Services

OLDEST_PYTHON = (3, 11)
GIB = 1 << 30
FEW_BYTES, FEWEST_BYTES = GIB, GIB // 8  # free on the disk of the data
SAMPLE_TEXTS = {"ru": "Мир.", "hy": "Խաղաղություն։", "az": "Sülh.", "tr": "Barış."}


def check_python() -> Iterator[Check]:
    """This Python, and every package that is asked for, in a version that is asked for."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        yield error("python", f"Python {version}", "use Python 3.11 or newer")
    wrong = list(_wrong_packages())
    if wrong:
        yield error("packages", "; ".join(wrong), "install from the lock: pip install --no-deps -r requirements.lock")
    else:
        yield ok("packages", f"Python {version}, all packages as asked for")


def _wrong_packages() -> Iterator[str]:
    for line in metadata.requires("ceasewire") or ():
        wanted = Requirement(line)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        try:
            found = metadata.version(wanted.name)
        except metadata.PackageNotFoundError:
            yield f"{wanted.name} is missing"
            continue
        if not wanted.specifier.contains(found, prereleases=True):
            yield f"{wanted.name} is {found}, not {wanted.specifier}"


def check_data_dir(settings: Settings) -> Iterator[Check]:
    """Writable, with space left."""
    directory = settings.data_dir
    there = next(one for one in (directory, *directory.parents) if one.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        if settings.database_url and settings.secret_key:  # a read-only root, as in docker-compose.yml
            yield ok("data", f"{directory} is not written to: store and key are elsewhere")
            return
        yield error("data", f"{directory} cannot be written", "give it to this user, or set CEASEWIRE_DATA_DIR")
        return
    free = shutil.disk_usage(there).free
    said = f"{directory}, {free / GIB:.1f} GiB free" if free >= GIB else f"{directory}, {free >> 20} MiB free"
    remedy = "free some space: ceasewire prune, or a larger disk"
    if free < FEWEST_BYTES:
        yield error("data", said, remedy)
    elif free < FEW_BYTES:
        yield warning("data", said, remedy)
    else:
        yield ok("data", said)


def check_secrets(settings: Settings) -> Iterator[Check]:
    """A key for the subscribers' secrets, which only this user reads, and one for the API where others reach it."""
    file = settings.data_dir / KEY_FILE
    try:
        refuse_weak_secrets(settings)
    except ConfigError as weak:
        yield error("secrets", f"{weak.about} {weak.message}: nothing will start", weak.remedy)
    if not settings.secret_key and file.exists() and file.stat().st_mode & 0o077:
        yield error("secret key", f"{file} can be read by others", f"chmod 600 {file}")
    elif not settings.secret_key and settings.database_url:
        remedy = "set CEASEWIRE_SECRET_KEY to the same value in every process"
        yield warning("secret key", f"it is in {file}, and other machines make their own", remedy)
    else:
        yield ok("secret key", "set" if settings.secret_key else f"in {file}, made when it is first needed")
    if not _is_loopback(settings.host) and not settings.api_key and not settings.open_reads:
        remedy = "set CEASEWIRE_API_KEY, at least 16 characters, or CEASEWIRE_OPEN_READS=yes"
        yield error("API key", f"the API listens on {settings.host} without a key, and will not start", remedy)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_port(settings: Settings) -> Iterator[Check]:
    """The API can listen where it is to, or listens there already."""
    where = f"{settings.host}:{settings.port}"
    fault = port_fault(settings.host, settings.port)
    if fault is None:
        yield ok("port", f"{where} is free")
    elif is_our_api(settings.host, settings.port):
        yield ok("port", f"the API answers at {where}")
    else:
        yield error("port", f"{where}: {fault}", "stop what listens there, or set CEASEWIRE_PORT or CEASEWIRE_HOST")


def check_config(services: Services) -> Iterator[Check]:
    """Every file of the configuration can be read; each error names file and line."""
    directory = services.settings.config_dir
    models = ", ".join(f"{one.id} {one.version}" for one in services.conflicts.values())
    yield ok("conflicts", models)
    sources = load_sources(directory / "sources.yaml")
    yield ok("sources", f"{sum(one.enabled for one in sources)} on, {sum(not one.enabled for one in sources)} off")
    read_apprise(services.settings)


def check_models(services: Services) -> Iterator[Check]:
    """The translation packages that are wanted are installed and load."""
    packages, broken = list_packages(services.settings.packages_dir)
    for one in broken:
        yield error("models", f"{one.about}: {one.message}", one.remedy or "install it again: ceasewire models install")
    wanted = set(services.settings.languages) - {services.settings.translate_to}
    missing = wanted - services.languages()
    if missing:
        remedy = f"ceasewire models install {' '.join(sorted(missing))}"
        yield error("models", f"no translation package for {', '.join(sorted(missing))}", remedy)
    if not packages:
        remedy = "ceasewire models install ru hy az tr"
        yield warning("models", "no translation package: items stay in their language", remedy)
        return
    yield from _load_models(services, sorted(services.languages()))


def _load_models(services: Services, languages: list[str]) -> Iterator[Check]:
    texts = [TextForTranslation(n, "", SAMPLE_TEXTS.get(code, "."), code) for n, code in enumerate(languages)]
    outcomes = services.translator.translate(texts)
    failed = [one for one in outcomes if isinstance(one, Unavailable)]
    for one in failed:
        yield error(
            "models", f"{one.language}: {one.reason}", one.remedy or "install it again: ceasewire models install"
        )
    if not failed:
        yield ok("models", f"{', '.join(languages)} → {services.settings.translate_to} load")


def check_redis(settings: Settings) -> Iterator[Check]:
    """It answers, keeps what it has over a restart, and refuses writes when it is full instead of dropping messages."""
    if not settings.redis_url:
        yield ok("redis", "embedded: `ceasewire up` starts a server of its own")
        return
    options = {"socket_timeout": PATIENCE_SECONDS, "socket_connect_timeout": PATIENCE_SECONDS}
    with redis.Redis.from_url(redis_py_url(settings.redis_url), decode_responses=True, **options) as client:
        try:
            client.ping()
            policy = client.config_get("maxmemory-policy").get("maxmemory-policy", "noeviction")
            appends = client.config_get("appendonly").get("appendonly", "yes")
        except redis.ResponseError:  # a hosted one that shows no configuration
            yield ok("redis", "answers; its configuration cannot be seen")
            return
        except redis.RedisError as found:
            yield error("redis", str(found), "is the server running, and CEASEWIRE_REDIS_URL right?")
            return
    if policy != "noeviction":
        yield error("redis", f"drops messages when it is full: maxmemory-policy {policy}", "set it to noeviction")
    if appends != "yes":
        yield warning("redis", "forgets its messages in a restart", "set appendonly yes; the sweep makes up for it")
    if policy == "noeviction" and appends == "yes":
        yield ok("redis", "answers, append-only file, noeviction")


def check_mail(settings: Settings) -> Iterator[Check]:
    """The mail server takes us, and mails have a sender and links that work outside."""
    if not settings.smtp_url:
        return
    server = MailServer.from_url(settings.smtp_url)
    read_sender(settings.mail_from)
    make = smtplib.SMTP_SSL if server.tls == "implicit" else smtplib.SMTP
    try:
        with make(server.host, server.port, timeout=10) as connection:
            if server.tls == "starttls":
                connection.starttls()
            if server.user:
                connection.login(server.user, server.password)
            connection.noop()
    except (OSError, smtplib.SMTPException) as found:
        yield error("mail", f"{server.host}:{server.port}: {found}", "check CEASEWIRE_SMTP_URL and the way there")
        return
    yield ok("mail", f"{server.host}:{server.port} takes us")
    if not settings.public_url.startswith("https://"):
        remedy = "set CEASEWIRE_PUBLIC_URL=https://…, where subscribers reach the page"
        yield warning("mail links", f"links in mails lead to {settings.reached_at}", remedy)
