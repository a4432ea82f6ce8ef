"""Probes: is the process alive, and is the service fit to answer."""

from fastapi import APIRouter, Response

from api.deps import NowDep, StoreDep
from api.schemas import Health, Readiness
from ceasewire import __version__
from ceasewire.errors import StoreUnavailable
from ceasewire.store.heartbeats import list_heartbeats
from ceasewire.store.queries import queue_depths
from ceasewire.store.session import Store

router = APIRouter(tags=["operation"])


@router.get("/healthz", summary="Is the store reachable?", responses={503: {"model": Health}})
def healthz(store: StoreDep, response: Response) -> Health:
    """200 while the API can answer, else 503."""
    trouble = _trouble(store)
    response.status_code = 503 if trouble else 200
    return Health(status="unavailable" if trouble else "ok", version=__version__, checks={"store": trouble or "ok"})


@router.get("/readyz", summary="The same, with queues and the other parts", responses={503: {"model": Readiness}})
def readyz(store: StoreDep, response: Response, now: NowDep) -> Readiness:
    """How much waits at each stage, and when each part of the service was last heard of."""
    health = healthz(store, response)
    if health.status != "ok":
        return Readiness(**health.model_dump())
    with store.read() as s:
        waiting = queue_depths(s, now)
        heartbeats = {one.name: one.at for one in list_heartbeats(s)}
    return Readiness(**health.model_dump(), waiting=waiting, heartbeats=heartbeats)


def _trouble(store: Store) -> str | None:
    try:
        store.check()
    except StoreUnavailable as error:
        return error.message
    return None
