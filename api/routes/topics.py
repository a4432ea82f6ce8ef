"""What the conflict models know: conflicts, topics with their counts, actors and places."""

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from api.catalogue import LABEL_LANGUAGE, Catalogue
from api.deps import CatalogueDep, NowDep, StoreDep
from api.errors import Problem, documented
from api.params import Id, Moment, moment
from api.schemas import (
    ConceptList,
    ConflictConcepts,
    ConflictList,
    ConflictOut,
    ConflictTopics,
    CountedConcepts,
    TopicList,
    TopicOut,
)
from ceasewire.items import TagKind
from ceasewire.store.queries import list_topics_counts

COUNTED_OVER = timedelta(days=7)
OfConflict = Annotated[Id | None, Query(description="Of one conflict")]
CountedSince = Annotated[Moment, Query(description="Count from here; a week back when left out")]

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
    conflict: OfConflict = None,
    since: CountedSince = None,
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


def _add_concepts(kind: TagKind) -> None:
    @router.get(
        f"/{kind}s", summary=f"{str(kind).capitalize()}s, and how often each was reported", operation_id=f"list_{kind}s"
    )
    def list_counted(
        store: StoreDep, catalogue: CatalogueDep, now: NowDep, conflict: OfConflict = None, since: CountedSince = None
    ) -> CountedConcepts:
        """Per conflict, in the order of its file."""
        catalogue.check(conflict, {})
        start = moment(since, now) or now - COUNTED_OVER
        wanted = [id_ for id_ in catalogue.conflicts if conflict in (None, id_)]
        with store.read() as s:
            counts = {id_: list_topics_counts(s, id_, start, kind) for id_ in wanted}
        return CountedConcepts(since=start, conflicts=[_concepts(catalogue, id_, kind, counts[id_]) for id_ in wanted])


def _concepts(catalogue: Catalogue, conflict: str, kind: TagKind, counts: dict[str, int]) -> ConflictConcepts:
    entries = [
        TopicOut(id=id_, label=label, count=counts.get(id_, 0)) for id_, label in catalogue.entries(conflict, str(kind))
    ]
    label = catalogue.conflicts[conflict].label(LABEL_LANGUAGE)
    return ConflictConcepts(conflict=conflict, label=label, entries=entries)


def _topics(catalogue: CatalogueDep, conflict: str, counts: dict[str, int]) -> ConflictTopics:
    model = catalogue.conflicts[conflict]
    topics = [
        TopicOut(id=id_, label=catalogue.label(conflict, "topic", id_), parent=topic.parent, count=counts.get(id_, 0))
        for id_, topic in model.topics.items()
    ]
    return ConflictTopics(conflict=conflict, label=model.label(LABEL_LANGUAGE), topics=topics)


for concept in (TagKind.ACTOR, TagKind.PLACE):
    _add_concepts(concept)
