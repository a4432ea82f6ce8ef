"""`ceasewire doctor`: what is wrong with this installation, and what to do about it."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial

import click

from ceasewire.errors import ConfigError
from ceasewire.settings import Settings
from worker.commands.doctor_check import Check, State, error, guarded, ok
from worker.commands.doctor_here import (
    check_config,
    check_data_dir,
    check_mail,
    check_models,
    check_port,
    check_python,
    check_redis,
    check_secrets,
)
from worker.commands.doctor_store import check_store
from worker.wiring import Services

COLOURS = {State.OK: "green", State.WARNING: "yellow", State.ERROR: "red"}


@click.command(name="doctor")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for machines.")
def command(as_json: bool) -> None:
    """Look at everything that goes wrong in practice, and say the remedy.

    Settings, packages, disk, secrets, port, store, Redis, files in config/, translation packages, clock, workers,
    channels and mail. Changes nothing. Exit status 1 where something is an error.
    """
    checks = list(examine())
    if as_json:
        found = {"ok": not _errors(checks), "checks": [asdict(one) for one in checks]}
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        for one in checks:
            _print(one)
    raise SystemExit(1 if _errors(checks) else 0)


def examine() -> Iterator[Check]:
    """Every check, in the order in which one thing needs another."""
    yield from guarded("python", check_python)
    try:
        settings = Settings.from_environment()
    except ConfigError as found:
        yield error("settings", f"{found.about}: {found.message}", found.remedy or "see config/env.example")
        return
    yield ok("settings", "every CEASEWIRE_ variable is known and can be read")
    services = Services(settings)
    yield from guarded("data", partial(check_data_dir, settings))
    yield from guarded("secret key", partial(check_secrets, settings))
    yield from guarded("port", partial(check_port, settings))
    yield from guarded("config", partial(check_config, services))
    yield from guarded("models", partial(check_models, services))
    yield from guarded("redis", partial(check_redis, settings))
    yield from guarded("mail", partial(check_mail, settings))
    yield from guarded("store", partial(check_store, services, datetime.now(UTC)))


def _errors(checks: list[Check]) -> int:
    return sum(one.state is State.ERROR for one in checks)


def _print(one: Check) -> None:
    click.echo(f"{click.style(f'{one.state:8}', fg=COLOURS[one.state])} {one.name:14} {one.said}")
    if one.remedy:
        click.echo(f"{'':23} → {one.remedy}")
