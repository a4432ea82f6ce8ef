"""`ceasewire status`: the whole service at a glance, live in the terminal."""

import contextlib
import json
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from types import FrameType
from typing import NoReturn

import click
from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from ceasewire.errors import StoreUnavailable
from ceasewire.settings import Settings
from worker.adapters.argos_package import choose_chain, list_packages
from worker.commands.opened import open_store
from worker.commands.status_screen import draw
from worker.jobs.status import Watched, read_status


@click.command(name="status")
@click.option("--once", is_flag=True, help="Print it once and end, as where the output is no terminal.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, once, for machines.")
@click.option("--every", "seconds", type=click.FloatRange(0.2, 3600), default=2.0, show_default=True, help="Seconds.")
def command(once: bool, as_json: bool, seconds: float) -> None:
    """Show what waits and for how long, lags, sources in trouble, models, alerts and the last events.

    It reads the store and the broker and changes nothing: run it beside the service, as often as you like. In the
    deployment: docker compose exec api ceasewire status
    """
    settings = Settings.from_environment()
    store = open_store(settings)
    watched = Watched(store, settings.redis_url, partial(package_names, settings))
    console = Console()
    try:
        if as_json:
            found = asdict(read_status(watched, datetime.now(UTC)))
            click.echo(json.dumps(found, ensure_ascii=False, indent=2, default=datetime.isoformat))
        elif once or not console.is_terminal:
            console.print(draw(read_status(watched, datetime.now(UTC))))
        else:
            watch(console, lambda: draw(read_status(watched, datetime.now(UTC))), seconds)
    finally:
        store.dispose()


def package_names(settings: Settings) -> dict[str, str]:
    """What translates each language, as far as can be known without loading a model."""
    packages, _ = list_packages(settings.packages_dir)
    chains = {one.from_code: choose_chain(packages, one.from_code, settings.translate_to) for one in packages}
    return {code: " + ".join(f"{one.name} {one.version}" for one in chain) for code, chain in chains.items() if chain}


def watch(console: Console, look: Callable[[], RenderableType], seconds: float) -> None:
    """Draw again and again until Ctrl-C. While the store is away it says so, and goes on when it is back."""
    screen = Live(console=console, screen=True, auto_refresh=False)
    with contextlib.suppress(KeyboardInterrupt), remembered_interrupts() as interrupts, screen as live:
        while not interrupts:
            try:
                seen = look()
            except StoreUnavailable as error:
                seen = Text(f"{datetime.now(UTC):%T} UTC  the store is away: {error}", "bold red")
            live.update(seen, refresh=True)
            if not interrupts:
                time.sleep(seconds)


@contextlib.contextmanager
def remembered_interrupts() -> Iterator[list[int]]:
    """Ctrl-C raises KeyboardInterrupt as ever and stands in the list: a callback of the database may swallow it."""
    interrupts: list[int] = []

    def interrupt(number: int, _frame: FrameType | None) -> NoReturn:
        interrupts.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, before)
