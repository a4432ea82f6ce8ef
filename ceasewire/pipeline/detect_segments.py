"""Where a text may change its language: at paragraphs and sentences, and at longer runs of another script."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ceasewire.pipeline.detect_letters import WORD, scripts_in

PARAGRAPH = re.compile(r"[^\n\r\u2028\u2029]+")
SENTENCE_END = re.compile(r"(?<![.!?։…])[.!?։…]++[\"»”’')\]]*+(?=\s)")
SHORT = 24  # characters: a shorter sentence says too little alone, it goes with its neighbour
RUN_WORDS, RUN_LETTERS = 3, 12  # of another script inside a sentence: a quotation, if not all are names

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
        long = [run for run in _script_runs(text, start, end) if _is_quotation(run)]
        for before, after in pairwise(long):
            if before[0].lastgroup != after[0].lastgroup:
                cut = after[0].start()
                yield from _strip(text, start, cut)
                start = cut
    yield start, end


def _script_runs(text: str, start: int, end: int) -> list[list[re.Match[str]]]:
    """The words of a sentence, those of one script that follow each other together."""
    runs: list[list[re.Match[str]]] = []
    for word in WORD.finditer(text, start, end):
        if runs and runs[-1][0].lastgroup == word.lastgroup:
            runs[-1].append(word)
        else:
            runs.append([word])
    return runs


def _is_quotation(run: Sequence[re.Match[str]]) -> bool:
    """Whether a run says something in its language; words with capitals only are names."""
    words = [word[0] for word in run]
    return (
        len(words) >= RUN_WORDS and sum(map(len, words)) >= RUN_LETTERS and not all(word[0].isupper() for word in words)
    )


def _strip(text: str, start: int, end: int) -> Iterator[Span]:
    part = text[start:end]
    begin = start + len(part) - len(part.lstrip())
    stop = start + len(part.rstrip())
    if begin < stop:
        yield begin, stop
