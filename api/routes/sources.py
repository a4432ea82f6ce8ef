"""Sources: their health and rhythm, and asking one to be polled now, paused or resumed."""

from fastapi import APIRouter

from api.deps import NowDep, StoreDep
from api.errors import Problem, documented
from api.present import present_source
from api.schemas import SourceList, SourceOut
from api.schemas_sources import SourceIn, is_same, read_source
from ceasewire.store.session import Store
from ceasewire.store.sources import insert_source, list_sources, request_poll, set_source_enabled

PAUSED = "paused by a user"

MISSING = documented(_404="There is no such source")
TAKEN = documented(_409="Its id or address is taken")
DISABLED = documented(_409="It is disabled")

router = APIRouter(tags=["sources"])


@router.get("/sources", summary="All sources, how they are, and when each is polled next and why")
def list_all(store: StoreDep, now: NowDep) -> SourceList:
    """By name, disabled ones too."""
    with store.read() as s:
        return SourceList(sources=[present_source(one, now) for one in list_sources(s)])


@router.post("/sources", status_code=201, summary="Add a source", responses=TAKEN)
def add(body: SourceIn, store: StoreDep, now: NowDep) -> SourceOut:
    """Polled within seconds, and from then on in its own rhythm; it stays until `sources.yaml` names the same id."""
    config = read_source(body)
    with store.write() as s:
        taken = [one for one in list_sources(s) if is_same(one.config, config)]
        if not taken:
            insert_source(s, config, now)
    if taken:
        raise Problem(409, f"{taken[0].config.id} is there already and reads {taken[0].url}")
    return _source(store, config.id, now)


@router.get("/sources/{source_id}", summary="One source", responses=MISSING)
def get_one(source_id: str, store: StoreDep, now: NowDep) -> SourceOut:
    """A source by its id."""
    return _source(store, source_id, now)


@router.post("/sources/{source_id}/poll", summary="Poll a source now", responses=MISSING | DISABLED)
def poll_now(source_id: str, store: StoreDep, now: NowDep) -> SourceOut:
    """Makes the source due; a worker takes it within seconds."""
    with store.write() as s:
        asked = request_poll(s, source_id, now)
    source = _source(store, source_id, now)
    if not asked:
        raise Problem(409, f"{source_id} is disabled: {source.disabled_reason}; resume it first")
    return source


@router.post("/sources/{source_id}/pause", summary="Poll a source no more", responses=MISSING)
def pause(source_id: str, store: StoreDep, now: NowDep) -> SourceOut:
    """Keeps the source and its items; it stays paused when the service starts again."""
    with store.write() as s:
        set_source_enabled(s, source_id, False, PAUSED)
    return _source(store, source_id, now)


@router.post("/sources/{source_id}/resume", summary="Poll a source again", responses=MISSING)
def resume(source_id: str, store: StoreDep, now: NowDep) -> SourceOut:
    """Makes a disabled source due now."""
    with store.write() as s:
        set_source_enabled(s, source_id, True, "")
    return _source(store, source_id, now)


def _source(store: Store, source_id: str, now: NowDep) -> SourceOut:
    with store.read() as s:
        found = [one for one in list_sources(s) if one.config.id == source_id]
    if not found:
        raise Problem(404, f"there is no source {source_id!r}")
    return present_source(found[0], now)
