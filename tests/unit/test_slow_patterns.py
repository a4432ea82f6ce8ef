"""No regular expression can be made slow: each one of the program against long inputs made to make it try and try."""

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
import regex

import api
import ceasewire
import worker

SHORT, LONG = 4_000, 16_000  # characters
ENOUGH = 0.05  # seconds of CPU: what takes less is not slow
QUADRATIC = 10.0  # four times the text takes 4 times as long, 16 times where it is squared
PIECES = (
    *("a", " ", "0", "-", ".", "\n", "<", ">", "&", "#", "@", "/", "(", '"', "'", "«", "ա", "ə", "я", "Я", "\t"),
    *("a ", "<a", "<!--", "&#", "http://", "www.", "1.", "1 ", "a.", "A. ", "я. ", "10:", '="', "pic.twitter.com/"),
    *("— ", "\n ", "  \n", "\r\n", "2021-", "jan ", "%20", "](", "{{", "</p>", "a-", "x" * 40 + " "),
)


def patterns() -> Iterator[tuple[str, Any]]:
    """Every compiled pattern that a module keeps, by its name."""
    for package in (ceasewire, worker, api):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "migrations" not in found.name and not found.name.endswith("__main__"):
                yield from _of(importlib.import_module(found.name))


def _of(module: ModuleType) -> Iterator[tuple[str, Any]]:
    for name, value in vars(module).items():
        values = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else [value]
        for number, one in enumerate(values):
            if isinstance(one, re.Pattern | regex.Pattern):
                yield f"{module.__name__}.{name}.{number}", one


def seconds(pattern: Any, piece: str, length: int) -> float:
    """CPU time of one whole search that begins well and ends badly."""
    text: Any = (piece * (length // len(piece) + 1))[:length] + "\x00"
    if isinstance(pattern.pattern, bytes):
        text = text.encode()
    start = time.process_time()
    for _ in pattern.finditer(text):
        pass
    return time.process_time() - start


BOUNDED = {
    "ceasewire.channels._DOMAIN.0",  # of an address of 254 characters at most
    "ceasewire.pipeline.protect._AFTER_LEAD.0",  # asked at one place, never searched for
    "ceasewire.pipeline.sentences._WORD_BEFORE.0",  # of the 24 characters before a full stop
}
FOUND = {name: pattern for name, pattern in patterns() if name not in BOUNDED}


def test_they_are_found() -> None:
    assert len(FOUND) > 60


@pytest.mark.parametrize("name", FOUND)
def test_time_grows_with_the_text_and_no_faster(name: str) -> None:
    for piece in PIECES:
        long = seconds(FOUND[name], piece, LONG)
        if long > ENOUGH:
            short = min(seconds(FOUND[name], piece, SHORT) for _ in range(3))
            long = min(long, seconds(FOUND[name], piece, LONG))
            assert long < QUADRATIC * max(short, ENOUGH / QUADRATIC), f"{piece!r}: {short:.3f} s, {long:.3f} s"


def test_a_slow_one_is_told() -> None:
    slow = re.compile(r"\s+$")  # each of n spaces is tried as the first
    assert seconds(slow, " ", LONG) > QUADRATIC * seconds(slow, " ", SHORT)
