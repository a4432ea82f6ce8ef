"""`ceasewire translate`: translations of texts, as a filter that batches what is already waiting."""

import os
import select
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from ceasewire.conflict.load import load_conflicts
from ceasewire.items import NotNeeded, TextForTranslation, Translation, TranslationOutcome
from ceasewire.settings import Settings
from worker.adapters.argos import ArgosTranslator, read_glossary
from worker.adapters.language import Detector
from worker.commands.jsonlines import Record, read_records, text_field, write_record

LARGEST_BATCH = 64  # texts: beyond, batching gains nothing and memory grows

Line = tuple[int, Record | ValueError]


@click.command(name="translate", short_help="Filter: JSON lines with text in, with translation out.")
@click.option(
    "--to", "target", default=None, metavar="LANGUAGE", help="Target language; default CEASEWIRE_TRANSLATE_TO."
)
@click.option(
    "--packages",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of translation packages; default CEASEWIRE_PACKAGES_DIR.",
)
@click.option(
    "--sample", is_flag=True, help="Build the word-by-word sample packages first, for languages without a model."
)
@click.option("--beam", type=click.IntRange(1, 8), default=2, show_default=True, help="Search width.")
def command(target: str | None, packages: Path | None, sample: bool, beam: int) -> None:
    """Translate each text, offline.

    Reads lines like {"id": 1, "text": "Встреча в Кремле", "language": "ru"} from standard input (without `language`
    it is detected) and writes {"id", "language", "status", "translation", "model", "warnings"} for each. `status` is
    translated, not_needed or unavailable; then "reason" and "remedy" say why and what to do. Lines that wait together
    are translated together; a single line is answered at once.
    """
    settings = Settings.from_environment()
    folder = packages or settings.packages_dir
    if sample:
        _build_sample(settings, folder)
    glossary = read_glossary(settings.config_dir, load_conflicts(settings.config_dir / "conflicts").values())
    translator = ArgosTranslator(folder, target or settings.translate_to, glossary=glossary, beam=beam)
    detector = Detector()
    failed = False
    for batch in _batches(sys.stdin.fileno()):
        failed |= _answer(batch, translator, detector)
    sys.exit(1 if failed else 0)


def _build_sample(settings: Settings, folder: Path) -> None:
    from worker.adapters.sample_model import build_sample_packages  # numpy and the trainer, only when asked for

    build_sample_packages(settings.config_dir / "sample" / "dictionary.yaml", folder)


# --- reading what waits ----------------------------------------------------------------------------------------


def _batches(descriptor: int) -> Iterator[list[Line]]:
    """Lines in batches: all that can be read without waiting, up to LARGEST_BATCH."""
    waiting: list[Line] = []
    for line in _lines(descriptor):
        if line is not None:
            waiting.append(line)
        if waiting and (line is None or len(waiting) == LARGEST_BATCH):
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _lines(descriptor: int) -> Iterator[Line | None]:
    """Numbered lines; None whenever the next one has to be waited for."""
    rest, number = b"", 0
    while True:
        if not select.select([descriptor], [], [], 0)[0]:
            yield None
        chunk = os.read(descriptor, 64 * 1024)
        *complete, rest = (rest + chunk).split(b"\n") if chunk else ([rest, b""])
        for raw in complete:
            number += 1
            yield from _parse(number, raw)
        if not chunk:
            return


def _parse(number: int, raw: bytes) -> Iterator[Line]:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        yield number, ValueError(f"not UTF-8: {error.reason} at byte {error.start}")
        return
    for _, record in read_records([text]):
        yield number, record


# --- answering -------------------------------------------------------------------------------------------------


def _answer(batch: Sequence[Line], translator: ArgosTranslator, detector: Detector) -> bool:
    """Write one line per good record, an error per bad one; returns whether any was bad."""
    texts: dict[int, TextForTranslation] = {}
    problems: dict[int, ValueError] = {}
    for number, record in batch:
        try:
            texts[number] = _text(record, detector)
        except ValueError as problem:
            problems[number] = problem
    outcomes = dict(zip(texts, translator.translate(list(texts.values())), strict=True))
    for number, record in batch:
        if number in problems:
            click.echo(f"line {number}: {problems[number]}", err=True)
        elif not isinstance(record, ValueError):
            write_record({"id": record["id"], **_answer_fields(texts[number].language, outcomes[number])})
    return bool(problems)


def _text(record: Record | ValueError, detector: Detector) -> TextForTranslation:
    if isinstance(record, ValueError):
        raise record
    text = text_field(record, "text", required=True) or ""
    language = text_field(record, "language") or detector.detect(text).code
    return TextForTranslation(item_id=0, title="", text=text, language=language.lower())


def _answer_fields(language: str, outcome: TranslationOutcome) -> Mapping[str, Any]:
    nothing: dict[str, Any] = {"language": language, "translation": None, "model": None, "warnings": []}
    if isinstance(outcome, NotNeeded):
        return nothing | {"status": "not_needed"}
    if not isinstance(outcome, Translation):
        return nothing | {"status": "unavailable", "reason": outcome.reason, "remedy": outcome.remedy}
    return {
        "language": language,
        "status": "translated",
        "translation": outcome.text,
        "model": f"{outcome.package} {outcome.package_version}",
        "confidence": outcome.confidence,
        "warnings": [asdict(warning) for warning in outcome.warnings],
    }
