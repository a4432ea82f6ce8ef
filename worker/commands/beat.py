"""`ceasewire beat`: the clock. One is enough; due times themselves live in the store."""

import logging
import tempfile
from pathlib import Path

import click

from ceasewire.logs import configure_logs
from ceasewire.settings import Settings
from ceasewire.strength import check_secrets

log = logging.getLogger(__name__)


@click.command(name="beat")
def command() -> None:
    """Run the clock that rings the sweep. Run exactly one; a second one only rings twice."""
    settings = Settings.from_environment()
    configure_logs(settings.log_format)
    check_secrets(settings)
    from celery import signals

    from worker.app import make_app, show_alive

    signals.setup_logging.connect(lambda **_: None, weak=False)  # Celery leaves it alone then
    signals.after_task_publish.connect(show_alive, weak=False)  # every five seconds, while the broker takes them
    log.info("beat started")
    app = make_app(settings, tasks=False)
    with tempfile.TemporaryDirectory(prefix="ceasewire-beat-") as directory:
        app.Beat(loglevel="INFO", schedule=str(Path(directory) / "schedule"), quiet=True).run()
