"""Probes: is the process alive, and is the service fit to answer."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from fastapi import APIRouter, Response

from api.deps import NowDep, SettingsDep, StoreDep
from api.schemas import Health, Readiness
from ceasewire import __version__
from ceasewire.broker import ping_broker
from ceasewire.errors import StoreUnavailable
from ceasewire.store.heartbeats import list_heartbeats
from ceasewire.store.measures import oldest_waiting
from ceasewire.store.queries import queue_depths
from ceasewire.store.reloads import list_broken
from ceasewire.store.session import Store

SWEEP_LATE = timedelta(seconds=60)  # it runs every five

router = APIRouter(tags=["operation"])


@router.get("/healthz", summary="Is the store reachable?", responses={503: {"model": Health}})
def healthz(store: StoreDep, response: Response) -> Health:
    """200 while the API can answer, else 503."""
    trouble = _trouble(store)
    response.status_code = 503 if trouble else 200
    return Health(status="unavailable" if trouble else "ok", version=__version__, checks={"store": trouble or "ok"})


@router.get(
    "/readyz", summary="The same, with broker, queues and the other parts", responses={503: {"model": Readiness}}
)
def readyz(store: StoreDep, settings: SettingsDep, response: Response, now: NowDep) -> Readiness:
    """503 without a store of this version's tables; `degraded` where broker or sweep are not heard of, or a
    changed file of config/ is broken and its former content goes on."""
    health = healthz(store, response)
    if health.status != "ok":
        return Readiness(**health.model_dump())
    with store.read() as s:
        waiting, oldest = queue_depths(s, now), oldest_waiting(s, now)
        heartbeats = {one.name: one.at for one in list_heartbeats(s)}
        broken = list_broken(s)
    checks = health.checks | {"broker": _broker(settings.redis_url), "sweep": _sweep(heartbeats.get("sweep"), now)}
    checks["config"] = _config(sorted(broken))
    return Readiness(
        status="ok" if set(checks.values()) == {"ok"} else "degraded",
        version=health.version,
        checks=checks,
        waiting=waiting,
        oldest_seconds=dict(oldest),
        heartbeats=heartbeats,
    )


def _broker(url: str) -> str:
    if not url:
        return "not known to the API: CEASEWIRE_REDIS_URL is empty"
    return ping_broker(url) or "ok"


def _sweep(at: datetime | None, now: datetime) -> str:
    """What is due is found by the sweep: while it runs, the clock, the broker and the alert worker do."""
    if at is None:
        return "never ran: are beat and the alert worker up?"
    late = now - at > SWEEP_LATE
    return f"last ran {at:%F %R} UTC: are beat, the broker and the alert worker up?" if late else "ok"


def _config(parts: Sequence[str]) -> str:
    # Without the mistake itself: anybody may ask here, and it quotes a file.
    return f"broken: {', '.join(parts)} go on with what they read before; /events says what is wrong" if parts else "ok"


def _trouble(store: Store) -> str | None:
    try:
        store.check()
    except StoreUnavailable as error:
        return error.message
    return None
