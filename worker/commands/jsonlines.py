"""JSON lines in, JSON lines out: the frame of the filters `detect`, `translate` and `tag`."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TextIO

import click

Record = dict[str, Any]


def run_filter(source: TextIO, transform: Callable[[Record], Mapping[str, Any]]) -> int:
    """Write one line per good line, flushed as it goes; returns the exit status.

    `transform` raises ValueError for a record it cannot take. A bad line becomes an error on standard error
    with its line number, and the rest goes on; the status is then 1.
    """
    status = 0
    for number, record in read_records(source):
        if isinstance(record, ValueError):
            problem: ValueError | None = record
        else:
            try:
                write_record(transform(record))
                problem = None
            except ValueError as error:
                problem = error
        if problem is not None:
            click.echo(f"line {number}: {problem}", err=True)
            status = 1
    return status


def read_records(source: Iterable[str]) -> Iterator[tuple[int, Record | ValueError]]:
    """Each non-empty line's number with its object, or with what is wrong with it."""
    for number, line in enumerate(source, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            yield number, ValueError(f"not JSON: {error}")
            continue
        if not isinstance(record, dict):
            yield number, ValueError("not a JSON object")
        elif "id" not in record:
            yield number, ValueError("field 'id' is missing")
        else:
            yield number, record


def text_field(record: Record, name: str, *, required: bool = False) -> str | None:
    """A field that is a string or absent. Raises ValueError that names the field."""
    value = record.get(name)
    if value is None and not required:
        return None
    if not isinstance(value, str):
        raise ValueError(f"field {name!r} is {'missing' if value is None else 'not a string'}")
    return value


def write_record(record: Mapping[str, Any]) -> None:
    """One line on standard output, flushed, non-ASCII text as it is."""
    sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")
    sys.stdout.flush()
