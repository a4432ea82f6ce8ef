"""Where a text may change its language: paragraphs, sentences, and longer runs of another script."""

import re
from collections.abc import Iterator

PARAGRAPH = re.compile(r"[^\n]+")
SENTENCE = re.compile(r"\S.*?(?:[.!?։…]+[\"»”')\]]*(?=\s|$)|$)", re.DOTALL)


def split(text: str) -> Iterator[tuple[int, int]]:
    """Offsets of the sentences of `text`, in code points; what lies between them is white space."""
    for paragraph in PARAGRAPH.finditer(text):
        for sentence in SENTENCE.finditer(text, paragraph.start(), paragraph.end()):
            yield sentence.start(), sentence.end()
