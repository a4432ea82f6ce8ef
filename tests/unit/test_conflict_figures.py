"""The model's figures on labelled texts do not fall below what it has reached."""

import gzip
import json
import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from click.testing import CliRunner

from ceasewire.conflict.evaluate import Counts
from ceasewire.conflict.load import load_conflict
from ceasewire.conflict.score import score
from ceasewire.items import Verdict
from tests.unit.conflicts import CONFIG, ROOT
from worker.commands import topics

GOLD = ROOT / "tests" / "data" / "gold"
FRESH = ROOT / "tests" / "data" / "fresh"
HELDOUT = ROOT / "tests" / "data" / "heldout"
HELDOUT2 = ROOT / "tests" / "data" / "heldout2"
HELDOUT3 = ROOT / "tests" / "data" / "heldout3"
HELDOUT4 = ROOT / "tests" / "data" / "heldout4"
LANGUAGES = ("en", "ru", "hy", "az", "tr")
DATA = Path(os.environ.get("CEASEWIRE_SHARED", ROOT.parent / "shared")) / "data"
SHARED = DATA / "items" / "dev_items.jsonl"
GENERAL = DATA / "languages" / "flores"


def f1(file: Path) -> dict[str, float]:
    """F1 by row of the report."""
    options = ["evaluate", "--conflict", str(CONFIG / "karabakh.yaml"), str(file)]
    lines = [line.split() for line in CliRunner().invoke(topics.command, options).stdout.splitlines()]
    return {" ".join(parts[:-6]): float(parts[-4]) for parts in lines if len(parts) > 6}


def joined(files: Iterable[Path], target: Path) -> Path:
    target.write_text("".join(file.read_text(encoding="utf-8") for file in files), encoding="utf-8")
    return target


def test_the_gold_set(tmp_path: Path) -> None:
    figures = f1(joined(sorted(GOLD.glob("*.jsonl")), tmp_path / "gold.jsonl"))
    assert figures["relevance"] >= 0.97
    assert figures["topics"] >= 0.93
    assert all(figures[f"relevance {language}"] >= 0.96 for language in LANGUAGES)


def test_the_held_out_set_now_that_it_has_been_read(tmp_path: Path) -> None:
    figures = f1(joined(sorted(HELDOUT.glob("*.jsonl")), tmp_path / "heldout.jsonl"))
    assert figures["relevance"] >= 0.97
    assert figures["topics"] >= 0.89
    assert all(figures[f"relevance {language}"] >= 0.95 for language in LANGUAGES)


def test_the_second_held_out_set(tmp_path: Path) -> None:
    figures = f1(joined(sorted(HELDOUT2.glob("*.jsonl")), tmp_path / "heldout2.jsonl"))
    assert figures["relevance"] >= 0.94
    assert figures["topics"] >= 0.84


@pytest.mark.parametrize(("folder", "topics"), [(HELDOUT3, 0.84), (HELDOUT4, 0.87)], ids=["third", "fourth"])
def test_held_out_sets_of_which_half_is_unread(folder: Path, topics: float, tmp_path: Path) -> None:
    figures = f1(joined(sorted(folder.glob("*.jsonl")), tmp_path / "heldout.jsonl"))
    assert figures["relevance"] >= 0.97
    assert figures["topics"] >= topics
    assert all(figures[f"relevance {language}"] >= 0.95 for language in LANGUAGES)


def test_the_fresh_texts(tmp_path: Path) -> None:
    figures = f1(joined(sorted(FRESH.glob("*.jsonl")), tmp_path / "fresh.jsonl"))
    assert figures["relevance"] >= 0.96
    assert figures["topics"] >= 0.90


@pytest.mark.skipif(not GENERAL.exists(), reason=f"no general texts at {GENERAL} (set CEASEWIRE_SHARED)")
@pytest.mark.parametrize("language", LANGUAGES)
def test_general_texts_are_not_about_the_conflict(language: str) -> None:
    conflict = load_conflict(CONFIG / "karabakh.yaml")
    with gzip.open(GENERAL / f"{language}.txt.gz", "rt", encoding="utf-8") as lines:
        documents = [conflict.matcher.document("", line, conflict.scoring.lead_chars) for line in lines]
    taken = [one for one in documents if score(conflict, one, language, None).verdict is Verdict.RELEVANT]
    assert len(documents) > 1000
    assert len(taken) <= 2, [one.text[:80] for one in taken]


@pytest.mark.skipif(not SHARED.exists(), reason=f"no development set at {SHARED} (set CEASEWIRE_SHARED)")
def test_the_development_set() -> None:
    figures = f1(SHARED)
    assert figures["relevance"] >= 0.96
    assert figures["topics"] >= 0.92
    assert all(figures[f"relevance {language}"] >= 0.95 for language in LANGUAGES)


@pytest.mark.parametrize("path", sorted(GOLD.glob("??.jsonl")), ids=lambda path: path.stem)
def test_the_gold_set_is_big_enough_and_half_of_it_hard_negatives(path: Path) -> None:
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(records) >= 40
    assert {record["lang"] for record in records} == {path.stem}
    assert sum(record["hard"] and not record["relevant"] for record in records) * 2 >= len(records)


def test_the_arithmetic() -> None:
    counts = Counts()
    counts.add({"a", "b"}, {"b", "c", "d"})
    assert (counts.hits, counts.false, counts.missed) == (1, 2, 1)
    assert (counts.precision, counts.recall, counts.f1) == (1 / 3, 1 / 2, 0.4)
    assert Counts().f1 == 1.0
