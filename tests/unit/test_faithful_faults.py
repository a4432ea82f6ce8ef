"""Faults put into good translations on purpose: how many the checks find, and how seldom they warn without cause.

Each source has a good translation and wrong ones: a number, a date or a unit changed, digits swapped, a negation
dropped. `pytest -s` prints the table.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

from ceasewire.pipeline.faithful import check

DATA = Path(__file__).parents[1] / "data" / "translations" / "faults.jsonl"
RECORDS = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
# language, source, good translation, {fault: wrong translation}
PAIRS: list[tuple[str, str, str, dict[str, str]]] = [
    (record["lang"], record["source"], record["translation"], record["faults"]) for record in RECORDS
]
# Of 100 of each kind that must be found. What is missed is said here and not hidden.
FLOORS = {"number": 1.0, "date": 1.0, "unit": 0.9, "words": 1.0, "negation": 0.95}


def found(fault: str) -> tuple[int, int]:
    """How many faults of a kind have any warning, of how many."""
    hits = [bool(check(s, wrong[fault], language)) for language, s, _, wrong in PAIRS if fault in wrong]
    return sum(hits), len(hits)


@pytest.mark.parametrize("fault", FLOORS)
def test_faults_are_found(fault: str) -> None:
    hits, count = found(fault)
    missed = [
        (s, wrong[fault]) for language, s, _, wrong in PAIRS if fault in wrong and not check(s, wrong[fault], language)
    ]
    print(f"{fault}: {hits} of {count}")
    assert hits >= FLOORS[fault] * count, missed


def test_good_translations_are_left_in_peace() -> None:
    warned = [(good, check(source, good, language)) for language, source, good, _ in PAIRS]
    false = [(good, warnings) for good, warnings in warned if warnings]
    print(f"false alarms: {len(false)} of {len(PAIRS)}")
    assert not false


def test_every_language_has_every_kind_of_fault() -> None:
    kinds = Counter((language, fault) for language, _, _, wrong in PAIRS for fault in wrong)
    assert {language for language, _ in kinds} == {"ru", "hy", "az", "tr"}
    assert all(kinds[language, fault] for language in ("ru", "hy", "az", "tr") for fault in FLOORS)
