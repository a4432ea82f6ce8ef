"""`ceasewire worker`: one Celery worker for one stage."""

import os

import click

# Fetching and sending wait for others: threads. Reading and translating compute, and must be killable: processes.
ROLES = {
    "poll": ("poll", "threads", 8),
    "enrich": ("enrich", "prefork", 1),
    "translate": ("translate", "prefork", 1),
    "alert": ("alert", "threads", 8),
}


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
    from worker.app import app

    queue, pool, default = ROLES[role]
    app.worker_main(
        [
            "worker",
            f"--queues={queue}",
            f"--pool={pool}",
            f"--concurrency={concurrency or default}",
            f"--hostname={role}@%h",
            "--loglevel=INFO",
            "--without-gossip",
            "--without-mingle",
        ]
    )
