"""Model: topics, actors and places with their terms and examples, and a text to try them on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from api.catalogue import Catalogue
from api.deps import CatalogueDep, NowDep, StoreDep
from api.errors import Problem
from api.page import wording
from api.page.highlight import Mark, Segment, segments
from api.page.progress import long_work
from api.page.render import render
from api.routes.topics import list_topics
from ceasewire.conflict.explain import Line, explain, spans
from ceasewire.conflict.model import Actor, Conflict, Part, Place, TermEntry, Topic
from ceasewire.conflict.score import score

PATH = "/view/model"
LONGEST = 4_000  # characters of a text that is tried; it stands in the address
PARTS = {"topic": Part.TOPIC, "actor": Part.ACTOR, "place": Part.PLACE}

router = APIRouter()


class ModelParams(BaseModel):
    """Which conflict, and a text to try."""

    model_config = ConfigDict(extra="forbid")

    conflict: str = Field("", max_length=100)
    title: str = Field("", max_length=500)
    text: str = Field("", max_length=LONGEST)
    language: str = Field("", max_length=10, description="Empty: the terms of all languages count")


@dataclass(frozen=True, slots=True)
class Tried:
    """What the model says of a text: its stretches by tone, and the reasons line by line."""

    title: Sequence[Segment]
    text: Sequence[Segment]
    verdict: str
    score: float
    needed: float
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Entry:
    """A topic, actor or place in a list. `depth`: how many topics stand above it."""

    id: str
    label: str
    depth: int
    terms: int
    examples: int
    count: int | None = None


@router.get(PATH)
def model_page(
    params: Annotated[ModelParams, Query()], request: Request, store: StoreDep, catalogue: CatalogueDep, now: NowDep
) -> Response:
    """One conflict's topics, actors and places, how often each topic was reported, and the text that is tried."""
    conflict = _conflict(catalogue, params.conflict)
    counted = list_topics(store, catalogue, now, conflict.id).conflicts[0].topics
    with store.read() as s:
        progress = long_work(s)
    tried = _try(conflict, params) if params.title or params.text else None
    return render(
        request,
        "model.html",
        conflict=conflict,
        conflicts=[(id_, one.label("en")) for id_, one in catalogue.conflicts.items()],
        lists=_lists(conflict, catalogue, {one.id: one.count or 0 for one in counted}),
        params=params,
        longest=LONGEST,
        tried=tried,
        progress=progress,
    )


@router.get(PATH + "/{conflict_id}/{kind}/{entry_id}")
def entry_page(
    conflict_id: str, kind: Literal["topic", "actor", "place"], entry_id: str, request: Request, catalogue: CatalogueDep
) -> Response:
    """One topic, actor or place: its terms by language, its codes, and the examples that check it."""
    conflict = _conflict(catalogue, conflict_id)
    entry = _section(conflict, kind).get(entry_id)
    if entry is None:
        raise Problem(404, f"{conflict.label('en')} has no {kind} {entry_id!r}.")
    topic = entry if isinstance(entry, Topic) else None
    return render(
        request,
        "model_entry.html",
        conflict=conflict,
        kind=kind,
        entry=entry,
        label=catalogue.label(conflict.id, kind, entry_id),
        terms=_by_language(_terms(conflict, kind, entry_id)),
        examples=() if topic is None else topic.examples,
        parents=[] if topic is None else _named(catalogue, conflict, conflict.ancestors(topic.id)),
        children=[] if topic is None else _named(catalogue, conflict, _children(conflict, topic.id)),
    )


def _conflict(catalogue: Catalogue, conflict_id: str) -> Conflict:
    """The one that is named, or the first."""
    known = catalogue.conflicts
    found = known.get(conflict_id) if conflict_id else next(iter(known.values()), None)
    if found is None:
        raise Problem(404, f"There is no conflict {conflict_id!r}; known: {', '.join(known) or 'none'}.")
    return found


def _section(conflict: Conflict, kind: str) -> Mapping[str, Topic | Actor | Place]:
    sections: Mapping[str, Mapping[str, Topic | Actor | Place]] = {
        "topic": conflict.topics,
        "actor": conflict.actors,
        "place": conflict.places,
    }
    return sections[kind]


def _lists(conflict: Conflict, catalogue: Catalogue, counts: Mapping[str, int]) -> list[tuple[str, str, list[Entry]]]:
    """Kind, its words and entries, in the order of the file."""
    return [
        (kind, words, [_entry(conflict, catalogue, kind, id_, counts) for id_ in _section(conflict, kind)])
        for kind, words in wording.MODEL_PARTS.items()
    ]


def _entry(conflict: Conflict, catalogue: Catalogue, kind: str, id_: str, counts: Mapping[str, int]) -> Entry:
    topic = conflict.topics[id_] if kind == "topic" else None
    return Entry(
        id=id_,
        label=catalogue.label(conflict.id, kind, id_),
        depth=len(conflict.ancestors(id_)) if topic else 0,
        terms=len(_terms(conflict, kind, id_)),
        examples=len(topic.examples) if topic else 0,
        count=counts.get(id_, 0) if topic else None,
    )


def _terms(conflict: Conflict, kind: str, id_: str) -> list[TermEntry]:
    return [one for one in conflict.entries if one.part is PARTS[kind] and one.concept == id_]


def _by_language(terms: Sequence[TermEntry]) -> list[tuple[str, list[TermEntry]]]:
    languages = dict.fromkeys(one.language for one in terms)
    return [(language, [one for one in terms if one.language == language]) for language in languages]


def _children(conflict: Conflict, topic: str) -> list[str]:
    return [id_ for id_, one in conflict.topics.items() if one.parent == topic]


def _named(catalogue: Catalogue, conflict: Conflict, topics: Sequence[str]) -> list[tuple[str, str]]:
    return [(id_, catalogue.label(conflict.id, "topic", id_)) for id_ in topics]


def _try(conflict: Conflict, params: ModelParams, day: date | None = None) -> Tried:
    document = conflict.matcher.document(params.title, params.text, conflict.scoring.lead_chars)
    scored = score(conflict, document, params.language or None, day)
    marks = [(one.field, Mark(one.start, one.end, f"tone-{one.tone}", str(one.tone))) for one in spans(scored)]
    of = {field: [mark for at, mark in marks if at == field] for field in ("title", "text")}
    return Tried(
        title=segments(params.title, of["title"]),
        text=segments(params.text, of["text"]),
        verdict=str(scored.verdict),
        score=scored.score,
        needed=conflict.scoring.threshold,
        lines=list(explain(conflict, scored))[1:],  # the first says the verdict
    )
