"""Sentence boundaries: the traps of each language, and that spans tile any text."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceasewire.pipeline.sentences import split

CASES = Path(__file__).parents[1] / "data" / "sentences" / "sentences.jsonl"
RECORDS = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: str(record["id"]))
def test_boundaries(record: dict[str, Any]) -> None:
    """Joined by a space, the sentences come out again."""
    language, sentences = record["lang"], record["sentences"]
    text = " ".join(sentences)
    assert [text[span.start : span.end].strip() for span in split(text, language)] == sentences


def test_a_line_break_always_ends_a_sentence() -> None:
    text = "\n Заголовок без точки\n\nПервый абзац, вторая\nстрока"
    assert [text[s.start : s.end] for s in split(text, "ru")] == [
        "\n Заголовок без точки\n\n",
        "Первый абзац, вторая\n",
        "строка",
    ]


def test_an_armenian_full_stop_is_no_boundary_and_a_russian_one_is() -> None:
    assert len(split("Ասել է. Այո", "hy")) == 1
    assert len(split("Сказал. Да", "ru")) == 2


def test_nothing_has_no_sentence() -> None:
    assert split("", "ru") == []


@given(st.text(), st.sampled_from(["ru", "hy", "az", "tr", "en", "ka", "und"]))
def test_spans_tile_any_text(text: str, language: str) -> None:
    spans = split(text, language)
    assert "".join(text[span.start : span.end] for span in spans) == text
    assert all(span.start < span.end for span in spans)


@given(
    st.lists(
        st.sampled_from(["Да", "г", "т", "С", ".", "!", "։", ":", "…", "»", "«", " ", "\n", "5", "x"]), max_size=40
    )
)
def test_spans_tile_texts_made_of_marks(parts: list[str]) -> None:
    text = "".join(parts)
    for language in ("ru", "hy", "tr"):
        assert "".join(text[s.start : s.end] for s in split(text, language)) == text
