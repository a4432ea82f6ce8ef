"""All benchmarks in turn and one table of what they found: `make bench`, or `python -m tests.benchmarks [NAME]…`.

Each runs in a process of its own; what ours is set beside is measured in the same run. The `reader` package and lingua
are no dependencies: BESIDE_PYTHON names a Python that has them, else their columns stay empty. `api` builds archives of
up to a million items in either database, which takes most of the time; give names to leave it out.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from tests.benchmarks.report import ROWS_FILE

# name: module and its arguments
BENCHMARKS: dict[str, tuple[str, ...]] = {
    "poll": ("bench_poll",),
    "parse": ("bench_parse",),
    "detect": ("bench_detect",),
    "translate": ("bench_translate",),
    "tag": ("bench_tag",),
    "story": ("bench_story",),
    "alerts": ("bench_alerts",),
    "load": ("bench_load",),
    "growth": ("bench_growth",),
    "api": ("bench_api",),
}


def run(name: str, rows_file: Path) -> list[dict[str, Any]]:
    """The rows of one benchmark; what it prints goes to standard error. Raises CalledProcessError."""
    rows_file.write_text("")
    module, *arguments = BENCHMARKS[name]
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *arguments]
    subprocess.run(command, env={**os.environ, ROWS_FILE: str(rows_file)}, stdout=sys.stderr, check=True)
    return [json.loads(line) for line in rows_file.read_text(encoding="utf-8").splitlines()]


def tables(names: tuple[str, ...]) -> Iterator[tuple[str, list[dict[str, Any]] | str]]:
    """Each benchmark's rows, or why it has none."""
    with tempfile.TemporaryDirectory() as folder:
        for name in names or tuple(BENCHMARKS):
            try:
                yield name, run(name, Path(folder) / "rows")
            except subprocess.CalledProcessError as error:
                yield name, f"failed with status {error.returncode}; its output is above"


@click.command(help=__doc__)
@click.argument("names", nargs=-1, type=click.Choice(list(BENCHMARKS)))
def main(names: tuple[str, ...]) -> None:
    """Print the table; status 1 where a benchmark failed."""
    table = Table("", "what", "ours", "unit", "beside", "its figure", "×", box=None)
    failed = False
    for name, rows in tables(names):
        if isinstance(rows, str):
            table.add_row(name, rows)
            failed = True
            continue
        for one in rows:
            other = one["other"]
            ratio = "" if not other else f"{one['value'] / other:.2f}"
            beside = "" if other is None else f"{other:,.4g}"
            table.add_row(name, one["what"], f"{one['value']:,.4g}", one["unit"], one["beside"], beside, ratio)
    Console(width=150).print(table)
    sys.exit(failed)


if __name__ == "__main__":
    main()
