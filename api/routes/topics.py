"""What the conflict models know: conflicts, topics with their counts, actors and places."""

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from api.catalogue import LABEL_LANGUAGE
from api.deps import CatalogueDep, NowDep, StoreDep
from api.errors import Problem, documented
from api.params import Id, Moment, moment
from api.schemas import ConceptList, ConflictList, ConflictOut, ConflictTopics, TopicList, TopicOut
from ceasewire.store.queries import list_topics_counts

COUNTED_OVER = timedelta(days=7)

router = APIRouter(tags=["model"])


@router.get("/conflicts", summary="Conflicts that are watched")
def list_conflicts(catalogue: CatalogueDep) -> ConflictList:
    """One per file in `config/conflicts/`, with the version and hash of its model."""
    conflicts = [
        ConflictOut(
            id=one.id,
            label=one.label(LABEL_LANGUAGE),
            version=one.version,
            sha256=one.sha256,
            languages=list(one.languages),
            topics=len(one.topics),
            actors=len(one.actors),
            places=len(one.places),
        )
        for one in catalogue.conflicts.values()
    ]
    return ConflictList(conflicts=conflicts)


@router.get("/topics", summary="Topics, and how often each was reported")
def list_topics(
    store: StoreDep,
    catalogue: CatalogueDep,
    now: NowDep,
    conflict: Annotated[Id | None, Query(description="Of one conflict")] = None,
    since: Annotated[Moment, Query(description="Count from here; a week back when left out")] = None,
) -> TopicList:
    """Topics per conflict, in the order of its file. A parent counts what its children count."""
    catalogue.check(conflict, {})
    start = moment(since, now) or now - COUNTED_OVER
    with store.read() as s:
        counts = {id_: list_topics_counts(s, id_, start) for id_ in catalogue.conflicts if conflict in (None, id_)}
    return TopicList(since=start, conflicts=[_topics(catalogue, id_, found) for id_, found in counts.items()])


@router.get(
    "/conflicts/{conflict}/{kind}",
    summary="Actors or places of a conflict",
    responses=documented(_404="There is no such conflict"),
)
def list_concepts(conflict: str, kind: Literal["actors", "places"], catalogue: CatalogueDep) -> ConceptList:
    """Ids and labels, in the order of the conflict's file."""
    if conflict not in catalogue.conflicts:
        raise Problem(404, f"there is no conflict {conflict!r}")
    entries = catalogue.entries(conflict, kind.removesuffix("s"))
    return ConceptList(conflict=conflict, entries=[TopicOut(id=id_, label=label) for id_, label in entries])


def _topics(catalogue: CatalogueDep, conflict: str, counts: dict[str, int]) -> ConflictTopics:
    model = catalogue.conflicts[conflict]
    topics = [
        TopicOut(id=id_, label=catalogue.label(conflict, "topic", id_), parent=topic.parent, count=counts.get(id_, 0))
        for id_, topic in model.topics.items()
    ]
    return ConflictTopics(conflict=conflict, label=model.label(LABEL_LANGUAGE), topics=topics)
