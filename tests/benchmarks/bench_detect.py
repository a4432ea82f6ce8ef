"""Accuracy, calibration and speed of the language detector on FLORES, beside langdetect as it comes and lingua.

Run: python -m tests.benchmarks.bench_detect

lingua is no dependency: name a Python that has `lingua-language-detector` in BESIDE_PYTHON, else its part is left out.
It is given our twelve languages and no other to choose from.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from tests.benchmarks.report import row
from tests.support import flores
from worker.adapters.language import Detector

BINS = (0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
LINGUA = """
import json, sys, time
from lingua import IsoCode639_1, LanguageDetectorBuilder
ours = [getattr(IsoCode639_1, code.upper()) for code in sys.argv[1:]]
detector = LanguageDetectorBuilder.from_iso_codes_639_1(*ours).with_preloaded_language_models().build()
texts = json.load(sys.stdin)
detector.detect_language_of(texts[0])
start = time.process_time()
found = [detector.detect_language_of(text) for text in texts]
spent = (time.process_time() - start) / len(texts) * 1e6
json.dump({"codes": [one.iso_code_639_1.name.lower() if one else "und" for one in found], "spent": spent}, sys.stdout)
"""
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


def lingua(python: str, texts: Texts) -> tuple[list[Answer], float]:
    """As `measure`, by another Python; lingua's answers have no confidence here."""
    asked = json.dumps([text for _, text in texts])
    done = subprocess.run([python, "-c", LINGUA, *flores.OURS], input=asked, capture_output=True, text=True, check=True)
    answered = json.loads(done.stdout)
    return [(code, 1.0) for code in answered["codes"]], answered["spent"]


def right_share(texts: Texts, answers: list[Answer]) -> float:
    """Right answers of 100."""
    return 100 * sum(code == found for (code, _), (found, _) in zip(texts, answers, strict=True)) / len(texts)


def compare(answer: Callable[[str], Answer], few: dict[str, list[str]]) -> None:
    """Rows of ours beside the others', on the same texts."""
    beside: dict[str, Callable[[Texts], tuple[list[Answer], float]]] = {
        "langdetect as it comes": lambda texts: measure(langdetect_as_it_comes(), texts)
    }
    if python := os.environ.get("BESIDE_PYTHON"):
        beside["lingua"] = lambda texts: lingua(python, texts)
    for shape, cut in flores.SHAPES.items():
        texts = list(flores.shaped(few, cut))
        answers, spent = measure(answer, texts)
        for name, ask in beside.items():
            others, spent_there = ask(texts)
            row(f"language of {shape}: right", right_share(texts, answers), "%", name, right_share(texts, others))
            row("  time", spent, "µs CPU", name, spent_there)


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
    detector = ceasewire()
    report("ceasewire", detector, ours, others)
    few = {code: sentences[::10] for code, sentences in ours.items()}
    compare(detector, few)
    report("langdetect as it comes, one sentence in ten", langdetect_as_it_comes(), few, others[::10])


if __name__ == "__main__":
    main()
