"""`ceasewire beat`: the clock. One is enough; due times themselves live in the store."""

import tempfile
from pathlib import Path

import click


@click.command(name="beat")
def command() -> None:
    """Run the clock that rings the sweep. Run exactly one; a second one only rings twice."""
    from worker.app import app

    with tempfile.TemporaryDirectory(prefix="ceasewire-beat-") as directory:
        app.Beat(loglevel="INFO", schedule=str(Path(directory) / "schedule"), quiet=True).run()
