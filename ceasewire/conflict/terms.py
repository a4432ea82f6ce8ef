"""The term syntax of a conflict file: one string is one term.

    word      the exact word              word~      with an ending of the language's list
    word*     any word that starts so     a b        adjacent words (space, hyphen, apostrophe; figures: colon)
    a ..3 b   at most three words between, within a sentence
    (a|b~|c d*)  alternatives, one level  "a~"       the quotation marks belong to the term
    =ABC      case-sensitive              ^word      not after a hyphen
    !word     letters that normalisation merges (ı and i) must stand as written

A parsed term is a chain of steps; a step is a set of alternatives; an alternative is a run of adjacent words.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

MAX_GAP = 8
PIECE = re.compile(r"\([^()]*\)[~*]?|\.\.\d+|[^\s()]+|[()]")
WORD = re.compile(r'(?P<marks>[=^!]*)(?P<open>"?)(?P<stem>[^"~*=^!|]+)(?P<inner>[~*]?)(?P<close>"?)(?P<outer>[~*]?)')
GAP = re.compile(r"\.\.(\d+)")


class TermError(ValueError):
    """A term that breaks the syntax; the message says how."""


class Ending(StrEnum):
    """What may follow a word's stem."""

    NONE = ""
    INFLECTED = "~"
    ANY = "*"


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a term, as written in the file (not yet normalised)."""

    stem: str
    ending: Ending = Ending.NONE
    quoted: bool = False  # opening quotation mark before it
    closed: bool = False  # closing quotation mark after it
    outer: Ending = Ending.NONE  # ending after the closing mark: "Qarabağ"ın
    cased: bool = False
    spelled: bool = False  # letters as written, not merged
    unhyphened: bool = False


Alternative = tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """`gap`: how many other words may stand before it."""

    gap: int
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """A parsed term; `source` is as written."""

    source: str
    steps: tuple[Step, ...]

    def words(self) -> Iterator[Word]:
        """All its words."""
        for step in self.steps:
            for alternative in step.alternatives:
                yield from alternative


def parse_term(source: str) -> Term:
    """Parse one term. Raises TermError."""
    steps: list[Step] = []
    gap = 0
    for piece in PIECE.findall(source):
        gapped = GAP.fullmatch(piece)
        if gapped:
            gap = _gap(gapped, steps)
            continue
        steps.append(Step(gap, _alternatives(piece)))
        gap = 0
    if gap or not steps:
        raise TermError("ends with a gap" if steps else "is empty")
    return Term(source, tuple(steps))


def _gap(found: re.Match[str], steps: list[Step]) -> int:
    gap = int(found.group(1))
    if not steps:
        raise TermError("starts with a gap")
    if not 1 <= gap <= MAX_GAP:
        raise TermError(f"gap {found.group()} is not between ..1 and ..{MAX_GAP}")
    return gap


def _alternatives(piece: str) -> tuple[Alternative, ...]:
    if piece in "()":
        raise TermError("brackets are nested or not closed; alternatives have one level")
    if not piece.startswith("("):
        return ((_word(piece),),)
    body, _, ending = piece[1:].rpartition(")")
    alternatives = [tuple(_word(part + ending) for part in one.split()) for one in body.split("|")]
    if not all(alternatives):
        raise TermError(f"an alternative of {piece} is empty")
    return tuple(alternatives)


def _word(piece: str) -> Word:
    found = WORD.fullmatch(piece)
    if not found or not any(character.isalnum() for character in found["stem"]):
        raise TermError(f'{piece!r} is no word; allowed around it are = ^ ! " ~ *')
    closed = bool(found["close"])
    if closed and not found["open"]:
        raise TermError(f"{piece!r} closes a quotation mark that it does not open")
    if found["outer"] and not closed:
        raise TermError(f"{piece!r} has two endings")
    if "?" in found["stem"] or "[" in found["stem"]:
        raise TermError(f"{piece!r} looks like a regular expression; write each form as an alternative")
    return Word(
        stem=found["stem"],
        ending=Ending(found["inner"]),
        quoted=bool(found["open"]),
        closed=closed,
        outer=Ending(found["outer"]),
        cased="=" in found["marks"],
        spelled="!" in found["marks"],
        unhyphened="^" in found["marks"],
    )
