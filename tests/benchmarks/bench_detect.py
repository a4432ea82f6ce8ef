"""Accuracy, calibration and speed of the language detector on FLORES, beside langdetect as it comes.

Run: python -m tests.benchmarks.bench_detect
"""

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from tests.support import flores
from worker.adapters.language import Detector

BINS = (0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
Answer = tuple[str, float]  # language and confidence
Texts = list[tuple[str, str]]  # true language and text


def ceasewire() -> Callable[[str], Answer]:
    """Our detector, its models loaded."""
    detector = Detector()

    def answer(text: str) -> Answer:
        found = detector.detect(text)
        return found.code, found.confidence

    answer("The talks go on, but nobody knows for how long")
    return answer


def langdetect_as_it_comes() -> Callable[[str], Answer]:
    """The library's own factory with all its languages and a seed."""
    from langdetect import DetectorFactory, detect_langs
    from langdetect.lang_detect_exception import LangDetectException

    DetectorFactory.seed = 0

    def answer(text: str) -> Answer:
        try:
            best = detect_langs(text)[0]
        except LangDetectException:
            return "und", 0.0
        return best.lang, best.prob

    answer("The talks go on, but nobody knows for how long")
    return answer


def measure(answer: Callable[[str], Answer], texts: Texts) -> tuple[list[Answer], float]:
    """All answers, and microseconds of CPU a text."""
    start = time.process_time()
    answers = [answer(text) for _, text in texts]
    return answers, (time.process_time() - start) / len(texts) * 1e6


def accuracy_row(shape: str, texts: Texts, answers: list[Answer], microseconds: float) -> str:
    """One shape's line of the table: right, und and wrong in percent, and the languages that are worst."""
    true = [code for code, _ in texts]
    right = Counter(code for code, (found, _) in zip(true, answers, strict=True) if code == found)
    undetermined = sum(found == "und" for found, _ in answers)
    count, total = Counter(true), len(true)
    hits = right.total()
    worst = sorted(count, key=lambda code: right[code] / count[code])[:3]
    tail = " ".join(f"{code} {100 * right[code] / count[code]:.1f}" for code in worst)
    rest = total - hits - undetermined
    return (
        f"{shape:<18}{100 * hits / total:7.2f}{100 * undetermined / total:7.2f}{100 * rest / total:7.2f}"
        f"{microseconds:8.0f}   {tail}"
    )


def calibration_rows(true: list[str], answers: list[Answer]) -> Iterator[str]:
    """Per range of confidence: how many answers, and how many of 100 are right."""
    bins: dict[float, list[bool]] = defaultdict(list)
    for code, (found, confidence) in zip(true, answers, strict=True):
        if found != "und":
            bins[max((low for low in BINS if low <= confidence), default=0.0)].append(code == found)
    for low, outcomes in sorted(bins.items()):
        yield f"  from {low:4.2f}{len(outcomes):8}{100 * sum(outcomes) / len(outcomes):8.1f}"


def report(name: str, answer: Callable[[str], Answer], ours: dict[str, list[str]], others: Texts) -> None:
    """All tables of one detector."""
    print(f"\n{name}\n{'':<18}  right    und  wrong  µs CPU   worst languages")
    for shape, cut in flores.SHAPES.items():
        texts = list(flores.shaped(ours, cut))
        answers, microseconds = measure(answer, texts)
        print(accuracy_row(shape, texts, answers, microseconds))
    print("calibration on three words: confidence, answers, % right")
    print("\n".join(calibration_rows([code for code, _ in texts], answers)))
    taken = Counter(code for code, text in others if answer(text)[0] in flores.OURS)
    print(f"other languages taken for ours: {100 * taken.total() / len(others):.2f} %  {dict(taken.most_common(5))}")


def main() -> None:
    """Print the tables."""
    data = flores.folder()
    if data is None:
        sys.exit("no FLORES data: set CEASEWIRE_SHARED to the folder that holds data/languages/flores")
    ours = flores.ours(data)
    others = list(flores.shaped(flores.others(data), flores.sentence))
    report("ceasewire", ceasewire(), ours, others)
    few = {code: sentences[::10] for code, sentences in ours.items()}
    report("langdetect as it comes, one sentence in ten", langdetect_as_it_comes(), few, others[::10])


if __name__ == "__main__":
    main()
