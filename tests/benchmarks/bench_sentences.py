"""Boundary F1 and speed of the sentence splitter on paragraphs of FLORES sentences.

    python -m tests.benchmarks.bench_sentences

Three lines are joined by a space, as in a paragraph of news; a boundary is right where one of them ends. A fifth of the
lines hold several sentences: left out are those whose parallel text, in English or for English in Turkish, has a
terminator inside. A splitter that cuts at every terminator is printed beside ours.
"""

import re
import sys
import time
from collections.abc import Callable, Sequence

from ceasewire.pipeline.sentences import split
from tests.support import flores

LANGUAGES = ("ru", "hy", "az", "tr", "en")
TOGETHER = 3
Splitter = Callable[[str, str], set[int]]


def ours(text: str, language: str) -> set[int]:
    """Where our sentences end, without the white space behind them."""
    return {len(text[: span.end].rstrip()) for span in split(text, language)}


def at_every_mark(text: str, language: str) -> set[int]:
    """Behind every terminator that white space follows."""
    marks = "։:!?" if language == "hy" else ".!?…"
    return {match.start() for match in re.finditer(rf"(?<=[{marks}])\s", text)} | {len(text)}


def single(corpus: dict[str, list[str]], language: str) -> list[str]:
    """The lines of a language that are one sentence by their parallel text."""
    judge = "tr" if language == "en" else "en"
    pairs = zip(corpus[language], corpus[judge], strict=True)
    return [line for line, other in pairs if len(at_every_mark(other.strip(), judge)) == 1]


def paragraphs(sentences: Sequence[str]) -> list[tuple[str, set[int]]]:
    """Joined sentences with the offsets where each ends."""
    made = []
    for at in range(0, len(sentences) - TOGETHER + 1, TOGETHER):
        group = [sentence.strip() for sentence in sentences[at : at + TOGETHER]]
        ends = {len(" ".join(group[: number + 1])) for number in range(TOGETHER)}
        made.append((" ".join(group), ends))
    return made


def f1(splitter: Splitter, texts: Sequence[tuple[str, set[int]]], language: str) -> tuple[float, float, float]:
    """Precision, recall and F1 of the boundaries; a paragraph's own end counts for nobody."""
    right = found = true = 0
    for text, ends in texts:
        cuts, inner = splitter(text, language) - {len(text)}, ends - {len(text)}
        right, found, true = right + len(cuts & inner), found + len(cuts), true + len(inner)
    precision, recall = right / found, right / true
    return precision, recall, 2 * precision * recall / (precision + recall)


def main() -> None:
    """Print a line per language."""
    data = flores.folder()
    if data is None:
        sys.exit("no FLORES data: set CEASEWIRE_SHARED to the folder that holds data/languages/flores")
    print(f"{'':4}{'P':>7}{'R':>7}{'F1':>7}{'every mark':>12}{'µs CPU a paragraph':>20}")
    corpus = flores.ours(data)
    for language in LANGUAGES:
        texts = paragraphs(single(corpus, language))
        started = time.process_time()
        precision, recall, score = f1(ours, texts, language)
        cost = (time.process_time() - started) / len(texts) * 1e6
        plain = f1(at_every_mark, texts, language)[2]
        print(f"{language:4}{precision:7.3f}{recall:7.3f}{score:7.3f}{plain:12.3f}{cost:20.0f}")


if __name__ == "__main__":
    main()
