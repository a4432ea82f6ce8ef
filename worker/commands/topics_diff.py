"""`ceasewire topics diff` and `topics status`: a changed model on the stored items, before it goes live and after."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ceasewire.conflict.load import load_conflict, load_conflicts
from ceasewire.conflict.model import Conflict
from ceasewire.items import Verdict
from ceasewire.pipeline.difference import Change, Difference, Said, reported, said
from ceasewire.settings import Settings
from ceasewire.store import retag
from ceasewire.store.comparison import list_stored_taggings
from ceasewire.store.heartbeats import list_heartbeats
from ceasewire.store.session import Store
from worker.jobs.retag import tag_stored

LEAD = 90  # characters of an example


@dataclass(frozen=True, slots=True)
class Example:
    """A changed item."""

    id: int
    language: str
    published_at: datetime
    lead: str
    change: Change


@click.command("diff")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--days", default=30, show_default=True, help="Items published in the last DAYS.")
@click.option("--all", "everything", is_flag=True, help="All stored items.")
@click.option("--examples", default=10, show_default=True, help="How many changed items to show.")
def diff(file: Path | None, days: int, everything: bool, examples: int) -> None:
    """Show what the conflict FILE would change on stored items, before it goes live. Nothing is written.

    Without FILE, all files of the config directory. Exit status 0 if nothing would change, 1 if something would.
    """
    settings = Settings.from_environment()
    conflicts = [load_conflict(file)] if file else load_conflicts(settings.config_dir / "conflicts").values()
    since = None if everything else datetime.now(UTC) - timedelta(days=days)
    store = Store(settings.store_url)
    store.check()
    changed = [_diff(store, conflict, since, examples) for conflict in conflicts]
    sys.exit(1 if any(changed) else 0)


def _diff(store: Store, conflict: Conflict, since: datetime | None, wanted: int) -> bool:
    difference = Difference()
    shown: list[Example] = []
    for example in _changed(store, conflict, since, difference):
        if len(shown) < wanted:
            shown.append(example)
    _print_difference(conflict, difference, since)
    for example in shown:
        Console(soft_wrap=True, highlight=False).print(_line(example))
    return difference.changed > 0


def _changed(store: Store, conflict: Conflict, since: datetime | None, difference: Difference) -> Iterator[Example]:
    with store.read() as session:
        for stored in list_stored_taggings(session, conflict.id, since):
            item = stored.item
            before = Said(stored.verdict or Verdict.NO.value, reported(stored.tags))
            change = difference.add(before, said(tag_stored(conflict, item)))
            if change:
                lead = " ".join(f"{item.title} {item.text[:LEAD]}".split())[:LEAD]
                yield Example(item.id, item.language, item.published_at, lead, change)


def _print_difference(conflict: Conflict, difference: Difference, since: datetime | None) -> None:
    console = Console(soft_wrap=True, highlight=False)
    period = f"published since {since:%Y-%m-%d}" if since else "in the store"
    console.print(
        Text(f"{conflict.id} {conflict.version}", style="bold")
        + Text(f": {difference.changed} of {difference.items} items {period} would be tagged otherwise")
    )
    for (before, after), count in sorted(difference.verdicts.items(), key=lambda one: -one[1]):
        console.print(f"  {count:6}  {before} → {after}")
    for tag in difference.tags():
        gained, lost = difference.gained[tag], difference.lost[tag]
        counts = Text(f"  {f'+{gained}' if gained else '':>6}", "green") + Text(
            f" {f'-{lost}' if lost else '':>6}", "red"
        )
        console.print(counts + Text(f"  {tag[0]} {tag[1]}"))


def _line(example: Example) -> Text:
    change = example.change
    verdict = f"{change.before.verdict} → {change.after.verdict}" if change.turned else change.after.verdict
    line = Text(f"#{example.id} {example.published_at:%Y-%m-%d} {example.language} ", "dim")
    line += Text(f"{verdict} ", "bold" if change.turned else "")
    line += _names("+", change.gained, "green") + _names("-", change.lost, "red")
    return line + Text(example.lead)


def _names(sign: str, tags: Iterable[tuple[str, str]], style: str) -> Text:
    return Text("".join(f"{sign}{name} " for _, name in sorted(tags)), style)


@click.command("status")
def status() -> None:
    """Show by which models the stored items are tagged, and how far tagging and translating them again has come."""
    settings = Settings.from_environment()
    conflicts = load_conflicts(settings.config_dir / "conflicts")
    store = Store(settings.store_url)
    store.check()
    with store.read() as session:
        counts = retag.list_model_counts(session)
        due = retag.count_due(session, {one.id: one.sha256 for one in conflicts.values()})
        beats = {beat.name: beat for beat in list_heartbeats(session)}
    _print_counts(conflicts, counts)
    click.echo(f"{due} items to be tagged again")
    if "renew" in beats:
        click.echo(
            f"{beats['renew'].details['due']} translations to be renewed (as of {beats['renew'].at:%H:%M:%S} UTC)"
        )


def _print_counts(conflicts: dict[str, Conflict], counts: Iterable[retag.ModelCount]) -> None:
    table = Table("conflict", "version", "model", "items", "", box=None)
    for one in counts:
        loaded = conflicts.get(one.conflict)
        state = "no longer configured" if loaded is None else "outdated"
        current = loaded is not None and loaded.sha256 == one.sha256
        style = "green" if current else "yellow"
        table.add_row(
            one.conflict, one.version, one.sha256[:12], str(one.items), Text("current" if current else state, style)
        )
    Console(soft_wrap=True).print(table)
