"""The lease of items under translation: short for those of a killed worker, kept for those of a slow one."""

from collections.abc import Sequence
from datetime import datetime
from threading import Event

import pytest
from sqlalchemy import select

from ceasewire.errors import StoreUnavailable
from ceasewire.items import Language, TextForTranslation, TranslationOutcome, Unavailable
from ceasewire.store import work
from ceasewire.store.session import Store
from ceasewire.store.tables import ITEM
from tests.support.store_data import NOW, add_items, add_source, draft, later, save_enriched
from worker.app import SWEEP_SECONDS
from worker.jobs import leased as module
from worker.jobs.leased import SECONDS, leased
from worker.jobs.translate import Translating, translate_due

RUSSIAN = Language("ru", 0.97, "script")
RUNG_AGAIN = 8.0  # seconds between two bells for one item


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVERY", 0.01)


@pytest.fixture
def item_id(store: Store) -> int:
    [added] = add_items(store, add_source(store), draft("url:1", title="Обстрел"))
    with store.write() as s:
        save_enriched(s, added, RUSSIAN, [], NOW)
    return added


def lease_until(store: Store, item_id: int) -> datetime | None:
    with store.read() as s:
        return s.scalar(select(ITEM.c.lease_until).where(ITEM.c.id == item_id))


def claim(store: Store, at: float) -> Sequence[int]:
    with store.write() as s:
        return [one.id for one in work.claim_for_translation(s, later(at), 16, {"ru"}, SECONDS)]


class Clock:
    """Goes a second further each time; `asked` when somebody has asked twice."""

    def __init__(self) -> None:
        self.seconds = 0
        self.asked = Event()

    def __call__(self) -> datetime:
        self.seconds += 1
        if self.seconds >= 3:
            self.asked.set()
        return later(self.seconds)


def test_what_a_killed_worker_held_is_taken_again_within_half_a_minute(store: Store, item_id: int) -> None:
    assert SECONDS + SWEEP_SECONDS + RUNG_AGAIN <= 30
    assert claim(store, 0) == [item_id]
    assert claim(store, SECONDS - 1) == []
    assert claim(store, SECONDS + 1) == [item_id]


def test_what_a_slow_worker_holds_is_not_taken(store: Store, item_id: int) -> None:
    claim(store, 0)
    clock = Clock()
    with leased(store, [item_id], clock):
        assert clock.asked.wait(10)
    until = lease_until(store, item_id)
    assert until is not None
    assert until > later(1)


def test_work_that_hangs_is_given_up(store: Store, item_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EXTENSIONS", 3)
    clock = Clock()
    with leased(store, [item_id], clock):
        assert clock.asked.wait(10)
    assert clock.seconds == 3


def test_what_is_done_stays_free(store: Store, item_id: int) -> None:
    clock = Clock()
    with leased(store, [item_id], clock):
        assert clock.asked.wait(10)
    assert lease_until(store, item_id) is None


def test_the_job_keeps_its_batch_while_the_model_works(store: Store, item_id: int) -> None:
    class Slow:
        """Gives no outcome before its lease was extended."""

        def available(self) -> frozenset[str]:
            return frozenset({"ru"})

        def models(self) -> Sequence[object]:
            return ()

        def translate(self, texts: Sequence[TextForTranslation], memory: object = None) -> list[TranslationOutcome]:
            assert clock.asked.wait(10)
            return [Unavailable(text.language, "no model for ru", "") for text in texts]

    clock = Clock()
    translate_due(Translating(store, Slow(), None, {}, clock))  # type: ignore[arg-type]
    assert clock.seconds >= 3


def test_work_that_the_store_stopped_is_no_attempt(store: Store, item_id: int) -> None:
    def attempts() -> int:
        with store.read() as s:
            return s.scalar(select(ITEM.c.attempts).where(ITEM.c.id == item_id)) or 0

    for seconds in range(5):
        assert claim(store, seconds) == [item_id]
        with pytest.raises(StoreUnavailable), leased(store, [item_id], Clock()):
            raise StoreUnavailable("disk full", about="store")
        assert (attempts(), lease_until(store, item_id)) == (0, None)
    claim(store, 10)
    with pytest.raises(ZeroDivisionError), leased(store, [item_id], Clock()):
        raise ZeroDivisionError
    assert attempts() == 1
    assert lease_until(store, item_id) is not None
