"""`ceasewire api`: run the API and the page. They are named by an import string: the worker never imports them."""

import os
import signal
import sys
from dataclasses import replace

import click
import uvicorn

from ceasewire.logs import configure_logs
from ceasewire.settings import Settings

APPLICATION = "api.app:create_app"
GRACE_SECONDS = 5


@click.command()
@click.option("--host", help="Address to listen on; beyond this machine it needs CEASEWIRE_API_KEY.  [CEASEWIRE_HOST]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on, 0 for a free one.  [CEASEWIRE_PORT]")
def command(host: str | None, port: int | None) -> None:
    """Run the API and the page in this process, until Ctrl-C.

    \b
    ceasewire api                        http://127.0.0.1:8642, open on this machine
    ceasewire api --host 0.0.0.0         for others too: set CEASEWIRE_API_KEY first
    """
    settings = Settings.from_environment()
    settings = replace(settings, host=host or settings.host, port=settings.port if port is None else port)
    configure_logs(settings.log_format)
    os.environ.update(settings.environment())  # the application reads its own settings, from there
    # uvicorn ends its requests and raises the signal once more: whoever asked it to stop must not see a crash.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(
        APPLICATION,
        factory=True,
        host=settings.host,
        port=settings.port,
        server_header=False,
        access_log=False,  # the application has one of its own, without what people search for
        log_config=None,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
