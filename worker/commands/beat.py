"""`ceasewire beat`: the clock. One is enough; due times themselves live in the store."""

import tempfile
from pathlib import Path

import click

from ceasewire.logs import configure_logs
from ceasewire.settings import Settings
from ceasewire.strength import check_secrets


@click.command(name="beat")
def command() -> None:
    """Run the clock that rings the sweep. Run exactly one; a second one only rings twice."""
    settings = Settings.from_environment()
    configure_logs(settings.log_format)
    check_secrets(settings)
    from celery import signals

    from worker.app import app
    from worker.runtime import run_beside, show_alive

    run_beside("beat", settings)
    signals.after_task_publish.connect(show_alive, weak=False)  # every five seconds, while the broker takes them
    with tempfile.TemporaryDirectory(prefix="ceasewire-beat-") as directory:
        app.Beat(loglevel="INFO", schedule=str(Path(directory) / "schedule"), quiet=True).run()
