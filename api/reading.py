"""Reads items for routes and page alike: from parameters to the store's query, from its views to answers."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from api.catalogue import Catalogue
from api.params import ItemFilter, ItemParams, moment
from api.present import present_detail, present_item, present_story, source_ref
from api.schemas import ItemDetailOut, ItemOut, ItemPage, SourceRef, StoryOut
from ceasewire.items import Verdict
from ceasewire.store.queries import get_item, list_items
from ceasewire.store.session import Store
from ceasewire.store.sources import list_configs
from ceasewire.store.stories import get_story
from ceasewire.store.views import ItemQuery

ABOUT = (Verdict.RELEVANT, Verdict.POSSIBLE)
NO_SOURCE = ""  # no source has this id: a filter that no source fits finds nothing, not everything


def find_items(store: Store, catalogue: Catalogue, params: ItemParams, now: datetime) -> ItemPage:
    """One page of what fits. Raises Problem 422 for ids that no model has, and for words that cannot be read."""
    query = to_query(store, catalogue, params, now)
    with store.read() as s:
        page = list_items(s, query, limit=params.limit, cursor=params.cursor)
    return ItemPage(items=[present_item(one, catalogue) for one in page.items], next=page.next)


def iterate_items(store: Store, catalogue: Catalogue, params: ItemParams, now: datetime) -> Iterator[list[ItemOut]]:
    """All of what fits, a page at a time; at least one page, which may be empty."""
    while True:
        page = find_items(store, catalogue, params, now)
        yield page.items
        if page.next is None:
            return
        params = params.model_copy(update={"cursor": page.next})


def read_item(store: Store, catalogue: Catalogue, item_id: int) -> ItemDetailOut | None:
    """One item with everything behind it."""
    with store.read() as s:
        found = get_item(s, item_id)
    return None if found is None else present_detail(found, catalogue)


def read_story(store: Store, story_id: int) -> StoryOut | None:
    """A report with all its copies."""
    with store.read() as s:
        found = get_story(s, story_id)
    return None if found is None else present_story(found)


def list_source_refs(store: Store) -> list[SourceRef]:
    """All sources by name."""
    with store.read() as s:
        return [source_ref(one) for one in list_configs(s)]


def to_query(store: Store, catalogue: Catalogue, params: ItemFilter, now: datetime) -> ItemQuery:
    """What the store is asked. A topic stands for its children too."""
    named = {"topic": params.topic, "actor": params.actor, "place": params.place}
    catalogue.check(params.conflict, {kind: (kind, ids) for kind, ids in named.items()})
    return ItemQuery(
        conflict=params.conflict,
        topics=catalogue.with_children(params.conflict, params.topic),
        actors=tuple(params.actor),
        places=tuple(params.place),
        languages=tuple(params.language),
        sources=_source_ids(store, params),
        countries=tuple(params.country),
        sides=tuple(params.side),
        source_kinds=tuple(params.source_kind),
        states=tuple(params.state),
        min_score=params.score,
        verdicts=_verdicts(params),
        since=moment(params.since, now),
        until=moment(params.until, now),
        q=params.q,
        platform=params.platform,
        sample=params.sample,
        story=params.story,
        vanished=params.vanished,
        salience=None if params.salience == "any" else params.salience,
    )


def _verdicts(params: ItemFilter) -> Sequence[str]:
    """A conflict by itself asks for what is about it."""
    says_how = params.verdict or params.topic or params.actor or params.place or params.score is not None
    return tuple(params.verdict) if says_how or params.conflict is None else ABOUT


def _source_ids(store: Store, params: ItemFilter) -> Sequence[str]:
    """The store knows no filter by publisher: it stands for the sources of those publishers."""
    if not params.publisher:
        return tuple(params.source)
    fitting = [
        one.id
        for one in list_source_refs(store)
        if one.publisher in params.publisher and (not params.source or one.id in params.source)
    ]
    return tuple(fitting) or (NO_SOURCE,)
