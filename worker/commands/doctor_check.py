"""What a check of `ceasewire doctor` says: how it stands, in a sentence, and what to do about it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from ceasewire.errors import CeasewireError


class State(StrEnum):
    """How it stands."""

    OK = "ok"
    WARNING = "warning"  # the service runs, less well than it could
    ERROR = "error"  # it does not run, or loses what it is for


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `remedy` is empty where all is well."""

    name: str
    state: State
    said: str
    remedy: str = ""


def ok(name: str, said: str) -> Check:
    """All is well."""
    return Check(name, State.OK, said)


def warning(name: str, said: str, remedy: str) -> Check:
    """It could be better."""
    return Check(name, State.WARNING, said, remedy)


def error(name: str, said: str, remedy: str) -> Check:
    """It is wrong."""
    return Check(name, State.ERROR, said, remedy)


def guarded(name: str, checks: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    """What the checks say. An error is what they found, whatever it is: the other checks go on."""
    try:
        yield from checks()
    except CeasewireError as found:
        yield error(name, f"{found.about}: {found.message}", found.remedy or "mend what it names")
    except OSError as found:
        yield error(name, str(found), "check that it exists and that this user may use it")
    except Exception as found:
        yield error(name, f"{type(found).__name__}: {found}", "nobody has met this yet: please report it")
