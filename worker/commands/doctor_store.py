"""Checks of `ceasewire doctor` that ask the store: version, clock, who works, what waits, which channels fail."""

import contextlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from ceasewire.conflict.model import hashes_of, name_models
from ceasewire.errors import ConfigError
from ceasewire.pipeline.subscription import Known
from ceasewire.settings import SQLITE_FILE
from ceasewire.store.channels import list_channels
from ceasewire.store.clock import database_now, newest_moment
from ceasewire.store.heartbeats import list_heartbeats
from ceasewire.store.in_force import get_models_told, is_in_force, list_outdated
from ceasewire.store.measures import oldest_waiting
from ceasewire.store.queries import queue_depths
from ceasewire.store.session import Session
from ceasewire.subscribing import known_names
from worker.commands.doctor_check import Check, error, guarded, ok, warning
from worker.jobs.load_subscriptions import FILE, read_subscriptions
from worker.wiring import Services

LATE = {"poll": 900.0, "read": 300.0, "enrich": 900.0, "translate": 3600.0, "alert": 300.0}  # seconds
WORKERS = {"poll": "poll", "read": "enrich", "enrich": "enrich", "translate": "translate", "alert": "alert"}
SWEEP_LATE = timedelta(seconds=60)  # it runs every five
OFF = timedelta(seconds=5)


def check_store(services: Services, now: datetime) -> Iterator[Check]:
    """It answers and is of this version; then everything that it knows."""
    store = services.store
    if not services.settings.database_url and not (services.settings.data_dir / SQLITE_FILE).exists():
        yield warning("store", "there is none yet", "ceasewire up makes one, so does ceasewire db upgrade")
        return
    try:
        store.check()
        yield ok("store", store.name)
        with store.read() as session:
            yield from _known(services, session, now)
    finally:
        store.dispose()


def _known(services: Services, session: Session, now: datetime) -> Iterator[Check]:
    with contextlib.suppress(ConfigError):  # of conflicts, which was told before
        known = known_names(session, services.conflicts)
        yield from guarded("subscriptions", partial(_subscriptions, services, known))
        yield from _models_in_force(services, session, now)
    yield from _clock(session, now)
    yield from _workers(session, now)
    yield from _set_aside(session, now)
    yield from _channels(session)


def _subscriptions(services: Services, known: Known) -> Iterator[Check]:
    rows = read_subscriptions(services.settings.config_dir / FILE, known)
    yield ok("subscriptions", f"{FILE}: {len(rows)}")


def _clock(session: Session, now: datetime) -> Iterator[Check]:
    remedy = "set the clock by NTP on this machine and that of the database"
    theirs, newest = database_now(session), newest_moment(session)
    if abs(now - theirs) > OFF:
        yield error("clock", f"here it is {now:%F %T}, in the database {theirs:%F %T} UTC", remedy)
    elif newest is not None and newest > now + OFF:
        yield error("clock", f"the store has heard of {newest:%F %T} UTC already: it was turned back", remedy)
    else:
        yield ok("clock", f"{now:%F %T} UTC")


def _models_in_force(services: Services, session: Session, now: datetime) -> Iterator[Check]:
    for part, said in list_outdated(session, now).items():
        yield error("topic models", f"{part} {said.partition(': ')[0]}", "send it SIGHUP: make compose-reload")
    here, told = services.conflicts.values(), get_models_told(session)
    if told is not None and not is_in_force(session, hashes_of(here)):
        said = f"in config/ {name_models(here)}, the service works by {told.said} since {told.at:%F %R} UTC"
        yield warning("topic models", said, "have it read: make compose-reload, or kill -HUP of ceasewire up")


def _workers(session: Session, now: datetime) -> Iterator[Check]:
    beats = {one.name: one.at for one in list_heartbeats(session)}
    swept = beats.get("sweep")
    if swept is None or now - swept > SWEEP_LATE:
        last = "never" if swept is None else f"{swept:%F %T} UTC"
        yield error("sweep", f"last ran {last}", "start `ceasewire up`, or beat, Redis and worker-alert")
    else:
        yield ok("sweep", f"ran {(now - swept).total_seconds():.0f} s ago: beat, broker and worker-alert live")
    for stage, seconds in oldest_waiting(session, now).items():
        if seconds > LATE[stage]:
            said = f"what waits longest is due for {seconds / 60:,.0f} minutes"
            yield error(stage, said, f"is worker-{WORKERS[stage]} running? Its log says more")
        else:
            yield ok(stage, f"what waits longest is due for {seconds:,.0f} s")


def _set_aside(session: Session, now: datetime) -> Iterator[Check]:
    bodies = queue_depths(session, now)["fetches_set_aside"]
    if bodies:
        yield warning(
            "set aside", f"{bodies} fetched bodies that ended their reader", "see the events; please report it"
        )


def _channels(session: Session) -> Iterator[Check]:
    for one in list_channels(session):
        if one.paused_at is not None:
            remedy = "mend the receiver; it is tried every half hour and gets all that was kept"
            yield warning("channel", f"{one.kind} is paused since {one.paused_at:%F %R}: {one.last_error}", remedy)
