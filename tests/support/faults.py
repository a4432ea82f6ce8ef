"""How soon the service must be well again, and how tests say how soon it was."""

import os

BUSY = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))  # others' work on this machine, which is not the fault's
RECOVERY, AFTER_DATABASE = 30.0 * BUSY, 60.0 * BUSY  # seconds


def tell(line: str) -> None:
    """Print a figure: `make faults` shows it."""
    print(f"\n    {line}", flush=True)
