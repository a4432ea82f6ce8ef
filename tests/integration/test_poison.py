"""Work that ends its process: claims count before the work starts, so a crash counts, and the third sets it aside."""

import os
import signal
from collections.abc import Callable, Sequence
from multiprocessing import get_context

from ceasewire.errors import StoreUnavailable
from ceasewire.items import NotNeeded, TextForTranslation, TranslationOutcome
from ceasewire.store.audit import Now
from ceasewire.store.events import list_events
from ceasewire.store.session import Store
from tests.support.store_data import add_items, add_source, claim_for_enrich, draft, enrich, later, save_changed
from worker.jobs.audit import run_audit
from worker.jobs.translate import Translating, translate_due

POISON = "Отрава"


class Fragile:
    """A model that ends its process on one text, as a fault in a native library does."""

    def available(self) -> frozenset[str]:
        return frozenset({"ru"})

    def models(self) -> Sequence[object]:
        return ()

    def translate(self, texts: Sequence[TextForTranslation], memory: object = None) -> list[TranslationOutcome]:
        if any(text.title == POISON for text in texts):
            os.kill(os.getpid(), signal.SIGKILL)
        return [NotNeeded(text.language) for text in texts]


class NoMemory:
    def get(self, keys: Sequence[str]) -> dict[str, str]:
        return {}

    def put(self, pairs: object) -> None:
        """Forget."""


def in_a_process(work: Callable[[], object]) -> int:
    """Run it as a pool's child does; its exit code."""
    child = get_context("fork").Process(target=work)
    child.start()
    child.join(60)
    assert child.exitcode is not None
    return child.exitcode


def translate(store: Store, seconds: float) -> int:
    def work() -> None:
        own = Store(store._url.render_as_string(hide_password=False))
        try:
            translate_due(Translating(own, Fragile(), NoMemory(), {}, lambda: later(seconds)))  # type: ignore[arg-type]
        except StoreUnavailable:
            os._exit(3)

    return in_a_process(work)


def test_an_item_that_crashes_the_model_is_set_aside_and_the_rest_goes_on(store: Store) -> None:
    titles = ["Утро", POISON, "Вечер", "Ночь"]
    ids = add_items(store, add_source(store), *(draft(f"url:{n}", title=title) for n, title in enumerate(titles)))
    for item_id in ids:
        enrich(store, item_id)
    poisoned = ids[titles.index(POISON)]

    codes = [translate(store, 20 * turn) for turn in range(12)]

    assert codes.count(-signal.SIGKILL) <= 2 + len(ids), "once in a batch, then each of the batch alone"
    assert codes[-1] == 0
    with store.read() as s:
        events = [(one.kind, one.about) for one in list_events(s)]
    assert events == [("item_set_aside", str(poisoned))]
    found = run_audit(store, Now(later(400)))
    assert (found.accounts.set_aside, found.accounts.translations) == (1, {"not_needed": 3, "pending": 1})
    assert not [one for one in found.violations if one.rule.startswith("translation")]


def test_it_is_tried_again_once_its_text_has_changed(store: Store) -> None:
    source = add_source(store)
    [item_id] = add_items(store, source, draft("url:a", title=POISON))
    enrich(store, item_id)
    for turn in range(5):
        translate(store, 20 * turn)
    with store.write() as s:
        save_changed(s, source, item_id, draft("url:a", title="Мир"), later(200))
        assert claim_for_enrich(s, item_id, later(200)) is not None
