"""Items: identities, revisions, sightings, embeddings; every save may run twice."""

import threading
from typing import Any

import pytest

from ceasewire.items import Changed, DateKind, ItemDraft, ItemKind, New, Unchanged, Verdict
from ceasewire.store import items, work
from ceasewire.store.queries import get_item, list_items
from ceasewire.store.session import Store
from ceasewire.store.views import ItemDetail, ItemQuery
from tests.support.store_data import (
    NOW,
    RUSSIAN,
    add_items,
    add_source,
    claim_for_enrich,
    draft,
    enrich,
    ids_of,
    later,
    save_changed,
    save_enriched,
    save_new,
    tagging,
    translation,
)

MEETING = "Встреча с Ильхамом Алиевым и Николом Пашиняном"


def detail(store: Store, item_id: int) -> ItemDetail:
    with store.read() as s:
        found = get_item(s, item_id)
    assert found is not None
    return found


def all_ids(store: Store) -> list[int]:
    with store.read() as s:
        return sorted(ids_of(list_items(s, ItemQuery(), limit=1000).items))


def post(*keys: str, parent: str, shape: str = "blockquote", text: str = MEETING, **changes: Any) -> ItemDraft:
    return draft(*keys, kind=ItemKind.POST, title="", text=text, parent=parent, shape=shape, platform="x", **changes)


def test_saving_twice_is_saving_once(store: Store) -> None:
    source = add_source(store)
    batch = [New(draft("url:a")), New(draft("x:1", "text:1", parent="url:a", shape="blockquote"))]
    with store.write() as s:
        first = items.save_items(s, source, batch, NOW)
    with store.write() as s:
        again = items.save_items(s, source, batch, later(60))
    assert (len(first.new_ids), again.new_ids, again.changed_ids, again.seen) == (2, (), (), 2)
    article, embedded = first.new_ids
    assert ids_of(detail(store, article).embeds) == [embedded]
    assert detail(store, embedded).last_seen_at == later(60)
    assert len(detail(store, embedded).sightings) == 1


def test_known_items_are_found_by_any_key(store: Store) -> None:
    [with_text, without] = add_items(
        store, add_source(store), draft("url:a", "guid:k:1"), draft("x:1", title="", content_hash="nothing")
    )
    with store.read() as s:
        known = items.get_known(s, ["guid:k:1", "x:1", "x:2", *(f"none:{n}" for n in range(1200))])
    assert {key: (one.id, one.key, one.has_text) for key, one in known.items()} == {
        "guid:k:1": (with_text, "guid:k:1", True),
        "x:1": (without, "x:1", False),
    }


def test_a_post_in_two_articles_is_one_item_with_two_embeddings(store: Store) -> None:
    armenian, english = add_source(store, "armenpress"), add_source(store, "ekho")
    first = post("x:1348", "text:kremlin:1", parent="url:a")
    second = post("x:1348", "text:kremlin:1", parent="url:b", shape="amp")
    [a, post_id] = add_items(store, armenian, draft("url:a"), first)
    [b] = add_items(store, english, draft("url:b"), second)
    found = detail(store, post_id)
    assert [(link.id, link.shape) for link in found.embedded_in] == [(a, "blockquote"), (b, "amp")]
    assert [sighting.source.id for sighting in found.sightings] == ["armenpress", "ekho"]
    assert all_ids(store) == [a, post_id, b]


def test_two_embeds_of_one_post_in_one_batch_are_one_item(store: Store) -> None:
    drafts = [
        draft("url:a"),
        post("x:1348", "text:1", parent="url:a"),
        draft("url:b"),
        post("text:1", parent="url:b", shape="plain-text"),
    ]
    assert len(add_items(store, add_source(store), *drafts)) == 3


def test_a_plain_text_embed_met_first_learns_its_id_later(store: Store) -> None:
    source = add_source(store)
    plain = post("text:1", parent="url:a", shape="plain-text", date_kind=DateKind.DAY)
    [a, post_id] = add_items(store, source, draft("url:a"), plain)
    url = "https://x.com/KremlinRussia/status/1348"
    full = post(
        "x:1348", "text:1", parent="url:b", post_id="1348", url=url, published_at=later(-3600), handle="KremlinRussia"
    )
    with store.write() as s:
        known = items.get_known(s, ["x:1348", "text:1"])
        assert set(known) == {"text:1"}
        saved = items.save_items(s, source, [New(draft("url:b")), Unchanged(full, known["text:1"].id)], later(60))
    [b] = saved.new_ids
    found = detail(store, post_id)
    assert (found.post_id, found.handle, found.url, found.published_at) == ("1348", "KremlinRussia", url, later(-3600))
    assert ids_of(found.embedded_in) == [a, b]
    with store.read() as s:
        assert items.get_known(s, ["x:1348"])["x:1348"].id == post_id
        assert ids_of(list_items(s, ItemQuery(q="Пашиняном"), limit=9).items) == [post_id]


def test_two_items_that_turn_out_to_be_one_are_united(store: Store) -> None:
    source = add_source(store)
    plain = post("text:1", parent="url:a", shape="plain-text")
    bare = post("x:1348", parent="url:b", shape="link", text="", content_hash="nothing")
    [a, first, b, second] = add_items(store, source, draft("url:a"), plain, draft("url:b"), bare)
    enrich(store, first, tagging("talks"))
    both = post("x:1348", "text:1", parent="url:c")
    with store.write() as s:
        saved = items.save_items(s, source, [New(draft("url:c")), Changed(both, second)], later(60))
    assert saved.changed_ids == ()  # the text that stays is the same
    found = detail(store, first)
    assert set(ids_of(found.embedded_in)) == {a, b, saved.new_ids[0]}
    assert set(found.keys) == {"text:1", "x:1348"}
    assert [tag.id for tag in found.tags] == ["talks"]
    assert second not in all_ids(store)


def test_a_bare_id_met_first_gets_its_text_from_the_united_post(store: Store) -> None:
    source = add_source(store)
    bare = post("x:1348", parent="url:a", text="", content_hash="nothing")
    [_, first, second] = add_items(store, source, draft("url:a"), bare, post("text:1", parent="url:a"))
    both = post("x:1348", "text:1", parent="url:a")
    with store.write() as s:
        saved = items.save_items(s, source, [Unchanged(both, second)], later(60))
    assert saved.changed_ids == (first,)
    assert detail(store, first).text == MEETING
    assert detail(store, first).revisions == []  # it said nothing before


def test_a_change_keeps_the_old_text_and_starts_the_work_anew(store: Store) -> None:
    source = add_source(store)
    [item_id] = add_items(store, source, draft("url:a", title="Двое раненых"))
    enrich(store, item_id, tagging("shelling"))
    with store.write() as s:
        work.save_translation(s, item_id, translation("Two wounded"), [tagging("shelling")], NOW)
    changed = draft("url:a", title="Трое раненых")
    for _ in range(2):
        with store.write() as s:
            saved = save_changed(s, source, item_id, changed, later(600))
    found = detail(store, item_id)
    assert found.title == "Трое раненых"
    assert [(one.title, one.replaced_at) for one in found.revisions] == [("Двое раненых", later(600))]
    assert (found.enriched_at, found.translation_state, found.translation, found.tags) == (None, "pending", None, [])
    assert (saved.changed_ids, saved.seen) == ((), 1)  # of the second time
    with store.read() as s:
        assert list_items(s, ItemQuery(q="двое"), limit=9).items == []
        assert list_items(s, ItemQuery(q="wounded"), limit=9).items == []
        assert ids_of(list_items(s, ItemQuery(q="трое"), limit=9).items) == [item_id]


def test_results_of_work_on_an_old_text_are_refused(store: Store) -> None:
    source = add_source(store)
    [item_id] = add_items(store, source, draft("url:a", title="Двое раненых"))
    with store.write() as s:
        claimed = claim_for_enrich(s, item_id, NOW)
        assert claimed is not None
        save_changed(s, source, item_id, draft("url:a", title="Трое раненых"), NOW)
    with store.write() as s:
        arguments = ([tagging("shelling")], NOW, claimed.content_hash)
        assert not save_enriched(s, item_id, RUSSIAN, *arguments)
    assert detail(store, item_id).enriched_at is None
    with store.write() as s:
        assert claim_for_enrich(s, item_id, NOW) is not None  # due at once


def test_a_parent_that_is_not_stored_is_an_error_and_stores_nothing(store: Store) -> None:
    source = add_source(store)
    with pytest.raises(ValueError, match="url:nowhere"), store.write() as s:
        save_new(s, source, draft("url:a"), post("x:1", parent="url:nowhere"))
    assert all_ids(store) == []


def test_text_that_a_database_cannot_hold_is_mended(store: Store) -> None:
    broken = draft("guid:a\x00b\udfff", title="Ере\x00ван", text="обстрел \ud800 села", author="\x00")
    source = add_source(store)
    [item_id] = add_items(store, source, broken)
    assert add_items(store, source, broken) == []
    found = detail(store, item_id)
    assert (found.title, found.text) == ("Ереван", "обстрел \N{REPLACEMENT CHARACTER} села")


def test_several_readers_of_the_same_post_make_one_item(store: Store) -> None:
    """Eight threads meet the same posts in articles of their own at the same moment."""
    source = add_source(store)
    start, failures = threading.Barrier(8), []

    def read(number: int) -> None:
        own = f"url:{number}"
        # Each meets the posts in another order: without the identity lock this would deadlock, too.
        posts = [post(f"x:{n}", f"text:{n}", parent=own) for n in range(20)]
        start.wait(30)
        try:
            with store.write() as s:
                save_new(s, source, draft(own), *(posts if number % 2 else reversed(posts)))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with store.read() as s:
        posts = [one for one in list_items(s, ItemQuery(), limit=1000).items if one.kind == "post"]
    assert len(posts) == 20
    assert all(len(one.embedded_in) == 8 for one in posts)


def test_tags_are_replaced_conflict_by_conflict(store: Store) -> None:
    [item_id] = add_items(store, add_source(store), draft("url:a"))
    enrich(store, item_id, tagging("talks", "shelling"), tagging("talks", conflict="other", verdict=Verdict.NO))
    enrich(store, item_id, tagging("talks"))
    found = detail(store, item_id)
    assert sorted((tag.conflict, tag.id) for tag in found.tags) == [("karabakh", "talks"), ("other", "talks")]
    assert [(one.conflict, one.verdict) for one in found.assessments] == [("karabakh", "relevant"), ("other", "no")]
    assert found.tags[0].evidence[0]["text"] == "Встреча"
