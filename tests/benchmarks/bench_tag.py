"""Tagging speed: items (title and 1,200 characters) a second on one core. Run: python -m tests.benchmarks.bench_tag

Ordinary items are article pages of the shared data (CEASEWIRE_SHARED, else beside the repository; skipped where
missing); dense ones are put together from the gold set. The matcher is also timed beside one regular expression a
term, over the same folded texts. CPU time, not wall clock, is counted; the best of three rounds.
"""

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

from ceasewire.conflict.load import load_conflict
from ceasewire.conflict.matcher import Document
from ceasewire.conflict.model import Conflict
from ceasewire.pipeline.tag import tag_item

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("CEASEWIRE_SHARED") or ROOT.parent / "shared")
CHARACTERS = 1200
COMPARED = 40  # documents that the single expressions read; they are slow
ROUNDS = 3
Item = tuple[str | None, str, str]  # language, title, text


def dense() -> list[Item]:
    """Items full of terms: texts of the gold set, joined."""
    made: list[Item] = []
    for path in sorted((ROOT / "tests/data/gold").glob("*.jsonl")):
        records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        texts = cycle(record["text"] for record in records)
        for record in records:
            body = ""
            while len(body) < CHARACTERS:
                body += next(texts) + "\n"
            made.append((record["lang"], record["text"][:90], body[:CHARACTERS]))
    return made


def ordinary() -> list[Item]:
    """Articles about anything, long enough, as their pages' true text has them."""
    texts = ["\n".join(_paragraphs(json.loads(path.read_bytes()))) for path in sorted(_pages())]
    return [(None, text[:90], text[:CHARACTERS]) for text in texts if len(text) >= CHARACTERS]


def _pages() -> Iterator[Path]:
    return (SHARED / "data/feeds/pages").glob("*.json")


def _paragraphs(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "paragraphs":
                yield from (str(paragraph) for paragraph in value)
            else:
                yield from _paragraphs(value)
    elif isinstance(node, list):
        for value in node:
            yield from _paragraphs(value)


def best(work: Callable[[], object]) -> float:
    """CPU seconds of the fastest round, after one that warms up: patterns are compiled when first met."""
    work()
    seconds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def tag_all(conflict: Conflict, items: list[Item]) -> None:
    """Tag every item."""
    for language, title, text in items:
        tag_item(conflict, title=title, text=text, language=language, published_at=None)


def report(conflict: Conflict, name: str, items: list[Item]) -> None:
    """Print items a second, in all and by language."""
    if not items:
        print(f"{name}: no texts at {SHARED} (set CEASEWIRE_SHARED)")
        return
    print(f"{name}, {len(items)} items: {len(items) / best(partial(tag_all, conflict, items)):,.0f} items/s")
    languages = dict.fromkeys(language for language, _, _ in items)
    for code in languages if len(languages) > 1 else ():
        some = [item for item in items if item[0] == code]
        print(f"  {code}: {len(some) / best(partial(tag_all, conflict, some)):,.0f} items/s")


def compare(conflict: Conflict, items: list[Item]) -> None:
    """Print how much faster the matcher finds terms than one regular expression a term: stem and word boundary."""
    words = [r"\W+".join(re.escape(word.stem.casefold()) for word in entry.term.words()) for entry in conflict.entries]
    expressions = [re.compile(rf"\b{source}") for source in words]
    some = items[:: max(1, len(items) // COMPARED)]
    documents = [_document(conflict, item) for item in some]
    ours = best(lambda: [conflict.matcher.find(document, None, None) for document in documents])
    theirs = best(lambda: [one.findall(document.text) for document in documents for one in expressions])
    print(f"matcher beside {len(expressions):,} regular expressions: {theirs / ours:,.0f} times as fast")


def _document(conflict: Conflict, item: Item) -> Document:
    return conflict.matcher.document(item[1], item[2], conflict.scoring.lead_chars)


def main() -> None:
    """Print all figures."""
    conflict = load_conflict(ROOT / "config/conflicts/karabakh.yaml")
    made = dense()
    report(conflict, "ordinary", ordinary())
    report(conflict, "dense", made)
    compare(conflict, made)


if __name__ == "__main__":
    main()
