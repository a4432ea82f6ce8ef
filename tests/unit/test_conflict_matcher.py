"""The matcher finds exactly what one regular expression a term, tried at every word, finds in the folded text."""

import json
import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ceasewire.conflict.matcher import Document
from ceasewire.conflict.model import Conflict, TermEntry
from ceasewire.conflict.normalise import Normaliser
from ceasewire.conflict.patterns import ADJACENT, BETWEEN
from ceasewire.conflict.terms import Ending, Word
from tests.unit.conflicts import own
from tests.unit.test_conflict_hypothesis import LANGUAGES, models, texts

GOLD = Path(__file__).parents[1] / "data" / "gold"
Found = set[tuple[int, int, int]]  # start, end, number of the term


def fast(conflict: Conflict, document: Document, language: str | None) -> Found:
    """What the matcher finds, of terms without a condition beyond their letters."""
    numbers = {id(entry): number for number, entry in enumerate(conflict.entries)}
    matches = conflict.matcher.find(document, language, None)
    assert len(matches) == len({(one.start, one.end, id(one.entry)) for one in matches}), "one match, told twice"
    kept = (one for one in matches if is_unconditional(one.entry))
    return {(one.start, one.end, numbers[id(one.entry)]) for one in kept}


def slow(conflict: Conflict, document: Document, language: str | None) -> Found:
    """The same, a term after the other."""
    normaliser = Normaliser(conflict.rules)
    plain = document.plain and (language not in conflict.languages or normaliser.folds_plain(language or ""))
    read = conflict.matcher.languages_for(language)
    found: Found = set()
    for number, entry in enumerate(conflict.entries):
        if entry.language in read and is_unconditional(entry):
            source = written_out(entry, conflict, normaliser, plain=plain)
            for one in compiled(source).finditer(document.text):
                found.add((*one.span(1), number))
    return found


@cache
def compiled(source: str) -> "re.Pattern[str]":
    """The expression, tried at every word; texts of several languages meet the same terms."""
    return re.compile(rf"(?<!\w)(?=({source}))")


def is_unconditional(entry: TermEntry) -> bool:
    """Does it count wherever its letters stand?"""
    first = next(entry.term.words())
    return not (entry.dated or entry.not_if_quoted or first.cased or first.spelled)


def written_out(entry: TermEntry, conflict: Conflict, normaliser: Normaliser, *, plain: bool) -> str:
    """A term as one regular expression."""

    def word(one: Word) -> str:
        stem = normaliser.fold_term(one.stem)
        stem = normaliser.plain(stem) if plain and normaliser.folds_plain(entry.language) else stem
        parts = [re.escape(part) for part in re.split(r"[\s'\-]+", stem) if part]
        close = ('"' + ending(one.outer) if one.outer else '(?=")') if one.closed else ""
        return ('(?<=")' * one.quoted) + ("(?<!-)" * one.unhyphened) + ADJACENT.join(parts) + ending(one.ending) + close

    def ending(one: Ending) -> str:
        return {"": r"(?!\w)", "~": conflict.endings[entry.language] + r"(?!\w)", "*": r"\w*"}[one.value]

    source = ""
    for step in entry.term.steps:
        gap = rf"(?:{BETWEEN}\w+){{0,{step.gap}}}?{BETWEEN}" if step.gap else ADJACENT
        choices = "|".join(ADJACENT.join(map(word, words)) for words in step.alternatives)
        source += (gap if source else "") + f"(?:{choices})"
    return source


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(models(), texts, texts, st.sampled_from((*LANGUAGES, None)))
def test_any_model_finds_what_the_expressions_find(
    conflict: Conflict, title: str, text: str, language: str | None
) -> None:
    document = conflict.matcher.document(title, text, conflict.scoring.lead_chars)
    assert fast(conflict, document, language) == slow(conflict, document, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_gold_texts(language: str) -> None:
    lines = [line for path in sorted(GOLD.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()]
    records = [record for record in map(json.loads, lines) if record["lang"] == language]
    text = "\n\n".join(record["text"] for record in records)
    document = own().matcher.document("", text, own().scoring.lead_chars)
    found = fast(own(), document, language)
    assert len(found) > len(records)
    assert found == slow(own(), document, language)
