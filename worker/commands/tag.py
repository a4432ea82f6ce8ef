"""`ceasewire tag`: the filter that tags JSON lines with a conflict's topics, actors and places."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import click

from ceasewire.conflict.load import load_conflict, load_conflicts
from ceasewire.conflict.model import Conflict
from ceasewire.errors import ConfigError
from ceasewire.items import Evidence, Salience, Tag, Tagging, TagKind
from ceasewire.pipeline.tag import tag_item
from ceasewire.settings import Settings
from worker.commands.jsonlines import Record, run_filter, text_field


@click.command("tag")
@click.argument("file", type=click.File("r", encoding="utf-8"), default="-")
@click.option("--conflict", "name", help="Id of a conflict, or a path of its file. Default: the first by file name.")
@click.option("--derived/--no-derived", default=False, help="List parent topics too, marked `derived`.")
def command(file: TextIO, name: str | None, derived: bool) -> None:
    """Tag JSON lines {id, title?, text, language?, published_at?}.

    \b
    Each becomes {id, conflict, verdict: relevant|possible|no, score, evidence, topics, topics_background,
    actors, places}. `topics` holds what the text reports, `topics_background` what it only mentions, with
    the reason. A language that is not given is found out first.
    """
    conflict = choose_conflict(name)
    detect = _Languages()
    sys.exit(run_filter(file, lambda record: tag_record(conflict, record, detect, derived=derived)))


def choose_conflict(name: str | None) -> Conflict:
    """The conflict of that id or path, or the first of the config directory."""
    if name is not None and name.endswith((".yaml", ".yml")):
        return load_conflict(Path(name))
    conflicts = load_conflicts(Settings.from_environment().config_dir / "conflicts")
    if name is None:
        return next(iter(conflicts.values()))
    if name not in conflicts:
        raise ConfigError("no such conflict", about=name, remedy=f"there are: {', '.join(conflicts)}")
    return conflicts[name]


def tag_record(conflict: Conflict, record: Record, detect: "_Languages", *, derived: bool = False) -> dict[str, Any]:
    """One tagged line. Raises ValueError that names a wrong field."""
    title = text_field(record, "title") or ""
    text = text_field(record, "text", required=True) or ""
    language = text_field(record, "language") or detect(f"{title}\n\n{text}")
    published_at = read_time(text_field(record, "published_at"))
    tagging = tag_item(conflict, title=title, text=text, language=language, published_at=published_at)
    return {"id": record["id"]} | describe(tagging, derived=derived)


def read_time(value: str | None) -> datetime | None:
    """A date or time of ISO 8601; without an offset it is UTC."""
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"field 'published_at' is no ISO 8601 date or time: {value!r}") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def describe(tagging: Tagging, *, derived: bool = False) -> dict[str, Any]:
    """A tagging as JSON."""
    topics = [tag for tag in tagging.tags if tag.kind is TagKind.TOPIC and (derived or not tag.derived)]
    return {
        "conflict": tagging.conflict,
        "model": {"version": tagging.model_version, "sha256": tagging.model_sha256},
        "verdict": tagging.verdict.value,
        "score": tagging.score,
        "evidence": [_evidence(evidence) for evidence in tagging.evidence],
        "topics": [_topic(tag) for tag in topics if tag.salience is Salience.REPORTED],
        "topics_background": [_topic(tag) for tag in topics if tag.salience is Salience.BACKGROUND],
        "actors": _named(tagging, TagKind.ACTOR),
        "places": _named(tagging, TagKind.PLACE),
    }


def _topic(tag: Tag) -> dict[str, Any]:
    more: dict[str, Any] = {"reason": tag.reason} if tag.reason else {}
    if tag.derived:
        more["derived"] = True
    return _tag(tag) | {"salience": tag.salience.value} | more


def _named(tagging: Tagging, kind: TagKind) -> list[dict[str, Any]]:
    return [_tag(tag) for tag in tagging.tags if tag.kind is kind]


def _tag(tag: Tag) -> dict[str, Any]:
    return {"id": tag.id, "score": tag.score, "evidence": [_evidence(evidence) for evidence in tag.evidence]}


def _evidence(evidence: Evidence) -> dict[str, Any]:
    found = {name: getattr(evidence, name) for name in ("term", "language", "field", "start", "end", "text", "weight")}
    return found | ({"note": evidence.note} if evidence.note else {})


class _Languages:
    """Finds languages out with the project's detector, loaded when a line first lacks its language."""

    def __init__(self) -> None:
        self._detector: Any = None

    def __call__(self, text: str) -> str:
        if self._detector is None:
            from worker.adapters.language import Detector

            self._detector = Detector()
        code: str = self._detector.detect(text).code
        return code
