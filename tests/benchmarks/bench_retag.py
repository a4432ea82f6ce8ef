"""Items tagged again a second on SQLite, one worker, and what a look for due ones costs when there are none.

Run: python -m tests.benchmarks.bench_retag [ITEMS]. The items are the dense texts of bench_tag, under all conflicts of
`config/`; every second one has a "translation", the same text once more.
"""

import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

from ceasewire.conflict.load import load_conflicts
from ceasewire.conflict.model import Conflict
from ceasewire.items import Language
from ceasewire.pipeline.tag import tag_item
from ceasewire.store import retag, work
from ceasewire.store.session import Store
from tests.benchmarks.bench_tag import ROOT, Item, dense
from tests.support.store_data import NOW, add_items, add_source, draft, later, save_enriched, translation
from worker.jobs.retag import SHIFT, Retagging, retag_due
from worker.wiring import utc_now


def fill(store: Store, conflict: Conflict, texts: Iterable[Item]) -> None:
    """Items tagged by another model of each conflict, every second one translated."""
    source = add_source(store)
    for n, (language, title, text) in enumerate(texts):
        [item_id] = add_items(store, source, draft(f"url:{n}", title=title, text=text, published_at=later(n)))
        tagging = tag_item(conflict, title=title, text=text, language=language, published_at=NOW)
        with store.write() as s:
            save_enriched(s, item_id, Language(language or "und", 0.9, "script"), [tagging], NOW)
            if n % 2:
                work.save_translation(s, item_id, translation(title, text, language or "und"), [tagging], NOW)


def measure(store: Store, conflicts: Mapping[str, Conflict], count: int) -> None:
    """Tag all of them again, shift after shift as the clock rings them, and print how fast."""
    parts = Retagging(store, conflicts, utc_now)
    started, done = time.process_time(), 0
    while done < count:
        done += retag_due(parts)
    print(f"{done / (time.process_time() - started):,.0f} items a second of CPU time, {len(conflicts)} conflicts")
    models = {conflict.id: conflict.sha256 for conflict in conflicts.values()}
    started = time.process_time()
    with store.write() as s:
        assert not retag.claim_for_retag(s, models, utc_now(), 50)
    print(f"{(time.process_time() - started) * 1000:.1f} ms to find that nothing is due (rung every 5 s)")


def main() -> None:
    """Print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    conflicts = load_conflicts(ROOT / "config/conflicts")
    old = replace(next(iter(conflicts.values())), sha256="0" * 64, version="older")
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder) / 'store.sqlite3'}")
        store.upgrade()
        fill(store, old, islice(cycle(dense()), count))
        print(f"{count} items stored; a shift is {SHIFT.seconds} s, without the pauses between shifts:")
        measure(store, conflicts, count)
        store.dispose()


if __name__ == "__main__":
    main()
