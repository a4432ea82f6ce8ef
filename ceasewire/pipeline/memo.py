"""A memory of what pure functions gave: a feed shows most of its entries again at the next poll, letter for letter."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

Result = TypeVar("Result")
EACH = 500  # bytes that an entry takes besides its texts


class Memo:
    """Results by function and arguments, those used last, in so many bytes. Safe under threads.

    It changes no result: a function that is asked through it must depend on its arguments alone.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = Lock()

    def ask(self, function: Callable[..., Result], *arguments: Hashable, size: Callable[[Result], int]) -> Result:
        """`function(*arguments)`, whose result takes some `size` of bytes with its arguments."""
        key = (function, *arguments)
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                result: Result = found[0]
                return result
        result = function(*arguments)
        self._keep(key, result, size(result) + EACH)
        return result

    def _keep(self, key: Hashable, result: Any, size: int) -> None:
        with self._lock:
            if size > self._most_bytes or key in self._kept:
                return
            self._kept[key] = result, size
            self._bytes += size
            while self._bytes > self._most_bytes:
                _, (_, freed) = self._kept.popitem(last=False)
                self._bytes -= freed


NOTHING = Memo(0)
