"""What the detector promises, on FLORES: accuracy per shape of text, foreign languages, calibration, mixed texts."""

from collections import Counter
from pathlib import Path

import pytest

from tests.support import flores
from worker.adapters.language import Detector

EVERY = 4  # of the 1,012 sentences; the benchmark takes them all
SHARE_RIGHT = {"full sentences": 0.998, "first six words": 0.994, "post-like": 0.994, "three words": 0.96}


@pytest.fixture(scope="module")
def data() -> Path:
    folder = flores.folder()
    if folder is None:
        pytest.skip("no FLORES data: set CEASEWIRE_SHARED to the folder that holds data/languages/flores")
    return folder


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector()


@pytest.fixture(scope="module")
def ours(data: Path) -> dict[str, list[str]]:
    return {code: sentences[::EVERY] for code, sentences in flores.ours(data).items()}


@pytest.mark.parametrize("shape", SHARE_RIGHT)
def test_accuracy(detector: Detector, ours: dict[str, list[str]], shape: str) -> None:
    answers = [(code, detector.detect(text).code) for code, text in flores.shaped(ours, flores.SHAPES[shape])]
    right = sum(code == answer for code, answer in answers)
    wrong = Counter(pair for pair in answers if pair[0] != pair[1])
    assert right / len(answers) >= SHARE_RIGHT[shape], wrong.most_common(8)


def test_six_words_of_azerbaijani(detector: Detector, data: Path) -> None:
    texts = [flores.SHAPES["first six words"](text) for text in flores.ours(data)["az"]]
    answers = Counter(detector.detect(text).code for text in texts)
    assert answers["az"] / len(texts) >= 0.98, answers


def test_other_languages_are_not_taken_for_ours(detector: Detector, data: Path) -> None:
    taken = Counter[tuple[str, str]]()
    count = 0
    for code, sentences in flores.others(data).items():
        count += len(sentences)
        taken.update((code, answer) for answer in (detector.detect(text).code for text in sentences) if answer != "und")
    taken_for_ours = sum(number for (_, answer), number in taken.items() if answer in flores.OURS)
    assert taken_for_ours / count <= 0.03, taken


def test_of_answers_at_nine_tenths_nine_in_ten_are_right(detector: Detector, ours: dict[str, list[str]]) -> None:
    answers = [(code, detector.detect(text)) for code, text in flores.shaped(ours, flores.SHAPES["three words"])]
    sure = [code == found.code for code, found in answers if 0.85 <= found.confidence < 0.95]
    assert len(sure) > 50
    assert sum(sure) / len(sure) >= 0.9


@pytest.mark.parametrize(("one", "two"), [("ru", "hy"), ("az", "ru"), ("en", "ru"), ("tr", "en"), ("uk", "ru")])
def test_both_halves_of_a_mixed_text(detector: Detector, ours: dict[str, list[str]], one: str, two: str) -> None:
    pairs = list(zip(ours[one], reversed(ours[two]), strict=True))
    found = [detector.detect(f"{first} {second}") for first, second in pairs]
    right = sum({language.code, *language.others} == {one, two} for language in found)
    assert right / len(pairs) >= 0.98


def test_an_article_of_one_language_holds_no_other(detector: Detector, ours: dict[str, list[str]]) -> None:
    for code, sentences in ours.items():
        articles = ["\n\n".join(sentences[at : at + 6]) for at in range(0, len(sentences) - 5, 6)]
        found = Counter((language.code, language.others) for language in map(detector.detect, articles))
        assert found[code, ()] >= 0.98 * len(articles), found
