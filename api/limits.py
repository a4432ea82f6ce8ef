"""How often somebody may ask: a token bucket for each caller, in the memory of this process."""

import time
from collections import OrderedDict
from collections.abc import Callable

REMEMBERED = 10_000  # callers; the one that asked longest ago is forgotten, with a full bucket


class RateLimit:
    """Lets a caller ask `per_minute` times at once, and as many in each minute that follows."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # caller -> tokens, when

    def wait_seconds(self, caller: str, per_minute: int) -> float:
        """0 and one token less, or how long until there is one. `per_minute` 0: no limit."""
        if per_minute <= 0:
            return 0.0
        now = self._clock()
        tokens, then = self._buckets.pop(caller, (float(per_minute), now))
        tokens = min(float(per_minute), tokens + (now - then) * per_minute / 60)
        allowed = tokens >= 1
        self._buckets[caller] = (tokens - 1 if allowed else tokens, now)
        if len(self._buckets) > REMEMBERED:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1 - tokens) * 60 / per_minute
