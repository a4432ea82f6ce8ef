"""`ceasewire topics`: check, explain and evaluate a conflict's model."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ceasewire.conflict.evaluate import Answer, Figures, Labelled, measure, rows
from ceasewire.conflict.explain import Tone, explain, spans
from ceasewire.conflict.lint import lint
from ceasewire.conflict.load import load_conflict
from ceasewire.conflict.model import Conflict
from ceasewire.conflict.score import Scored, score
from ceasewire.errors import ConfigError
from ceasewire.items import Salience, TagKind, Verdict
from ceasewire.pipeline.tag import tag_item
from ceasewire.settings import Settings
from worker.commands.jsonlines import read_records, text_field
from worker.commands.tag import choose_conflict, read_time
from worker.commands.topics_diff import diff, status

STYLES = {
    Tone.HEAD: "bold",
    Tone.FOR: "green",
    Tone.AGAINST: "red",
    Tone.BACKGROUND: "yellow",
    Tone.DROPPED: "dim",
    Tone.PLAIN: "",
}


@click.group("topics")
def command() -> None:
    """Check, explain, evaluate and compare a conflict's topic model (config/conflicts/*.yaml)."""


command.add_command(diff)
command.add_command(status)


@command.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Validate files, lint their terms and run their examples. Without FILES all of the config directory.

    Exit status 1 if a file is broken or an example fails; warnings are advice.
    """
    results = [_check(path) for path in files or _all_files()]
    sys.exit(0 if all(results) else 1)


def _all_files() -> list[Path]:
    directory = Settings.from_environment().config_dir / "conflicts"
    files = sorted(directory.glob("*.yaml"))
    if not files:
        raise ConfigError("holds no conflict file", about=str(directory), remedy="add one, named CONFLICT.yaml")
    return files


def _check(path: Path) -> bool:
    try:
        conflict = load_conflict(path)
    except ConfigError as error:
        click.echo(f"error: {error}", err=True)
        return False
    findings = list(lint(conflict))
    for finding in findings:
        click.echo(f"{'error' if finding.error else 'warning'}: {finding.where}: {finding.message}", err=True)
    examples = sum(len(topic.examples) for topic in conflict.topics.values())
    errors = sum(finding.error for finding in findings)
    click.echo(
        f"{path}: {conflict.id} {conflict.version}, {len(conflict.topics)} topics, {len(conflict.actors)} actors, "
        f"{len(conflict.places)} places, {len(conflict.entries)} terms, {examples} examples, {errors} failed, "
        f"{len(findings) - errors} warnings"
    )
    return not errors


@command.command("explain")
@click.argument("text", required=False)
@click.option("--title", default="", help="Title of the text.")
@click.option("--language", help="Its language, e.g. hy. Without it the terms of all languages count.")
@click.option("--published", help="Its date, for terms that mean something in their time only.")
@click.option("--conflict", "name", help="Id of a conflict, or a path of its file.")
def explain_command(
    text: str | None, title: str, language: str | None, published: str | None, name: str | None
) -> None:
    """Show on TEXT (or standard input) what matched, what counted, what was dropped and why."""
    conflict = choose_conflict(name)
    body = text if text is not None else sys.stdin.read()
    try:
        day = read_time(published)
    except ValueError:
        raise click.BadParameter("not a date of ISO 8601, e.g. 2021-01-11", param_hint="--published") from None
    document = conflict.matcher.document(title, body, conflict.scoring.lead_chars)
    scored = score(conflict, document, language, day.date() if day else None)
    console = Console(soft_wrap=True, highlight=False)
    console.print(_coloured(scored, title, body))
    for line in explain(conflict, scored):
        console.print(Text(line.text, style=STYLES[line.tone]))


def _coloured(scored: Scored, title: str, text: str) -> Text:
    shown = {"title": Text(title, style="bold"), "text": Text(text)}
    for span in spans(scored):
        shown[span.field].stylize(f"{STYLES[span.tone]} underline", span.start, span.end)
    return Text("\n").join(part for part in shown.values() if part.plain)


@command.command()
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.option("--conflict", "name", help="Id of a conflict, or a path of its file.")
@click.option("--mistakes", is_flag=True, help="List the texts tagged otherwise than labelled.")
def evaluate(file: TextIO, name: str | None, mistakes: bool) -> None:
    """Precision, recall and F1 against labelled JSON lines.

    A line is {id, lang, text, relevant, topics, actors, title?, date? or published_at?}. A topic counts as given when
    the model says that the text reports it; parents that are only derived do not count.
    """
    conflict = choose_conflict(name)
    figures = measure((labelled, answer(conflict, labelled)) for labelled in read_labelled(file))
    _print(figures)
    for labelled, given in figures.mistakes if mistakes else ():
        click.echo(_mistake(labelled, given))


def answer(conflict: Conflict, labelled: Labelled) -> Answer:
    """What the model says of a labelled text."""
    tagging = tag_item(
        conflict,
        title=labelled.title,
        text=labelled.text,
        language=labelled.language,
        published_at=read_time(labelled.date),
    )
    reported = [tag for tag in tagging.tags if tag.salience is Salience.REPORTED and not tag.derived]
    return Answer(
        relevant=tagging.verdict is Verdict.RELEVANT,
        topics=frozenset(tag.id for tag in reported if tag.kind is TagKind.TOPIC),
        actors=frozenset(tag.id for tag in reported if tag.kind is TagKind.ACTOR),
    )


def read_labelled(file: TextIO) -> Iterator[Labelled]:
    """Labelled JSON lines. Raises ConfigError, with file and line, for one that cannot be used."""
    for number, record in read_records(file):
        if isinstance(record, ValueError):
            raise ConfigError(str(record), about=f"{file.name}:{number}")
        try:
            yield _read_label(record)
        except ValueError as error:
            raise ConfigError(str(error), about=f"{file.name}:{number}") from error


def _read_label(record: dict[str, Any]) -> Labelled:
    if not isinstance(record.get("relevant"), bool):
        raise ValueError("field 'relevant' must be true or false")
    return Labelled(
        id=str(record["id"]),
        language=text_field(record, "lang", required=True) or "",
        text=text_field(record, "text", required=True) or "",
        title=text_field(record, "title") or "",
        date=text_field(record, "date") or text_field(record, "published_at"),
        relevant=record["relevant"],
        topics=frozenset(record.get("topics", ())),
        actors=frozenset(record["actors"]) if record.get("actors") else None,
    )


def _print(figures: Figures) -> None:
    table = Table("", "P", "R", "F1", "right", "false", "missed", box=None)
    for name, counts in rows(figures):
        table.add_row(
            name,
            *(f"{value:.3f}" for value in (counts.precision, counts.recall, counts.f1)),
            *(str(value) for value in (counts.hits, counts.false, counts.missed)),
        )
    Console(soft_wrap=True).print(table)
    click.echo(f"topics macro F1 {figures.topics_macro_f1:.3f}")


def _mistake(labelled: Labelled, answer: Answer) -> str:
    parts = [f"{labelled.id} [{labelled.language}]"]
    if labelled.relevant != answer.relevant:
        parts.append("false relevant" if answer.relevant else "missed")
    parts += [f"+{topic}" for topic in sorted(answer.topics - labelled.topics)]
    parts += [f"-{topic}" for topic in sorted(labelled.topics - answer.topics)]
    return " ".join(parts) + f": {' '.join(labelled.text[:300].split())}"
