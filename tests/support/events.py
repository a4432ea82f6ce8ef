"""Reads a live stream as a browser does (WHATWG HTML §9.2.6)."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx


@dataclass
class Block:
    """One block of a stream: an event, or only an id or a comment."""

    id: str = ""
    event: str = ""
    data: str = ""
    retry: str = ""
    comment: str = ""


def blocks(answer: httpx.Response) -> Iterator[Block]:
    """Every block as it comes."""
    block = Block()
    for line in answer.iter_lines():
        if not line:
            yield block
            block = Block()
            continue
        name, _, value = line.partition(":")
        setattr(block, name or "comment", value.removeprefix(" "))


def events(answer: httpx.Response) -> Iterator[Block]:
    """The blocks that a browser hands to its page."""
    return (block for block in blocks(answer) if block.data)
