"""Better models for stored translations, on both databases: renewed in the background, behind fresh items."""

from collections.abc import Mapping, Sequence

import pytest
from sqlalchemy import select

from ceasewire.items import (
    Language,
    ModelInUse,
    TextForTranslation,
    Translation,
    TranslationOutcome,
    Unavailable,
)
from ceasewire.store import alerts, queries, renewal
from ceasewire.store.heartbeats import list_heartbeats
from ceasewire.store.session import Store
from ceasewire.store.tables import TRANSLATION_HISTORY
from ceasewire.store.views import ItemDetail
from tests.support.store_data import NOW, add_items, add_source, draft, later, save_enriched, subscribe
from tests.unit.conflicts import small
from worker.jobs.renew import Renewing, renew_due
from worker.jobs.translate import Translating, translate_due

RUSSIAN = Language("ru", 0.97, "script")


class ModelsOf:
    """A translator with one model per language, which can be replaced or taken away."""

    def __init__(self, **models: tuple[str, str, str]) -> None:
        self.known = models
        self.fails = False
        self.asked: list[int] = []

    def available(self) -> frozenset[str]:
        return frozenset(self.known)

    def models(self) -> Sequence[ModelInUse]:
        return [ModelInUse(language, *model) for language, model in self.known.items()]

    def translate(self, texts: Sequence[TextForTranslation], memory: object = None) -> list[TranslationOutcome]:
        self.asked += [text.item_id for text in texts]
        return [self._one(text) for text in texts]

    def _one(self, text: TextForTranslation) -> TranslationOutcome:
        if self.fails or text.language not in self.known:
            return Unavailable(text.language, f"no model for {text.language}", "")
        package, version, confidence = self.known[text.language]
        title = f"shelling in the green valley, as {package} {version} has it"
        return Translation(title, "", text.language, "en", "fake", package, version, {}, confidence, ())


class Memory:
    """Knows one sentence."""

    def get(self, keys: Sequence[str]) -> Mapping[str, str]:
        return {key: key for key in keys if key == "known"}

    def put(self, pairs: Mapping[str, str]) -> None:
        """Forgets."""


SAMPLE, GOOD, LOW = ("sample-ru", "1", "sample"), ("translate-ru_en", "1.9", "good"), ("chain", "1", "low")


@pytest.fixture
def ids(store: Store) -> list[int]:
    """Three items translated word by word, the last the newest, and a subscription that they match."""
    drafts = [draft(f"url:{n}", title=f"Обстрел {n}", published_at=later(n)) for n in range(3)]
    ids = add_items(store, add_source(store), *drafts)
    with store.write() as s:
        for item_id in ids:
            save_enriched(s, item_id, RUSSIAN, [], NOW)
    assert not translate(store, ModelsOf(ru=SAMPLE))
    subscribe(store, "shelling", {"topics": ["shelling"]})
    return ids


def translate(store: Store, translator: ModelsOf) -> Sequence[int]:
    return translate_due(Translating(store, translator, Memory(), {"small": small()}, lambda: NOW)).alerts


def renew(store: Store, translator: ModelsOf, seconds: float = 3600) -> int:
    return renew_due(Renewing(store, translator, Memory(), {"small": small()}, lambda: later(seconds)))


def item(store: Store, item_id: int) -> ItemDetail:
    with store.read() as s:
        found = queries.get_item(s, item_id)
    assert found is not None
    return found


def packages(store: Store, ids: Sequence[int]) -> list[str]:
    translations = [item(store, item_id).translation for item_id in ids]
    return [one.package if one else "none" for one in translations]


def test_a_better_model_renews_newest_first_with_tags_and_without_alerts(store: Store, ids: Sequence[int]) -> None:
    better = ModelsOf(ru=GOOD)
    assert renew(store, better) == 3
    assert better.asked == list(reversed(ids))
    assert packages(store, ids) == ["translate-ru_en"] * 3
    renewed = item(store, ids[0])
    assert renewed.translation is not None
    assert "1.9" in renewed.translation.title
    assert {evidence["field"] for tag in renewed.tags for evidence in tag.evidence} == {"translation.title"}
    assert renewed.assessments[0].assessed_at == later(3600)
    with store.read() as s:
        assert list(alerts.list_alerts(s).items) == []
    assert renew(store, better) == 0, "it is done once"


def test_where_the_old_translation_came_from_is_kept(store: Store, ids: Sequence[int]) -> None:
    renew(store, ModelsOf(ru=GOOD))
    with store.read() as s:
        [old] = s.execute(select(TRANSLATION_HISTORY).where(TRANSLATION_HISTORY.c.item_id == ids[0])).all()
    assert (old.package, old.package_version, old.confidence) == SAMPLE
    assert (old.created_at, old.replaced_at) == (NOW, later(3600))


def test_another_version_renews_and_a_lesser_model_does_not(store: Store, ids: Sequence[int]) -> None:
    renew(store, ModelsOf(ru=LOW))
    assert renew(store, ModelsOf(ru=SAMPLE)) == 0, "the real package was removed: its work stays"
    assert renew(store, ModelsOf(ru=("chain", "2", "low"))) == 3
    assert renew(store, ModelsOf(hy=GOOD)) == 0
    assert packages(store, ids) == ["chain"] * 3


def test_a_failure_replaces_nothing_and_the_item_stays_in_service(store: Store, ids: Sequence[int]) -> None:
    broken = ModelsOf(ru=GOOD)
    broken.fails = True
    assert renew(store, broken) == 0
    assert packages(store, ids) == ["sample-ru"] * 3
    assert {item(store, item_id).translation_state for item_id in ids} == {"translated"}
    broken.fails = False
    assert renew(store, broken, seconds=3610) == 3


def test_fresh_items_go_first(store: Store, ids: Sequence[int]) -> None:
    [fresh] = add_items(store, add_source(store, "second"), draft("url:fresh"))
    with store.write() as s:
        save_enriched(s, fresh, RUSSIAN, [], NOW)
    better = ModelsOf(ru=GOOD)
    assert renew(store, better) == 0
    assert better.asked == []
    translate(store, better)
    assert renew(store, better) == 3


def test_what_is_due_and_done_can_be_read(store: Store, ids: Sequence[int]) -> None:
    with store.read() as s:
        assert renewal.count_for_renewal(s, ModelsOf(ru=GOOD).models()) == 3
        assert renewal.count_for_renewal(s, ()) == 0
    renew(store, ModelsOf(ru=GOOD))
    with store.read() as s:
        beats = {beat.name: dict(beat.details) for beat in list_heartbeats(s)}
    assert beats["renew"] == {"due": 0, "done": 3}


class Remembering(ModelsOf):
    """Asks its memory for two sentences a batch, of which it knows one."""

    def translate(self, texts: Sequence[TextForTranslation], memory: object = None) -> list[TranslationOutcome]:
        assert hasattr(memory, "get")
        memory.get(["known", "unknown"])
        return super().translate(texts, memory)


def test_the_hit_rate_of_the_memory_can_be_read(store: Store) -> None:
    source = add_source(store)
    for n in range(2):
        [item_id] = add_items(store, source, draft(f"url:{n}"))
        with store.write() as s:
            save_enriched(s, item_id, RUSSIAN, [], NOW)
        translate(store, Remembering(ru=SAMPLE))
    with store.read() as s:
        [beat] = list_heartbeats(s)
    details = dict(beat.details)
    assert (beat.name, details["sentences"], details["sentences_known"]) == ("translate", 4, 2)
    assert details["milliseconds"] >= 0
