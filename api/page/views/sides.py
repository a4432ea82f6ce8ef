"""Sides: one topic or one story as each side's sources tell it, in columns; who was first and who is silent."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field

from api.catalogue import Catalogue
from api.deps import CatalogueDep, NowDep, StoreDep
from api.errors import Problem
from api.page.cards import Card, make_card
from api.page.filters import active_filters, fields_of, hidden_pairs
from api.page.render import render
from api.page.sides import Column, colours_of, ranked, sides_of, silent
from api.page.spikes import LENGTHS
from api.page.stories import fold
from api.page.views.now import with_verdict
from api.params import MAX_ID, MAX_LIMIT, ItemFilter, ItemParams, moment, pairs_of
from api.present import present_item
from api.reading import find_items, list_source_refs, read_story
from api.routes.stats import MAX_BUCKETS, StatsParams, count
from api.schemas import ItemOut, SourceRef, StoryOut
from api.urls import with_query
from ceasewire.items import Salience, TagKind
from ceasewire.store.queries import get_items
from ceasewire.store.session import Store
from ceasewire.store.statistics import Bucket, Grouping

PATH = "/view/sides"
FIELDS = ("topic", "place", "actor", "publisher", "since")
SINCE = "7d"
PER_SIDE = 12
NEAR_BEFORE, NEAR_AFTER, NEAR_ITEMS = timedelta(days=1), timedelta(days=2), 3

router = APIRouter()


class SidesParams(ItemFilter):
    """A filter, or a story."""

    story: int | None = Field(None, ge=1, le=MAX_ID)


class Reader:
    """Finds what sides tell; knows store, models and time."""

    def __init__(self, store: Store, catalogue: Catalogue, now: datetime) -> None:
        self.store, self.catalogue, self.now = store, catalogue, now

    def items(self, params: ItemFilter, limit: int, **changed: object) -> tuple[list[ItemOut], bool]:
        """Newest first, and whether there are more."""
        asked = {**params.model_dump(exclude_defaults=True, exclude={"story"}), **changed, "limit": limit}
        page = find_items(self.store, self.catalogue, ItemParams(**asked), self.now)
        return page.items, page.next is not None

    def starts(self, params: ItemFilter) -> tuple[Mapping[str, tuple[int, datetime]], timedelta]:
        """How many items each side has, when the bucket began in which it had the first, and how long buckets are."""
        until = moment(params.until, self.now) or self.now
        since = moment(params.since, self.now) or until
        fitting = (one for one in Bucket if (until - since) / LENGTHS[one] < MAX_BUCKETS - 1)
        bucket = next(fitting, Bucket.WEEK)
        kept = params.model_dump(exclude_defaults=True, exclude={"story"})
        asked = StatsParams.model_validate({**kept, "by": Grouping.SIDE, "bucket": bucket})
        stats = count(asked, self.store, self.catalogue, self.now)
        first = {one.key: next(at for at, n in zip(stats.starts, one.counts, strict=True) if n) for one in stats.series}
        return {one.key: (one.total, first[one.key]) for one in stats.series}, LENGTHS[bucket]

    def first(self, params: ItemFilter, side: str, start: datetime, length: timedelta) -> ItemOut | None:
        """The oldest item of a side, which lies in the bucket that begins at `start`."""
        begin = max(start, moment(params.since, self.now) or start)
        bounds = {
            "side": [side],
            "since": begin,
            "until": min(start + length, moment(params.until, self.now) or self.now),
        }
        found, more = self.items(params, MAX_LIMIT, **bounds)
        if more and length > LENGTHS[Bucket.HOUR]:
            narrower = params.model_copy(update=bounds)
            counts, length = self.starts(narrower)
            return self.first(narrower, side, counts[side][1], length)
        return found[-1] if found else None


@router.get(PATH)
def sides_page(
    params: Annotated[SidesParams, Query()], request: Request, store: StoreDep, catalogue: CatalogueDep, now: NowDep
) -> Response:
    """Columns by side. Without a story: what fits the filters in the last week."""
    reader, sources = Reader(store, catalogue, now), list_source_refs(store)
    story = None if params.story is None else _story(store, params.story)
    params = with_verdict(params, request)
    if params.since is None and story is None:
        params = params.model_copy(update={"since": SINCE})
    fields = [one for one in fields_of(params, catalogue, sources) if one.name in FIELDS]
    columns = _of_filter(reader, params, sources) if story is None else _of_story(reader, story, sources)
    return render(
        request,
        "sides.html",
        columns=columns,
        ranked=ranked(columns),
        silent=silent(columns),
        story=story,
        params=params,
        any_time=with_query(PATH, [*pairs_of(params, without={"since", "until"}), ("since", "")]),
        fields=fields,
        hidden=hidden_pairs(params, fields),
        active=[one for one in active_filters(params, catalogue, sources, PATH) if story is None],
    )


# --- a topic, or any other filter --------------------------------------------------------------------------------


def _of_filter(reader: Reader, params: SidesParams, sources: Sequence[SourceRef]) -> list[Column]:
    counts, length = reader.starts(params)
    colours = colours_of(sources)
    wanted = [side for side in sides_of(sources) if not params.side or side in params.side]
    return [
        _speaking(reader, params, side, colours[side], *counts[side], length)
        if side in counts
        else Column(side, colours[side], 0, (), last=_last(reader, params, side))
        for side in wanted
    ]


def _speaking(
    reader: Reader, params: SidesParams, side: str, colour: int, total: int, start: datetime, length: timedelta
) -> Column:
    items, more = reader.items(params, PER_SIDE, side=[side])
    first = (reader.first(params, side, start, length) if more else None) or items[-1]
    cards = fold(reader.store, [make_card(one) for one in items])
    pairs = [*pairs_of(params, without={"side", "story"}), ("side", side)]
    return Column(side, colour, total, cards, first, more=with_query("/", pairs))


def _last(reader: Reader, params: SidesParams, side: str) -> ItemOut | None:
    found, _ = reader.items(params, 1, side=[side], since=None, until=params.since)
    return found[0] if found else None


# --- a story -----------------------------------------------------------------------------------------------------


def _story(store: Store, story_id: int) -> StoryOut:
    found = read_story(store, story_id)
    if found is None:
        raise Problem(404, f"There is no story {story_id}.")
    return found


def _of_story(reader: Reader, story: StoryOut, sources: Sequence[SourceRef]) -> list[Column]:
    members = [story.lead, *story.copies]
    with reader.store.read() as s:
        views = get_items(s, [one.id for one in members])
    items = [present_item(views[one.id], reader.catalogue) for one in members if one.id in views]
    topics = _topics(items[0]) if items else []
    columns = []
    for side, colour in colours_of(sources).items():
        own = [item for item in items if item.source.side == side]
        if own:
            columns.append(Column(side, colour, len(own), [make_card(item) for item in own], own[0]))
        else:
            columns.append(Column(side, colour, 0, _near(reader, story, side, topics), near=True))
    return columns


def _topics(item: ItemOut) -> list[str]:
    """What the report is about, parents left out."""
    reported = (tag for tag in item.tags if tag.kind is TagKind.TOPIC and tag.salience is Salience.REPORTED)
    return [tag.id for tag in reported if not tag.derived]


def _near(reader: Reader, story: StoryOut, side: str, topics: Sequence[str]) -> list[Card]:
    """What a side that has not the report said on its topics around that time."""
    if not topics:
        return []
    at = story.lead.published_at
    around = ItemFilter.model_validate(
        {"topic": list(topics), "side": [side], "since": at - NEAR_BEFORE, "until": at + NEAR_AFTER}
    )
    found, _ = reader.items(around, NEAR_ITEMS)
    return [make_card(one) for one in found]
