"""Tagging speed: items (title and 1,200 characters) a second on one core. Run: python -m tests.benchmarks.bench_tag

Texts are put together from the gold set, so every item is dense with terms; CPU time, not wall clock, is counted.
"""

import json
import time
from itertools import cycle
from pathlib import Path

from ceasewire.conflict.load import load_conflict
from ceasewire.pipeline.tag import tag_item

ROOT = Path(__file__).parents[2]
ITEMS = 6000
CHARACTERS = 1200


def items() -> list[tuple[str, str, str]]:
    """Language, title and text of each item."""
    made = []
    for path in sorted((ROOT / "tests/data/gold").glob("*.jsonl")):
        records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        texts = cycle(record["text"] for record in records)
        for record in records:
            body = ""
            while len(body) < CHARACTERS:
                body += next(texts) + "\n"
            made.append((record["lang"], record["text"][:90], body[:CHARACTERS]))
    return made


def main() -> None:
    """Print items per CPU second, in all and by language."""
    conflict = load_conflict(ROOT / "config/conflicts/karabakh.yaml")
    made = items()
    by_language: dict[str, list[float]] = {}
    for language, title, text in made:  # patterns are compiled when first met
        tag_item(conflict, title=title, text=text, language=language, published_at=None)
    for _, (language, title, text) in zip(range(ITEMS), cycle(made), strict=False):
        start = time.process_time()
        tag_item(conflict, title=title, text=text, language=language, published_at=None)
        by_language.setdefault(language, []).append(time.process_time() - start)
    for language, seconds in by_language.items():
        print(f"{language}: {len(seconds) / sum(seconds):,.0f} items/s")
    total = [one for seconds in by_language.values() for one in seconds]
    print(f"all: {len(total) / sum(total):,.0f} items/s")


if __name__ == "__main__":
    main()
