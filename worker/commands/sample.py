"""`ceasewire sample`: the recorded sample by itself, for a deployment that wants a first look without internet."""

import logging
import signal
import threading

import click

from ceasewire.logs import configure_logs
from ceasewire.settings import Settings
from worker.adapters.sample import SampleServer
from worker.adapters.sample_model import build_sample_packages

log = logging.getLogger(__name__)


@click.group(name="sample")
def command() -> None:
    """Serve the recorded sample; `ceasewire up --sample` does all of this by itself."""


@command.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8643, show_default=True, help="Port; 0 takes a free one."
)
def serve(host: str, port: int) -> None:
    """Serve the archive over HTTP and build its word-by-word translation packages, until told to stop.

    Workers poll it when CEASEWIRE_SAMPLE_URL names its address and CEASEWIRE_ALLOW_NETWORKS its network.
    """
    settings = Settings.from_environment()
    configure_logs(settings.log_format)
    directory = settings.config_dir / "sample"
    build_sample_packages(directory / "dictionary.yaml", settings.packages_dir)
    with SampleServer(directory, port=port, host=host) as server:
        log.info("the recorded sample is at %s", server.url)
        stopped = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopped.set())
        stopped.wait()
