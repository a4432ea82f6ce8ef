"""Room for answers: small ones are never held up, large ones a few at a time."""

import threading
from collections.abc import Iterator

import pytest

from worker.adapters.room import NoRoom, Room


def test_pieces_come_out_as_they_went_in() -> None:
    assert Room().gather([b"a", b"", b"bc"]) == b"abc"


def test_a_small_answer_passes_large_ones_that_take_their_time() -> None:
    room, begun, end = Room(large_at_once=1, small_bytes=4, wait_seconds=0.01), threading.Event(), threading.Event()

    def slow() -> Iterator[bytes]:
        yield b"12345"
        begun.set()
        assert end.wait(30)

    holder = threading.Thread(target=room.gather, args=(slow(),))
    holder.start()
    assert begun.wait(30)
    assert room.gather([b"1234"]) == b"1234"
    with pytest.raises(NoRoom):
        room.gather([b"12", b"345"])
    with pytest.raises(NoRoom):
        room.gather([b"1"], large=True)
    end.set()
    holder.join(30)
    assert room.gather([b"12", b"345"]) == b"12345"


def test_an_answer_that_breaks_off_gives_its_room_back() -> None:
    room = Room(large_at_once=1, small_bytes=1, wait_seconds=0.01)

    def broken() -> Iterator[bytes]:
        yield b"123"
        raise OSError("reset")

    for _ in range(2):
        with pytest.raises(OSError, match="reset"):
            room.gather(broken())
    assert room.gather([b"123"], large=True) == b"123"
