"""Bodies that came in together are read together, and none of them costs another anything."""

from datetime import datetime
from typing import Any

import pytest

from ceasewire.pipeline.memo import Memo
from ceasewire.pipeline.parse import parse_source
from ceasewire.store import fetches, items, queries, sources
from ceasewire.store.session import Session, Store
from ceasewire.store.views import ItemQuery
from tests.support.store_data import NOW, add_source, fetched, later
from worker.jobs.read import BYTES_TOGETHER, FETCHES_TOGETHER, Reading, read_fetches, together

FEED = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{name}</title>
<item><title>{name}: the road was opened</title><link>https://{name}.example/road</link></item>
</channel></rss>"""


class Desk:
    """A store in which the bodies of several sources wait."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = NOW
        self.reading = Reading(store, self._clock, lambda: 0.0)

    def _clock(self) -> datetime:
        return self.now

    def wait(self, **bodies: bytes) -> list[int]:
        """A body for each named source; ids in their order."""
        ids = []
        for name, body in bodies.items():
            add_source(self.store, name)
            with self.store.write() as session:
                ids.append(fetches.insert_fetch(session, name, fetched(body)))
        return ids

    def titles(self) -> list[str]:
        """Of all stored items."""
        with self.store.read() as session:
            page = queries.list_items(session, ItemQuery(), limit=50, cursor=None)
        return sorted(item.title for item in page.items)

    def outcomes(self) -> dict[str, str | None]:
        """How each source's last poll ended."""
        with self.store.read() as session:
            return {status.config.id: status.last_outcome for status in sources.list_sources(session)}


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


def body(name: str) -> bytes:
    return FEED.format(name=name).encode()


def test_each_body_has_its_own_outcome(desk: Desk) -> None:
    ids = desk.wait(
        north=body("north"), page=b"<!doctype html><p>Closed", south=body("south"), broken=b"no feed at all"
    )
    results = read_fetches(desk.reading, ids)
    assert [result.ok for result in results] == [True, False, True, False]
    assert desk.titles() == ["north: the road was opened", "south: the road was opened"]
    assert desk.outcomes() == {"north": "new", "page": "not_a_feed", "south": "new", "broken": "malformed"}
    assert read_fetches(desk.reading, ids) == []


def test_the_same_item_in_two_bodies_is_stored_once(desk: Desk) -> None:
    ids = desk.wait(north=body("agency"), south=body("agency"))
    first, second = read_fetches(desk.reading, ids)
    assert (len(first.item_ids), len(second.item_ids)) == (1, 0)
    assert desk.titles() == ["agency: the road was opened"]


def test_one_that_cannot_be_stored_is_no_loss_to_the_others(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    save_items = items.save_items

    def refuse_the_south(session: Session, source: Any, *rest: Any) -> items.Saved:
        if source.id == "south":
            raise RuntimeError("a fault of the program")
        return save_items(session, source, *rest)

    monkeypatch.setattr(items, "save_items", refuse_the_south)
    ids = desk.wait(north=body("north"), south=body("south"), west=body("west"))
    with pytest.raises(RuntimeError, match="fault"):
        read_fetches(desk.reading, ids)
    assert desk.titles() == ["north: the road was opened", "west: the road was opened"]

    monkeypatch.undo()
    desk.now = later(60)  # its lease has run out
    [south] = read_fetches(desk.reading, ids)
    assert len(south.item_ids) == 1


def test_one_that_breaks_the_reader_is_no_loss_to_the_others(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = desk.wait(north=body("north"), south=body("south"))

    def broken(decoded: Any, source: Any, **rest: Any) -> Any:
        if source.id == "north":
            raise MemoryError
        return parse_source(decoded, source, **rest)

    monkeypatch.setattr("worker.jobs.read.parse_source", broken)
    with pytest.raises(MemoryError):
        read_fetches(desk.reading, ids)
    assert desk.titles() == ["south: the road was opened"]


def test_what_is_read_together_is_small() -> None:
    small = [(number, 1000) for number in range(FETCHES_TOGETHER + 1)]
    assert [len(batch) for batch in together(small)] == [FETCHES_TOGETHER, 1]
    sized = [(1, BYTES_TOGETHER // 2), (2, BYTES_TOGETHER * 9), (3, BYTES_TOGETHER // 2), (4, BYTES_TOGETHER // 2)]
    assert list(together(sized)) == [[1], [2], [3, 4]]
    assert list(together([])) == []


def version(text: str, poll: int) -> bytes:
    """One entry; the body is another at each poll, as a feed's date of building makes it."""
    item = f"<item><title>Talks</title><link>https://news.example/talks</link><description>{text}</description></item>"
    return f"<rss version='2.0'><channel><title>Poll {poll}</title>{item}</channel></rss>".encode()


def test_two_sources_with_other_texts_of_one_article_do_not_revise_each_other(desk: Desk) -> None:
    polls = [("own", "The whole text of it."), ("wire", "A lead."), ("own", "The whole text of it."), ("wire", "Lead.")]
    results = [
        result
        for number, (name, text) in enumerate(polls)
        for result in read_fetches(desk.reading, desk.wait(**{name: version(text, number)}))
    ]
    assert [len(result.item_ids) for result in results] == [1, 0, 0, 0]
    edited = read_fetches(desk.reading, desk.wait(own=version("The whole text, corrected.", 4)))
    assert edited[0].item_ids == results[0].item_ids
    with desk.store.read() as session:
        item = queries.get_item(session, edited[0].item_ids[0])
    assert item is not None
    assert (item.text, len(item.revisions), len(item.sightings)) == ("The whole text, corrected.", 1, 2)


def test_what_was_read_before_is_stored_as_if_it_were_read_anew(desk: Desk) -> None:
    """An edit that is taken back has the bytes of the first version, which the memo knows."""
    desk.reading = Reading(desk.store, desk._clock, lambda: 0.0, Memo(1_000_000))
    texts = ["First.", "Second.", "First.", "First."]
    found = [
        read_fetches(desk.reading, desk.wait(own=version(text, number)))[0].item_ids
        for number, text in enumerate(texts)
    ]
    assert [len(ids) for ids in found] == [1, 1, 1, 0]
    with desk.store.read() as session:
        item = queries.get_item(session, found[0][0])
    assert item is not None
    assert (item.text, [revision.text for revision in item.revisions]) == ("First.", ["Second.", "First."])
