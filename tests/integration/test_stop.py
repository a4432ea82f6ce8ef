"""A worker whose task does not end in time ends itself inside the grace period; what it held is taken up again."""

import signal
import subprocess
import sys
from pathlib import Path

HANGING = "import time; from worker import runtime; runtime.STOP_SECONDS = 0.2; runtime._stop(15, None); time.sleep(90)"


def test_what_does_not_end_in_time_is_cut_off() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HANGING], cwd=Path(__file__).parents[2], timeout=60, capture_output=True
    )
    assert done.returncode == -signal.SIGKILL
