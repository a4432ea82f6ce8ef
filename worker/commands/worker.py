"""`ceasewire worker`: one Celery worker for one stage."""

import gc
import logging
import os
import resource

import click

from ceasewire.logs import configure_logs
from ceasewire.settings import Settings
from ceasewire.strength import check_secrets

# Fetching and sending wait for others: threads. Reading and translating compute, and must be killable: processes.
ROLES = {
    "poll": ("poll", "threads", 8),
    "enrich": ("enrich", "prefork", 1),
    "translate": ("translate", "prefork", 1),
    "alert": ("alert", "threads", 8),
}
TAGGING = ("enrich", "translate")  # they hold the topic models, read before their pools fork
GROWTH_KILOBYTES = 180_000  # what a reader may come to need beyond its parent; after a worse feed it is replaced
log = logging.getLogger(__name__)

# A thread that is done does not wake Celery's loop, which asks for more a second later: what a thread may do in that
# second must be there already. A message that is lost so is rung again by the sweep.
PREFETCHED = {"alert": 32}  # messages a thread; one each where a message is long work


@click.command(name="worker")
@click.argument("role", type=click.Choice(list(ROLES)))
@click.option("--concurrency", "-c", type=click.IntRange(1, 64), help="Threads or processes; each role has a default.")
def command(role: str, concurrency: int | None) -> None:
    """Run one worker until it is told to stop.

    \b
    poll       fetches sources (threads)
    enrich     reads what was fetched, finds languages, tags (processes)
    translate  translates in batches; one model in memory per process
    alert      sweeps for what is due and delivers alerts (threads)

    Needs CEASEWIRE_REDIS_URL, and CEASEWIRE_DATABASE_URL unless the store is SQLite in the data directory.
    """
    os.environ["OMP_NUM_THREADS"] = "1"  # before CTranslate2 loads: more threads only fight over the cores
    settings = Settings.from_environment()
    configure_logs(settings.log_format)
    check_secrets(settings)
    from worker.app import app
    from worker.runtime import run_beside, tell_start
    from worker.wiring import services

    queue, pool, default = ROLES[role]
    part = f"worker-{role}"
    run_beside(part, settings)
    held = services().configuration if role in TAGGING else None
    started = f"started with {held}" if held else "started"
    log.info("%s %s", part, started)
    tell_start(part, settings, started, held)
    gc.freeze()  # what is loaded by now stays: no collection need walk it, and no fork copies its pages
    app.worker_main(
        [
            "--quiet",  # no banner
            "worker",
            f"--queues={queue}",
            f"--pool={pool}",
            f"--concurrency={concurrency or default}",
            f"--prefetch-multiplier={PREFETCHED.get(role, 1)}",
            f"--hostname={role}@%h",
            "--loglevel=INFO",
            "--without-gossip",
            "--without-mingle",
            *bounds(role),
        ]
    )


def bounds(role: str) -> list[str]:
    """A process that read a monstrous feed would keep the memory that it took: it ends after that task."""
    if role != "enrich":
        return []
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # with the topic models, whatever their size
    return [f"--max-memory-per-child={used + GROWTH_KILOBYTES}"]
