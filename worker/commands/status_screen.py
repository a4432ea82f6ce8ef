"""The status as a screen: tables of rich, the most urgent first. No I/O."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from worker.commands.doctor_store import LATE, SWEEP_LATE
from worker.jobs.status import QUEUES, LanguageStatus, Status, Trouble

SHOWN = 8  # sources in trouble, languages
WAYS = {
    "published_to_seen": "published → seen",
    "seen_to_tagged": "seen → tagged",
    "published_to_tagged": "published → tagged",
    "seen_to_translated": "seen → translated",
}
BAD, DIM = "bold red", "dim"


def draw(status: Status) -> RenderableType:
    """The whole screen."""
    side_by_side = Table.grid(padding=(0, 4))
    side_by_side.add_row(_work(status), _lags(status))
    return Group(
        _head(status),
        side_by_side,
        _counts("sources", status.sources, bad=("failing",)),
        _counts("polls of the last hour", status.polls),
        *_troubles(status.troubles, status.at),
        _models(status),
        *_outdated(status),
        _languages(status.languages),
        _counts("alerts", status.alerts, bad=("dead",)),
        *_paused(status),
        *_events(status),
    )


def _head(status: Status) -> Text:
    head = Text.assemble(("Ceasewire", "bold"), f"  {status.at:%F %T} UTC  ", (status.store, DIM))
    swept = status.heartbeats.get("sweep")
    late = swept is None or status.at - swept > SWEEP_LATE
    head.append(f"\nbroker {status.broker}", "" if status.broker in {"ok", "embedded"} else BAD)
    head.append(f"   sweep {'never ran' if swept is None else f'{span(status.at - swept)} ago'}", BAD if late else "")
    return head


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right")
    return table


def _work(status: Status) -> Table:
    table = _table("work", "waits", "oldest", "in broker")
    for stage, waiting in status.waiting.items():
        late = waiting.oldest_seconds > LATE[stage]
        oldest = span(timedelta(seconds=waiting.oldest_seconds)) if waiting.pieces else "–"
        messages = f"{status.messages[stage]:,}" if stage in QUEUES and stage in status.messages else ""
        table.add_row(stage, f"{waiting.pieces:,}", Text(oldest, BAD if late else ""), messages)
    for name, due in status.background.items():
        table.add_row(f"{'tag' if name == 'retag' else 'translate'} again", f"{due:,}", "", "")
    if status.set_aside:
        table.add_row(Text("bodies set aside", BAD), Text(f"{status.set_aside:,}", BAD), "", "")
    return table


def _lags(status: Status) -> Table:
    table = _table("lag of the last hour", "median", "95 %")
    for way, lag in status.lags.items():
        table.add_row(WAYS[way], *(span(timedelta(seconds=seconds)) for seconds in (lag.median, lag.p95)))
    if not status.lags:
        table.add_row(Text("no item in the last hour", DIM), "", "")
    return table


def _counts(name: str, counts: Mapping[str, int], bad: Sequence[str] = ()) -> Text:
    line = Text.assemble((f"{name}  ", "bold"))
    for key, count in sorted(counts.items(), key=lambda each: -each[1]):
        line.append(f"{count:,} {key.replace('_', ' ')}   ", BAD if key in bad and count else "")
    return line if counts else line.append("none", DIM)


def _troubles(troubles: Sequence[Trouble], now: datetime) -> Iterator[RenderableType]:
    if not troubles:
        return
    table = _table("source in trouble", "how", "for", "next poll")
    table.add_column("why", overflow="ellipsis", no_wrap=True)
    for one in troubles[:SHOWN]:
        since = "" if one.since is None else span(now - one.since)
        due = one.next_poll_at
        later = "" if due is None else "due" if due <= now else f"in {span(due - now)}"
        how = Text(one.health, BAD if one.health == "failing" else "yellow")
        table.add_row(one.id, how, since, later, Text(one.reason))
    yield table
    if len(troubles) > SHOWN:
        yield Text(f"… and {len(troubles) - SHOWN:,} more: ceasewire sources list", DIM)


def _models(status: Status) -> Text:
    line = Text.assemble(("topic models  ", "bold"))
    for conflict, versions in status.conflicts.items():
        line.append(f"{conflict} {' and before '.join(versions)}   ")
    return line if status.conflicts else line.append("nothing is tagged yet", DIM)


def _outdated(status: Status) -> Iterator[Text]:
    for part, said in status.outdated.items():
        yield Text(f"{part} {said}", BAD)


def _languages(languages: Sequence[LanguageStatus]) -> RenderableType:
    table = _table("language", "items today", "translated", "waiting", "untranslated")
    table.add_column("translation package")
    for one in languages[:SHOWN]:
        untranslated = one.items.get("unavailable", 0) + one.items.get("failed", 0)
        wanted = untranslated or one.items.get("pending")
        table.add_row(
            one.code,
            *(f"{count:,}" for count in (sum(one.items.values()), one.items.get("translated", 0))),
            f"{one.items.get('pending', 0):,}",
            Text(f"{untranslated:,}", BAD if untranslated else ""),
            Text(one.package or ("none" if wanted else ""), BAD if wanted and not one.package else ""),
        )
    return table


def _paused(status: Status) -> Iterator[Text]:
    for one in status.paused_channels:
        yield Text(f"channel {one.kind} is paused since {one.paused_at:%F %R} UTC: {one.last_error}", BAD)


def _events(status: Status) -> Iterator[RenderableType]:
    if not status.events:
        return
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("last events", no_wrap=True)
    for name in ("kind", "about", "message"):
        table.add_column("", no_wrap=True, overflow="ellipsis", ratio=3 if name == "message" else None)
    for one in status.events:
        table.add_row(f"{one.at:%d %b %T}", one.kind, Text(one.about), Text(one.message))
    yield table


def span(time: timedelta) -> str:
    """A stretch of time in its largest fitting unit: 0.3 s, 12 s, 7 min, 5 h, 3 d."""
    seconds = max(0.0, time.total_seconds())
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
