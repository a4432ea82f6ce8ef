"""Room in memory for answers that come in at the same time: any number of small ones, a few large ones."""

import threading
from collections.abc import Iterable


class NoRoom(Exception):
    """Other large answers took all the room for too long."""


class Room:
    """Many servers can be waited for at once; only what they send takes memory. Safe under threads."""

    def __init__(self, *, large_at_once: int = 12, small_bytes: int = 200_000, wait_seconds: float = 15.0) -> None:
        """An answer is large when it grows beyond `small_bytes`."""
        self._turns = threading.BoundedSemaphore(large_at_once)
        self._small_bytes = small_bytes
        self._wait_seconds = wait_seconds

    def gather(self, pieces: Iterable[bytes], *, large: bool = False) -> bytes:
        """The pieces in one; `large` where taking them in needs memory from the first one on. Raises NoRoom."""
        kept, total, has_turn = list[bytes](), 0, large and self._take_turn()
        try:
            for piece in pieces:
                kept.append(piece)
                total += len(piece)
                has_turn = has_turn or (total > self._small_bytes and self._take_turn())
            return b"".join(kept)
        finally:
            if has_turn:
                self._turns.release()

    def _take_turn(self) -> bool:
        if not self._turns.acquire(timeout=self._wait_seconds):
            raise NoRoom
        return True
