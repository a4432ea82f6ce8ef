"""How long a text takes to be fingerprinted, banded and compared: `python -m tests.benchmarks.bench_story`."""

import random
import statistics
import time
from collections.abc import Callable
from datetime import timedelta

from ceasewire.pipeline.story import Fingerprint, bands, compare, fingerprint
from tests.benchmarks.report import row

SYLLABLES = ("ка", "ра", "бах", "мир", "но", "сто", "вой", "ска", "пре", "зи", "дент", "го", "род", "лес", "дол")
TEXTS = 300


def make_text(chance: random.Random, words: int) -> str:
    return " ".join("".join(chance.choices(SYLLABLES, k=3)) for _ in range(words))


def milliseconds(work: Callable[[str], object], texts: list[str]) -> float:
    """The median over the texts."""
    spent = []
    for text in texts:
        start = time.perf_counter()
        work(text)
        spent.append((time.perf_counter() - start) * 1000)
    return statistics.median(spent)


def main() -> None:
    """Print a line per length of text."""
    chance = random.Random(1)
    for words in (40, 300, 1000):
        texts = [make_text(chance, words) for _ in range(TEXTS)]
        known = fingerprint("", texts[0], "ru")

        def compare_with_known(text: str, known: Fingerprint = known) -> object:
            return compare(known, fingerprint("", text, "ru"), timedelta(0), same_source=False)

        banded = milliseconds(lambda text: bands(fingerprint("", text, "ru")), texts)
        compared = milliseconds(compare_with_known, texts)
        row(f"fingerprint and bands of a text of {words:,} words", banded, "ms")
        row("  fingerprint and comparison with a candidate", compared, "ms")


if __name__ == "__main__":
    main()
