"""One line a measurement: printed, and kept for the table of `make bench` where CEASEWIRE_BENCH_ROWS names a file."""

import json
import os
import resource
import sys
from pathlib import Path

ROWS_FILE = "CEASEWIRE_BENCH_ROWS"


def row(what: str, value: float, unit: str, beside: str = "", other: float | None = None) -> None:
    """A figure of ours and, taken in the same run, that of something else in the same unit."""
    line = f"{what}: {value:,.4g} {unit}"
    if other is not None:
        line += f"; {beside}: {other:,.4g} {unit} (× {value / other if other else float('inf'):.2f})"
    print(line, flush=True)
    if path := os.environ.get(ROWS_FILE):
        record = {"what": what, "value": value, "unit": unit, "beside": beside, "other": other}
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def memory_row(what: str) -> None:
    """The peak memory of this process so far."""
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    row(f"memory of {what}", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, "MB at its peak")
