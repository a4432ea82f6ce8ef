"""Throughput and memory of translation beside argostranslate's own calls, on a synthetic package of the true size.

    python -m tests.benchmarks.bench_translate [--items 20] [--rounds 3]

The package has the shape of a real one (6+6 layers, width 512, feed-forward 2,048, 8 heads, int8, 32,000 pieces), with
computed weights that give an output as long as its input; the time of a matrix product does not depend on its values.
Each way runs in a process of its own, all ways in turn and some rounds of them, and prints medians of seconds, ratio,
CPU and peak memory; then BLEU and chrF of batched beside single output, and the hit rate of the memory.

argostranslate's translate module needs stanza to be imported, so its calls are made here as it makes them: a paragraph
at a time, beam 4, 32 tokens a batch, threads left to CTranslate2. Sentence splitting is left out on its side, which is
in its favour.
"""

import argparse
import json
import math
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ceasewire.items import TextForTranslation, Translation
from tests.benchmarks.report import row
from worker.adapters.argos import ArgosTranslator
from worker.adapters.argos_tokenizers import SentencePieceTokenizer
from worker.adapters.sample_model import SampleDictionary, Shape, tokenizer_model, word_model

WORDS = 16_000  # of each language: with both, the 32,000 pieces of a real package
BEGINNING = 1_000
TRUE_SIZE = Shape(content=256, position=256, layers=6, heads=8, feed_forward=2048)
Items = list[list[list[str]]]  # items of paragraphs of sentences


def build_package(folder: Path) -> None:
    """A package of made-up words; all words of a source are known, so that no check asks for another attempt."""
    pairs = {source_word(number): spell(number, "abcdefghik") for number in range(WORDS)}
    model = word_model(pairs, TRUE_SIZE)
    model.optimize(quantization="int8")
    (folder / "model").mkdir(parents=True)
    model.save(str(folder / "model"))
    (folder / "sentencepiece.model").write_bytes(tokenizer_model(SampleDictionary("ru", "Russian", pairs, {".": "."})))
    metadata = {
        "package_version": "1.0",
        "from_code": "ru",
        "to_code": "en",
        "from_name": "Russian",
        "to_name": "English",
    }
    (folder / "metadata.json").write_text(json.dumps(metadata))


def spell(number: int, letters: str) -> str:
    """A word of six letters, another for each number."""
    return "".join(letters[int(digit)] for digit in f"{number:06d}")


def source_word(number: int) -> str:
    """The first thousand words begin sentences."""
    word = spell(number, "абвгдежзик")
    return word.capitalize() if number < BEGINNING else word


def news_items(count: int) -> Items:
    """Items of 3 to 5 paragraphs of 1 to 4 sentences of 8 to 40 words."""
    chance = random.Random(7)

    def sentence() -> str:
        others = (chance.randrange(BEGINNING, WORDS) for _ in range(chance.randint(7, 39)))
        return " ".join(source_word(number) for number in (chance.randrange(BEGINNING), *others))

    return [
        [[sentence() for _ in range(chance.randint(1, 4))] for _ in range(chance.randint(3, 5))] for _ in range(count)
    ]


# --- the ways --------------------------------------------------------------------------------------------------


Way = Callable[[Items], list[str]]


def as_argostranslate(package: Path, intra_threads: int = 0, max_batch_size: int = 32) -> Way:
    """What argostranslate.translate does with each paragraph of each item."""
    import ctranslate2

    translator = ctranslate2.Translator(str(package / "model"), inter_threads=1, intra_threads=intra_threads)
    tokenizer = SentencePieceTokenizer(package / "sentencepiece.model")

    def paragraph(sentences: list[str]) -> str:
        results = translator.translate_batch(
            [tokenizer.encode(sentence) for sentence in sentences],
            replace_unknowns=True,
            max_batch_size=max_batch_size,
            batch_type="tokens",
            beam_size=4,
            num_hypotheses=1,
            length_penalty=0.2,
            return_scores=True,
        )
        return " ".join(tokenizer.decode(result.hypotheses[0]) for result in results)

    return lambda items: [paragraph(sentences) for item in items for sentences in item]


def as_ceasewire(package: Path, beam: int, batch: int) -> Way:
    """The translator, `batch` items a call, with splitting, protection and checks."""
    translator = ArgosTranslator(package.parent, beam=beam)

    def run(items: Items) -> list[str]:
        texts = as_texts(items)
        outcomes = [o for at in range(0, len(texts), batch) for o in translator.translate(texts[at : at + batch])]
        return [outcome.text for outcome in outcomes if isinstance(outcome, Translation)]

    return run


def as_texts(items: Items) -> list[TextForTranslation]:
    """What the pipeline gives the translator."""
    return [
        TextForTranslation(number, "", "\n\n".join(". ".join(paragraph) + "." for paragraph in item), "ru")
        for number, item in enumerate(items)
    ]


ALL = 1_000_000
WAYS: dict[str, Callable[[Path], Way]] = {
    "argostranslate as it comes": as_argostranslate,
    "the same, 1 thread, 1,024 a batch": lambda package: as_argostranslate(package, 1, 1024),
    "ceasewire, item by item, beam 4": lambda package: as_ceasewire(package, 4, 1),
    "ceasewire, all in a batch, beam 4": lambda package: as_ceasewire(package, 4, ALL),
    "ceasewire, item by item, beam 2": lambda package: as_ceasewire(package, 2, 1),
    "ceasewire, all in a batch, beam 2": lambda package: as_ceasewire(package, 2, ALL),
}


def measure(name: str, package: Path, items: Items) -> dict[str, Any]:
    """Run one way in this process; the model is loaded and warm before the clock starts."""
    way = WAYS[name](package)
    way(items[:1])
    started, before = time.perf_counter(), time.process_time()
    texts = way(items)
    seconds, cpu = time.perf_counter() - started, time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "cpu": cpu, "peak_mb": peak, "texts": texts}


def in_own_process(name: str, package: Path, count: int) -> dict[str, Any]:
    """Peak memory and thread pools of one way do not touch another."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_translate", "--way", name, "--package", str(package)]
    done = subprocess.run([*command, "--items", str(count)], capture_output=True, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


# --- what batching does to the output, and what the memory saves -----------------------------------------------------


def chrf(one: str, two: str, longest: int = 6, beta: float = 2.0) -> float:
    """chrF2 of `two` against `one` in percent (Popović 2015): F of character n-grams, white space left out."""
    recalls, precisions = [], []
    for n in range(1, longest + 1):
        first, second = (_ngrams("".join(text.split()), n) for text in (one, two))
        common = (first & second).total()
        recalls.append(common / max(first.total(), 1))
        precisions.append(common / max(second.total(), 1))
    recall, precision = sum(recalls) / longest, sum(precisions) / longest
    return 100 * (1 + beta**2) * precision * recall / (beta**2 * precision + recall) if recall and precision else 0.0


def bleu(one: str, two: str, longest: int = 4) -> float:
    """BLEU of `two` against `one` in percent (Papineni 2002), words as they stand, no smoothing."""
    logs = 0.0
    for n in range(1, longest + 1):
        first, second = (_ngrams(text.split(), n) for text in (one, two))
        common = (first & second).total()
        if not common:
            return 0.0
        logs += math.log(common / second.total()) / longest
    return 100 * math.exp(logs + min(0.0, 1 - len(one.split()) / len(two.split())))


def _ngrams(parts: Sequence[str], n: int) -> Counter[Any]:
    return Counter(
        parts[at : at + n] if isinstance(parts, str) else tuple(parts[at : at + n]) for at in range(len(parts) - n + 1)
    )


class Memory:
    """A translation memory that counts."""

    def __init__(self) -> None:
        self.pairs: dict[str, str] = {}
        self.asked = self.found = 0

    def get(self, keys: Sequence[str]) -> Mapping[str, str]:
        """The known ones among `keys`."""
        found = {key: self.pairs[key] for key in keys if key in self.pairs}
        self.asked, self.found = self.asked + len(keys), self.found + len(found)
        return found

    def put(self, pairs: Mapping[str, str]) -> None:
        """Remember."""
        self.pairs.update(pairs)


def copies(items: Items) -> Items:
    """The same reports by another outlet: the last paragraph cut, a line of its own in its place."""
    return [
        [*item[:-1], [" ".join(source_word(BEGINNING + 7 * number + at) for at in range(9))]]
        for number, item in enumerate(items)
    ]


def report_memory(package: Path, items: Items) -> None:
    """Hit rate and time of copies behind their originals."""
    translator, memory = ArgosTranslator(package.parent), Memory()
    translator.translate(as_texts(items), memory)
    memory.asked = memory.found = 0
    started = time.perf_counter()
    translator.translate(as_texts(copies(items)), memory)
    rate = 100 * memory.found / memory.asked
    seconds = time.perf_counter() - started
    print(f"memory: of the sentences of a copy of each item {rate:.0f} % found, {seconds:.2f} s for all")


def report(package: Path, count: int, rounds: int) -> None:
    """A line per way, with the median of some rounds of all; then the comparison of batched with single output."""
    tokenizer = SentencePieceTokenizer(package / "sentencepiece.model")
    items = news_items(count)
    tokens = sum(len(tokenizer.encode(sentence)) for item in items for paragraph in item for sentence in paragraph)
    print(f"{count} items, {tokens} tokens, median of {rounds} rounds", flush=True)
    results = [{name: in_own_process(name, package, count) for name in WAYS} for _ in range(rounds)]
    for name in WAYS:
        seconds, cpu, peak, ratio = (
            statistics.median(figures)
            for figures in (
                [one[name]["seconds"] for one in results],
                [one[name]["cpu"] for one in results],
                [one[name]["peak_mb"] for one in results],
                [one["argostranslate as it comes"]["seconds"] / one[name]["seconds"] for one in results],
            )
        )
        print(f"{name:36} {seconds:7.2f} s  × {ratio:5.1f}  {cpu:6.2f} s CPU  {peak:5.0f} MB", flush=True)
    _rows(count, results)
    for beam in (4, 2):
        single, together = (
            "\n".join(results[0][f"ceasewire, {way}, beam {beam}"]["texts"])
            for way in ("item by item", "all in a batch")
        )
        same = "the same as" if single == together else "DIFFERENT from"
        print(
            f"beam {beam}: batched output is {same} one by one: "
            f"BLEU {bleu(single, together) - 100:+.2f}, chrF {chrf(single, together) - 100:+.2f}"
        )
    report_memory(package, items)


def _rows(count: int, results: Sequence[Mapping[str, Mapping[str, Any]]]) -> None:
    plain = statistics.median(count / one["argostranslate as it comes"]["seconds"] for one in results)
    for beam in (4, 2):
        ours = [one[f"ceasewire, all in a batch, beam {beam}"] for one in results]
        rate = statistics.median(count / one["seconds"] for one in ours)
        row(f"translating, beam {beam}", rate, "items/s", "argostranslate", plain)
        row("  memory", max(one["peak_mb"] for one in ours), "MB at its peak")


def main(arguments: Sequence[str] | None = None) -> None:
    """Build the package and compare, or run one way for the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--way", choices=list(WAYS))
    parser.add_argument("--package", type=Path)
    options = parser.parse_args(arguments)
    if options.way:
        print(json.dumps(measure(options.way, options.package, news_items(options.items))))
        return
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder, "packages", "synthetic")
        build_package(package)
        report(package, options.items, options.rounds)


if __name__ == "__main__":
    main()
