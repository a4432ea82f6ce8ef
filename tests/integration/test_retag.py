"""A changed topic model on stored items, on both databases: tagged again in the background, history kept, no alert."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from ceasewire.conflict.model import Conflict
from ceasewire.items import Language, Verdict
from ceasewire.pipeline.tag import tag_item
from ceasewire.store import alerts, queries, retag, work
from ceasewire.store.heartbeats import list_heartbeats
from ceasewire.store.session import Store
from ceasewire.store.taggings import list_history
from tests.support.store_data import (
    NOW,
    add_items,
    add_source,
    draft,
    later,
    save_changed,
    save_enriched,
    subscribe,
    translation,
)
from tests.unit.conflicts import SMALL, parse_conflict, small
from worker.jobs import retag as job
from worker.jobs.retag import Retagging, retag_due

NEW = parse_conflict(SMALL.replace('version: "1"', 'version: "2"').replace('["shell*"]', '["shell*", "raid*"]'), "new")
LATER = later(3600)
OTHER = replace(small(), id="other", sha256="f" * 64)
ENGLISH = Language("en", 0.99, "script")
TEXTS = (
    "Leftland and rightland: a raid in the green valley",
    "Shelling in the green valley",
    "The library has opened again",
)


@pytest.fixture
def ids(store: Store) -> list[int]:
    """Three items, the last the newest, tagged by the first model; a subscription on what the second one finds."""
    texts = enumerate(TEXTS)
    drafts = [draft(f"url:{n}", title=text, published_at=later(n)) for n, text in texts]
    ids = add_items(store, add_source(store), *drafts)
    for item_id in ids:
        enrich(store, item_id, [small()])
    subscribe(store, "shelling", {"topics": ["shelling"]})
    return ids


def enrich(store: Store, item_id: int, conflicts: Iterable[Conflict]) -> None:
    title = title_of(store, item_id)
    found = [tag_item(one, title=title, text="", language="en", published_at=NOW) for one in conflicts]
    with store.write() as s:
        save_enriched(s, item_id, ENGLISH, found, NOW)


def title_of(store: Store, item_id: int) -> str:
    with store.read() as s:
        item = queries.get_item(s, item_id)
    assert item is not None
    return item.title


def run(store: Store, *conflicts: Conflict, now: datetime = LATER) -> int:
    return retag_due(Retagging(store, {one.id: one for one in conflicts}, lambda: now))


def topics(store: Store, item_id: int, conflict: str = "small") -> set[str]:
    with store.read() as s:
        item = queries.get_item(s, item_id)
    assert item is not None
    return {tag.id for tag in item.tags if tag.kind == "topic" and tag.conflict == conflict}


def models_of(store: Store, item_id: int) -> dict[str, str]:
    with store.read() as s:
        item = queries.get_item(s, item_id)
    assert item is not None
    return {one.conflict: one.model_version for one in item.assessments}


def test_a_changed_model_tags_what_is_stored_again_and_nobody_is_alerted(store: Store, ids: Sequence[int]) -> None:
    assert topics(store, ids[0]) == set()
    assert run(store, NEW) == 3
    assert "shelling" in topics(store, ids[0])
    assert models_of(store, ids[0]) == {"small": "2"}
    with store.read() as s:
        assert list(alerts.list_alerts(s).items) == []
    assert run(store, NEW) == 0, "it is done once"


def test_what_the_old_model_said_is_kept_with_its_version_and_until_when(store: Store, ids: Sequence[int]) -> None:
    run(store, NEW)
    with store.read() as s:
        [old] = list_history(s, ids[0])
        unchanged = list_history(s, ids[2])
    assert (old.conflict, old.model_version, old.model_sha256) == ("small", "1", small().sha256)
    assert (old.assessed_at, old.replaced_at) == (NOW, later(3600))
    assert "shelling" not in {tag["tag"] for tag in old.tags}
    assert {"leftland", "rightland"} <= {tag["tag"] for tag in old.tags}
    assert old.evidence
    assert unchanged == [], "the new model says just the same of it"


def test_to_and_fro_between_two_models_the_history_does_not_grow(store: Store, ids: Sequence[int]) -> None:
    for conflict in (NEW, small(), NEW, small()):
        run(store, conflict)
    with store.read() as s:
        assert sorted(row.model_version for row in list_history(s, ids[0])) == ["1", "2"]
    assert topics(store, ids[0]) == set()


def test_the_newest_go_first_and_an_interruption_loses_nothing(
    store: Store, ids: Sequence[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "BATCH", 1)
    seen: list[str] = []

    def tag_and_die(conflict: Conflict, item: retag.ItemForTagging) -> None:
        seen.append(item.title)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(job, "tag_stored", tag_and_die)
        with pytest.raises(KeyboardInterrupt):
            run(store, NEW)
    assert seen == [TEXTS[2]]
    assert run(store, NEW) == 2, "the claimed one waits for its lease"
    assert run(store, NEW, now=later(3700)) == 1
    assert {models_of(store, item_id)["small"] for item_id in ids} == {"2"}


def test_an_item_that_kills_its_worker_is_set_aside_and_the_others_go_on(
    store: Store, ids: Sequence[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    poison, tag_stored = title_of(store, ids[2]), job.tag_stored

    def tag_or_die(conflict: Conflict, item: retag.ItemForTagging) -> object:
        if item.title == poison:
            raise KeyboardInterrupt
        return tag_stored(conflict, item)

    monkeypatch.setattr(job, "tag_stored", tag_or_die)
    for minute in range(2, 8, 2):
        with pytest.raises(KeyboardInterrupt):
            run(store, NEW, now=later(60 * minute))
    run(store, NEW, now=later(1200))
    assert [models_of(store, item_id)["small"] for item_id in ids] == ["2", "2", "1"]
    with store.read() as s:
        item = queries.get_item(s, ids[2])
    assert item is not None
    assert "3 attempts to tag again" in (item.failed_reason or "")


def test_fresh_items_go_first(store: Store, ids: Sequence[int]) -> None:
    [fresh] = add_items(store, add_source(store, "second"), draft("url:fresh"))
    assert run(store, NEW) == 0
    enrich(store, fresh, [NEW])
    assert run(store, NEW) == len(ids)


def test_two_workers_share_the_work(store: Store) -> None:
    ids = add_items(store, add_source(store), *(draft(f"url:{n}", title=TEXTS[0]) for n in range(120)))
    for item_id in ids:
        enrich(store, item_id, [small()])
    done: list[int] = []
    workers = [threading.Thread(target=lambda: done.append(run(store, NEW))) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(done) == 120
    with store.read() as s:
        assert [(one.version, one.items) for one in retag.list_model_counts(s)] == [("2", 120)]


def test_a_new_conflict_assesses_what_is_stored_and_leaves_the_other_alone(store: Store, ids: Sequence[int]) -> None:
    run(store, small(), OTHER)
    assert models_of(store, ids[0]) == {"small": "1", "other": "1"}
    with store.read() as s:
        item = queries.get_item(s, ids[0])
        assert list_history(s, ids[0]) == []
    assert item is not None
    assert {one.conflict: one.assessed_at for one in item.assessments} == {"small": NOW, "other": later(3600)}


def test_a_removed_conflict_is_history_and_comes_back(store: Store, ids: Sequence[int]) -> None:
    run(store, small(), OTHER)
    run(store, OTHER, now=later(7200))
    assert models_of(store, ids[1]) == {"other": "1"}
    assert topics(store, ids[1]) == set()
    with store.read() as s:
        [gone] = list_history(s, ids[1])
    assert (gone.conflict, gone.verdict, gone.replaced_at) == ("small", Verdict.RELEVANT, later(7200))
    assert "shelling" in {tag["tag"] for tag in gone.tags}
    run(store, small(), OTHER)
    assert "shelling" in topics(store, ids[1])


def test_original_and_translation_are_both_tagged(store: Store) -> None:
    [item_id] = add_items(store, add_source(store), draft("url:ru", title="Рейд в долине"))
    with store.write() as s:
        save_enriched(s, item_id, Language("ru", 0.9, "script"), [], NOW)
        work.save_translation(s, item_id, translation(TEXTS[0]), [], NOW)
    assert run(store, NEW) == 1
    assert "shelling" in topics(store, item_id)


def test_a_text_that_changes_meanwhile_is_not_tagged_as_it_was(store: Store, ids: Sequence[int]) -> None:
    models = {"small": NEW.sha256}
    with store.write() as s:
        [*_, claimed] = retag.claim_for_retag(s, models, NOW, 10)
    source = add_source(store, "second")
    with store.write() as s:
        save_changed(s, source, claimed.id, draft("url:0", title="Corrected"), later(5))
        assert not retag.save_retagged(s, claimed, [], models, later(6))
    assert models_of(store, claimed.id) == {}


def test_a_model_that_changes_between_detection_and_translation_leaves_its_history(store: Store) -> None:
    [item_id] = add_items(store, add_source(store), draft("url:0", title=TEXTS[0]))
    enrich(store, item_id, [small()])
    again = tag_item(NEW, title=TEXTS[0], text="", language="en", published_at=NOW)
    with store.write() as s:
        work.save_translation(s, item_id, translation(TEXTS[0]), [again], later(60))
        assert [row.model_version for row in list_history(s, item_id)] == ["1"]
    assert run(store, NEW) == 0


def test_progress_can_be_read(store: Store, ids: Sequence[int]) -> None:
    with store.read() as s:
        assert retag.count_due(s, {"small": NEW.sha256}) == len(ids)
        assert retag.count_due(s, {"small": small().sha256}) == 0
    run(store, NEW)
    with store.read() as s:
        [beat] = list_heartbeats(s)
    assert (beat.name, dict(beat.details)) == ("retag", {"due": 0, "done": 3})
