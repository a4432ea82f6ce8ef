"""What is allowed in a conflict file but most likely a mistake, and the topics' own examples run."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import regex

from ceasewire.conflict.model import Conflict, Part, TermEntry
from ceasewire.conflict.score import score
from ceasewire.conflict.scripts import SCRIPTS
from ceasewire.conflict.terms import Ending

MIN_PREFIX = 4
LETTERS = {language: regex.compile(rf"\p{{{script}}}") for script, many in SCRIPTS.items() for language in many}
ANY_LETTER = regex.compile(r"\p{L}")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. An error fails `topics check`, a warning does not."""

    where: str
    message: str
    error: bool = False


def lint(conflict: Conflict) -> Iterator[Finding]:
    """Suspicious terms, then the examples that fail."""
    for entry in conflict.entries:
        yield from _term(conflict, entry)
    yield from _duplicates(conflict)
    yield from run_examples(conflict)


def run_examples(conflict: Conflict) -> Iterator[Finding]:
    """Each topic's examples that are tagged otherwise than they should be."""
    for topic in conflict.topics.values():
        for example in topic.examples:
            document = conflict.matcher.document("", example.text, conflict.scoring.lead_chars)
            found = score(conflict, document, example.language, None).topics
            reported = any(one.id == topic.id and one.background is None for one in found)
            if reported != example.positive:
                must = "must be" if example.positive else "must not be"
                message = f"{topic.id}: {example.text!r} {must} tagged with it (`topics explain` shows why)"
                yield Finding(example.where, message, error=True)


def _term(conflict: Conflict, entry: TermEntry) -> Iterator[Finding]:
    where = f"{conflict.source}: {entry.part}.{entry.concept}.{entry.language}"
    letters = LETTERS.get(entry.language)
    words = list(entry.term.words())
    alone = len(entry.term.steps) == 1 and all(
        len(alternative) == 1 for alternative in entry.term.steps[0].alternatives
    )
    for word in words:
        if alone and word.ending is Ending.ANY and len(word.stem) < MIN_PREFIX:
            message = f"prefix {word.stem!r} is shorter than {MIN_PREFIX} letters"
            yield Finding(where, f"term {entry.term.source!r}: {message}")
        if letters and any(not letters.match(letter) for letter in ANY_LETTER.findall(word.stem)):
            yield Finding(where, f"term {entry.term.source!r}: {word.stem!r} holds letters of another script")


def _duplicates(conflict: Conflict) -> Iterator[Finding]:
    seen: dict[tuple[str, str], list[TermEntry]] = defaultdict(list)
    for entry in conflict.entries:
        if entry.part in (Part.TOPIC, Part.NEGATIVE) and not (entry.excluded or entry.dated):
            seen[entry.language, entry.term.source].append(entry)
    for (language, source), entries in seen.items():
        if len(entries) > 1:
            where = ", ".join(f"{entry.part}.{entry.concept}" for entry in entries)
            yield Finding(f"{conflict.source}: {language}", f"term {source!r} stands in {where}")
