"""Copies, measured on real texts: recall on pairs made by cutting and editing, false pairs among unrelated ones.

The data is not part of the project: the tests look for it in CEASEWIRE_SHARED, else beside the repository, and are
skipped where it is missing. `pytest -s` prints the figures.
"""

import json
import os
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import combinations
from pathlib import Path

import pytest

from ceasewire.pipeline.story import SHORT, Fingerprint, bands, compare, fingerprint

SHARED = Path(os.environ.get("CEASEWIRE_SHARED") or Path(__file__).parents[2].parent / "shared")
PAGES = SHARED / "data" / "feeds" / "pages"
HOURS = timedelta(hours=3)
LANGUAGE = "en"  # of all: texts of several languages in one are the harder test of what is unrelated

pytestmark = pytest.mark.skipif(not PAGES.is_dir(), reason=f"no shared data at {PAGES} (set CEASEWIRE_SHARED)")


def page_text(path: Path) -> str:
    body = next(iter(json.loads(path.read_text(encoding="utf-8")).values()))["body"]
    sections = [line for section in body["sections"] for line in (*section["headline"], *section["paragraphs"])]
    return "\n\n".join([*body.get("summary", []), *sections])


@pytest.fixture(scope="module")
def texts() -> list[str]:
    found = [page_text(path) for path in sorted(PAGES.glob("*.json"))]
    return [text for text in found if len(text.split()) >= 4 * SHORT]  # a quarter is still a text


def drop_fifth(words: list[str], chance: random.Random, _others: list[str]) -> list[str]:
    start = chance.randrange(len(words) * 4 // 5)
    return words[:start] + words[start + len(words) // 5 :]


def cut_end(words: list[str], _chance: random.Random, _others: list[str]) -> list[str]:
    return words[: len(words) * 4 // 5]


def first_half(words: list[str], _chance: random.Random, _others: list[str]) -> list[str]:
    return words[: len(words) // 2]


def first_quarter(words: list[str], _chance: random.Random, _others: list[str]) -> list[str]:
    return words[: len(words) // 4]


def credit(words: list[str], _chance: random.Random, _others: list[str]) -> list[str]:
    below = [
        "This",
        "report",
        "was",
        "first",
        "published",
        "by",
        "the",
        "agency.",
        "Subscribe",
        "to",
        "our",
        "channel",
        "to",
        "read",
        "the",
        "news",
        "first.",
    ]
    return ["YEREVAN,", "March", "3", "(AFP)", "—", *words, *below]


def replace_tenth(words: list[str], chance: random.Random, others: list[str]) -> list[str]:
    return [chance.choice(others) if chance.random() < 0.1 else word for word in words]


def credited_half(words: list[str], chance: random.Random, others: list[str]) -> list[str]:
    return credit(first_half(words, chance, others), chance, others)


EDITS: tuple[Callable[[list[str], random.Random, list[str]], list[str]], ...] = (
    drop_fifth,
    cut_end,
    first_half,
    first_quarter,
    credit,
    replace_tenth,
    credited_half,
)


def version(words: list[str]) -> Fingerprint:
    return fingerprint("", " ".join(words), LANGUAGE)


def is_found(one: Fingerprint, other: Fingerprint) -> bool:
    """As in the service: a shared band proposes, the comparison decides."""
    meets = not set(bands(one)).isdisjoint(bands(other))
    return meets and compare(one, other, HOURS, same_source=False) is not None


def edited(texts: list[str], rounds: int) -> Iterator[tuple[str, Fingerprint, Fingerprint]]:
    chance = random.Random(7)
    vocabulary = [word for text in texts for word in text.split()]
    for text in texts:
        words = text.split()
        for edit in EDITS * rounds:
            yield edit.__name__, version(words), version(edit(words, chance, vocabulary))


def test_copies_are_found(texts: list[str]) -> None:
    results: dict[str, list[bool]] = {}
    for name, original, copy in edited(texts, rounds=3):
        results.setdefault(name, []).append(is_found(original, copy))
    for name, found in results.items():
        print(f"{name}: {sum(found)} of {len(found)}")
    every = [one for found in results.values() for one in found]
    print(f"recall {sum(every) / len(every):.4f} on {len(every)} pairs of {len(texts)} texts")
    assert len(texts) >= 40
    assert all(sum(found) >= 0.98 * len(found) for found in results.values())


def test_unrelated_texts_are_not(texts: list[str]) -> None:
    """Each text as it is and in every edited version, against those of every other: the decision without the bands."""
    chance = random.Random(8)
    versions = [[version(text.split())] for text in texts]
    for text, known in zip(texts, versions, strict=True):
        known += [version(edit(text.split(), chance, ["report"])) for edit in EDITS]
    tried = wrong = 0
    for one, other in combinations(versions, 2):
        for left, right in ((left, right) for left in one for right in chance.sample(other, 3)):
            tried += 1
            wrong += compare(left, right, HOURS, same_source=False) is not None
    print(f"{wrong} false pairs in {tried}")
    assert tried >= 20_000
    assert wrong == 0
