"""Probes: is the process alive, and is the service fit to answer."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from fastapi import APIRouter, Response

from api.catalogue import Catalogue
from api.deps import CatalogueDep, NowDep, SettingsDep, StoreDep
from api.reload import PART
from api.schemas import Health, Readiness
from ceasewire import __version__
from ceasewire.broker import ping_broker
from ceasewire.conflict.model import hashes_of
from ceasewire.errors import StoreUnavailable
from ceasewire.store.heartbeats import list_heartbeats
from ceasewire.store.in_force import is_left_behind, list_outdated
from ceasewire.store.measures import oldest_waiting
from ceasewire.store.queries import queue_depths
from ceasewire.store.reloads import list_broken
from ceasewire.store.session import Session, Store

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
def readyz(
    store: StoreDep, settings: SettingsDep, catalogue: CatalogueDep, response: Response, now: NowDep
) -> Readiness:
    """503 without a store of this version's tables; `degraded` where broker or sweep are not heard of, a changed
    file of config/ is broken and its former content goes on, or a part works by other topic models than the rest."""
    health = healthz(store, response)
    if health.status != "ok":
        return Readiness(**health.model_dump())
    with store.read() as s:
        waiting, oldest = queue_depths(s, now), oldest_waiting(s, now)
        heartbeats = {one.name: one.at for one in list_heartbeats(s)}
        broken, outdated = list_broken(s), _outdated(s, catalogue, now)
    checks = health.checks | {"broker": _broker(settings.redis_url), "sweep": _sweep(heartbeats.get("sweep"), now)}
    checks["config"] = _config(broken, outdated)
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


def _outdated(s: Session, catalogue: Catalogue, now: datetime) -> Collection[str]:
    """Workers note themselves; the API asks when it is asked."""
    left_behind = is_left_behind(s, hashes_of(catalogue.conflicts.values()), now)
    return {*list_outdated(s, now), *([PART] if left_behind else [])}


def _config(broken: Mapping[str, str], outdated: Collection[str]) -> str:
    # Without the mistake itself: anybody may ask here, and it quotes a file.
    said = []
    if broken:
        said.append(f"broken: {', '.join(sorted(broken))} go on with what they read before; /events says what is wrong")
    if outdated:
        said.append(f"outdated: {', '.join(sorted(outdated))} work by former topic models; send them SIGHUP")
    return "; ".join(said) or "ok"


def _trouble(store: Store) -> str | None:
    try:
        store.check()
    except StoreUnavailable as error:
        return error.message
    return None
