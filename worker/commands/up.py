"""`ceasewire up`: the whole service in one foreground command."""

import os
import signal
from dataclasses import replace
from pathlib import Path
from types import FrameType

import click

from ceasewire.settings import Settings
from worker.embedded import EmbeddedStack


@click.command(name="up")
@click.option(
    "--data-dir", type=click.Path(path_type=Path), help="Where all state lives.  [default: the user's data home]"
)
@click.option("--config-dir", type=click.Path(path_type=Path, exists=True), help="Where config/ is.")
@click.option("--host", help="Address of the page and the API.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the page and the API; 0 takes a free one.")
@click.option("--sample/--no-sample", default=None, help="Poll the recorded sample too; works without internet.")
@click.option("--live/--no-live", default=None, help="Poll the live sources of config/sources.yaml.  [default: live]")
def command(
    data_dir: Path | None,
    config_dir: Path | None,
    host: str | None,
    port: int | None,
    sample: bool | None,
    live: bool | None,
) -> None:
    """Run store, broker, workers, clock, API and page here, until Ctrl-C.

    Everything lives in one data directory; stop and start as you like. A second Ctrl-C kills at once.
    SIGHUP reads config/ again, without a stop: kill -HUP PID.
    CEASEWIRE_DATABASE_URL and CEASEWIRE_REDIS_URL use servers of yours instead of the embedded ones.
    """
    settings = Settings.from_environment()
    given = {
        "data_dir": data_dir,
        "config_dir": config_dir,
        "host": host,
        "port": port,
        "sample": sample,
        "live": live,
    }
    settings = replace(settings, **{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    if data_dir is not None:
        settings = replace(settings, packages_dir=data_dir / "packages")
    with EmbeddedStack(settings, say=_say) as stack:
        _handle_signals(stack)
        stack.run()


def _say(line: str) -> None:
    click.echo(line)


def _handle_signals(stack: EmbeddedStack) -> None:
    had_terminal = os.isatty(0)

    def stop(_number: int, _frame: FrameType | None) -> None:
        if stack.stopping:
            stack.kill()
        stack.stopping = True

    def hang_up(_number: int, _frame: FrameType | None) -> None:
        if had_terminal and not os.isatty(0):  # what the signal was made for: the terminal was closed
            stack.stopping = True
        else:
            stack.reloading = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # else it was started with nohup
        signal.signal(signal.SIGHUP, hang_up)
