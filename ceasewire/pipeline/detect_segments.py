"""Where a text may change its language: at paragraphs and sentences, and at longer runs of another script."""

import re
from collections.abc import Iterator
from itertools import pairwise

from ceasewire.pipeline.detect_letters import WORD, scripts_in

PARAGRAPH = re.compile(r"[^\n\r\u2028\u2029]+")
SENTENCE_END = re.compile(r"(?<![.!?։…])[.!?։…]++[\"»”’')\]]*+(?=\s)")
SHORT = 24  # characters: a shorter sentence says too little alone, it goes with its neighbour
RUN_WORDS, RUN_LETTERS = 3, 12  # of another script inside a sentence: a quotation, no mere name

Span = tuple[int, int]


def split(text: str) -> Iterator[Span]:
    """Offsets of the parts of `text`, in code points and in order; what lies between them is white space."""
    for paragraph in PARAGRAPH.finditer(text):
        for start, end in _sentences(text, *paragraph.span()):
            yield from _runs(text, start, end)


def _sentences(text: str, start: int, end: int) -> Iterator[Span]:
    """The sentences of one paragraph, short ones joined to a neighbour."""
    ends = [match.end() for match in SENTENCE_END.finditer(text, start, end)]
    for stop in [*ends, end]:
        whole = stop == end or (stop - start >= SHORT and end - stop >= SHORT)
        if whole and start < stop:
            yield from _strip(text, start, stop)
            start = stop


def _runs(text: str, start: int, end: int) -> Iterator[Span]:
    """Cut a sentence where a run of another script is long enough to stand for itself."""
    if len(scripts_in(text[start:end])) > 1:
        long = [run for run in _script_runs(text, start, end) if run[2] >= RUN_WORDS and run[3] >= RUN_LETTERS]
        for before, after in pairwise(long):
            if before[0] != after[0]:
                yield from _strip(text, start, after[1])
                start = after[1]
    yield start, end


def _script_runs(text: str, start: int, end: int) -> list[tuple[str, int, int, int]]:
    """(script, where it starts, words, letters) of each run of words in one script."""
    runs: list[tuple[str, int, int, int]] = []
    for word in WORD.finditer(text, start, end):
        script, length = str(word.lastgroup), word.end() - word.start()
        if runs and runs[-1][0] == script:
            _, at, words, letters = runs[-1]
            runs[-1] = (script, at, words + 1, letters + length)
        else:
            runs.append((script, word.start(), 1, length))
    return runs


def _strip(text: str, start: int, end: int) -> Iterator[Span]:
    part = text[start:end]
    begin = start + len(part) - len(part.lstrip())
    stop = start + len(part.rstrip())
    if begin < stop:
        yield begin, stop
