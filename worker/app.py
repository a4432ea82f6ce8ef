"""The Celery app: queues, the beat schedule and the settings that stood under SIGKILL, each with its reason."""

import tempfile
from pathlib import Path

from celery import Celery
from kombu import Queue

from ceasewire.settings import Settings

QUEUES = ("poll", "enrich", "translate", "alert")
SWEEP_SECONDS = 5.0
HARD_LIMIT_SECONDS = 300
ALIVE_FILE = Path(tempfile.gettempdir()) / "ceasewire-worker.alive"


def make_app(settings: Settings, *, tasks: bool = True) -> Celery:
    """The app for one broker. Messages carry ids only: what is lost with the broker, the sweep rings again.

    The clock names tasks and runs none: without them it is a third of the size.
    """
    app = Celery("ceasewire", broker=settings.redis_url or None, include=["worker.tasks"] if tasks else [])
    app.conf.update(
        task_default_queue="enrich",
        task_queues=[Queue(name) for name in QUEUES],
        task_ignore_result=True,  # the database is the record
        task_serializer="json",
        accept_content=["json"],
        timezone="UTC",
        # A worker that dies gives its message back; the row's attempts count catches a poison item.
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        task_time_limit=HARD_LIMIT_SECONDS,
        worker_max_tasks_per_child=2_000,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        # Reconnect for ever: 100 tries, the default, end after about 50 minutes without a broker.
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": 2 * HARD_LIMIT_SECONDS,  # a longer task would run twice
            "socket_timeout": 20,
            "socket_connect_timeout": 5,
            "socket_keepalive": not settings.redis_url.startswith("redis+socket"),
            "health_check_interval": 10,
        },
        worker_cancel_long_running_tasks_on_connection_loss=False,
        beat_schedule={
            "sweep": {
                "task": "sweep",
                "schedule": SWEEP_SECONDS,
                "options": {"queue": "alert", "expires": SWEEP_SECONDS},  # a backlog of bells helps nobody
            },
            # In the background: a message that finds the queue full of fresh work is dropped, the next one comes soon.
            "retag": {
                "task": "retag_due",
                "schedule": SWEEP_SECONDS,
                "options": {"queue": "enrich", "expires": SWEEP_SECONDS},
            },
            "renew": {
                "task": "renew_due",
                "schedule": SWEEP_SECONDS,
                "options": {"queue": "translate", "expires": SWEEP_SECONDS},
            },
            "maintain": {"task": "maintain", "schedule": 600.0, "options": {"queue": "alert", "expires": 600}},
        },
        beat_max_loop_interval=1,
    )
    return app


app = make_app(Settings.from_environment())


def show_alive(**_: object) -> None:
    """Touch a file whose age is the health check: asking the worker itself would cost a second of CPU each time."""
    ALIVE_FILE.touch()
