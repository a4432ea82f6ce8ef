"""Quality a language: detection, sentence splitting, tagging, translation checks.

    python -m tests.benchmarks.evaluate [--texts FILE]… [--sentences FILE]… [--translations FILE]…

Without options the project's own sets are scored (tests/data). Given files take the place of those of their kind; their
shapes are those of tests/data: texts `{id, lang, text[, relevant, topics, title, date]}` (those with labels are tagged
too), sentences `{id, lang, sentences}`, translations `{id, lang, source, translation, faults}`.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from ceasewire.conflict.evaluate import Counts, measure, rows
from ceasewire.errors import ConfigError
from ceasewire.pipeline.faithful import check
from ceasewire.pipeline.sentences import split
from tests.support.flores import first_words
from worker.adapters.language import Detector
from worker.commands.jsonlines import read_records
from worker.commands.tag import choose_conflict
from worker.commands.topics import answer, read_labelled

DATA = Path(__file__).resolve().parents[1] / "data"
SHAPES: dict[str, Callable[[str], str]] = {"whole": str, "six words": first_words(6), "three words": first_words(3)}
TEXT_SETS = (
    "gold",
    "fresh",
    "heldout",
    "heldout2",
    "heldout3",
    "heldout4",
)  # folders of tests/data; their README says who read them
Record = dict[str, Any]


def files(folder: str) -> list[Path]:
    """The project's own data of one kind."""
    return sorted((DATA / folder).glob("*.jsonl"))


def records(paths: Iterable[Path]) -> Iterator[Record]:
    """Every line's object. Raises ConfigError, with file and line, for one that is none."""
    for path in paths:
        for number, record in read_records(path.read_text(encoding="utf-8").splitlines()):
            if isinstance(record, ValueError):
                raise ConfigError(str(record), about=f"{path}:{number}")
            yield record


def detection(texts: Iterable[Record]) -> Table:
    """Right answers of 100 by language, of whole texts and their first words; and the wrong ones, `und` apart."""
    detector, shapes = Detector(), list(SHAPES)
    found: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for record in texts:
        for shape, cut in SHAPES.items():
            code = detector.detect(cut(record["text"])).code
            found[record["lang"]][
                shape, "right" if code == record["lang"] else "und" if code == "und" else "wrong"
            ] += 1
    table = Table("language", "texts", *(f"{shape}, %" for shape in shapes), "wrong, %", box=None)
    for language, counts in sorted(found.items()):
        total = counts.total() // len(shapes)
        right = [f"{100 * counts[shape, 'right'] / total:.1f}" for shape in shapes]
        wrong = " / ".join(f"{100 * counts[shape, 'wrong'] / total:.1f}" for shape in shapes)
        table.add_row(language, str(total), *right, wrong)
    return table


def sentence_boundaries(paragraphs: Iterable[Record]) -> Table:
    """Precision, recall and F1 of the boundaries inside each paragraph."""
    counts: dict[str, Counts] = defaultdict(Counts)
    for record in paragraphs:
        text, true = _joined(record["sentences"])
        ends = {str(len(text[: span.end].rstrip())) for span in split(text, record["lang"])} - {str(len(text))}
        counts[record["lang"]].add(true, ends)
    return _figures(sorted(counts.items()))


def _joined(sentences: Sequence[str]) -> tuple[str, set[str]]:
    ends = {str(len(" ".join(sentences[:number]))) for number in range(1, len(sentences))}
    return " ".join(sentences), ends


def tagging(paths: Sequence[Path]) -> Table:
    """Relevance and topics by language and topic; of a topic only what a text reports counts."""
    conflict = choose_conflict(None)
    pairs = []
    for path in paths:
        with path.open(encoding="utf-8") as file:
            pairs += [(labelled, answer(conflict, labelled)) for labelled in read_labelled(file)]
    return _figures(rows(measure(pairs)))


def _figures(named: Iterable[tuple[str, Counts]]) -> Table:
    table = Table("", "P", "R", "F1", "right", "false", "missed", box=None)
    for name, counts in named:
        shares = (counts.precision, counts.recall, counts.f1)
        table.add_row(
            name, *(f"{share:.3f}" for share in shares), str(counts.hits), str(counts.false), str(counts.missed)
        )
    return table


def translation_checks(pairs: Iterable[Record]) -> Table:
    """Faults that were put in on purpose and found, by kind, and good translations warned about."""
    table = Table("language", "good", "false alarms", "faults", "found", "missed", box=None)
    by_language: dict[str, list[Record]] = defaultdict(list)
    for record in pairs:
        by_language[record["lang"]].append(record)
    for language, group in sorted(by_language.items()):
        alarms = sum(bool(check(one["source"], one["translation"], language)) for one in group)
        faults = [(kind, one["source"], wrong) for one in group for kind, wrong in one["faults"].items()]
        missed = Counter(kind for kind, source, wrong in faults if not check(source, wrong, language))
        said = ", ".join(f"{kind} {count}" for kind, count in missed.items())
        table.add_row(
            *(language, str(len(group)), str(alarms)), *(str(len(faults)), str(len(faults) - missed.total()), said)
        )
    return table


def _is_labelled(path: Path) -> bool:
    with path.open(encoding="utf-8") as file:
        return "relevant" in json.loads(next(file, "{}"))


FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(help=__doc__, context_settings={"max_content_width": 120})
@click.option("--texts", multiple=True, type=FILE)
@click.option("--sentences", multiple=True, type=FILE)
@click.option("--translations", multiple=True, type=FILE)
def main(texts: tuple[Path, ...], sentences: tuple[Path, ...], translations: tuple[Path, ...]) -> None:
    """Print the tables."""
    console = Console(width=110)
    given = bool(texts or sentences or translations)
    sets = {"given texts": list(texts)} if given else {name: files(name) for name in TEXT_SETS}
    for name, paths in sets.items():
        if paths:
            console.print(f"\n[bold]Language, {name}[/]", detection(records(paths)), sep="\n")
        if labelled := [path for path in paths if _is_labelled(path)]:
            console.print(f"\n[bold]Tagging, {name}[/]", tagging(labelled), sep="\n")
    if paths := list(sentences) if given else files("sentences"):
        console.print("\n[bold]Sentence boundaries[/]", sentence_boundaries(records(paths)), sep="\n")
    if paths := list(translations) if given else files("translations"):
        console.print("\n[bold]Translation checks[/]", translation_checks(records(paths)), sep="\n")


if __name__ == "__main__":
    main()
