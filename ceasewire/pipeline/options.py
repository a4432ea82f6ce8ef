"""Options: what each mode of a subscription can be told, with its default, and errors that name the field."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import time
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ceasewire.items import Mode

# Events that a source's trouble may be, and that it is over. The names stand in the table of events.
TROUBLES = (
    "source_gone",
    "source_broken",
    "source_recovered",
    "source_moved",
    "source_emptied",
    "source_silent",
    "source_heard",
    "fetch_set_aside",
    "item_vanished",
    "item_returned",
)
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class InstantOptions:
    """Nothing to choose."""


@dataclass(frozen=True, slots=True)
class DigestOptions:
    """`every` hour or day; a day's digest goes at `at` in the local time of `timezone` (IANA)."""

    every: str = "day"
    at: str = "08:00"
    timezone: str = "UTC"

    @property
    def local_time(self) -> time:
        """`at` as a time of day."""
        return time.fromisoformat(self.at)

    @property
    def zone(self) -> ZoneInfo:
        """Its time zone."""
        return ZoneInfo(self.timezone)


@dataclass(frozen=True, slots=True)
class SpikeOptions:
    """A window's volume against the same hours of the past weeks; at least `min_sources` must report independently."""

    window_hours: int = 3
    weeks: int = 4
    min_sources: int = 3
    cooldown_hours: int = 12


@dataclass(frozen=True, slots=True)
class SilenceOptions:
    """Each of these sources and sides is watched; others must have had `min_others` items in the same `hours`."""

    hours: int = 12
    sources: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()
    min_others: int = 5


@dataclass(frozen=True, slots=True)
class TroubleOptions:
    """Kinds of events to tell of."""

    events: tuple[str, ...] = TROUBLES


ModeOptions = InstantOptions | DigestOptions | SpikeOptions | SilenceOptions | TroubleOptions

OPTIONS: Mapping[Mode, type[ModeOptions]] = MappingProxyType(
    {
        Mode.INSTANT: InstantOptions,
        Mode.DIGEST: DigestOptions,
        Mode.SPIKE: SpikeOptions,
        Mode.SILENCE: SilenceOptions,
        Mode.SOURCE_TROUBLE: TroubleOptions,
    }
)


class WrongFields(ValueError):
    """What is wrong with the fields of a form: `faults` are pairs of a field's path and a sentence."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{field}: {message}" for field, message in faults))
        self.faults = faults


def parse_options(mode: Mode, given: Mapping[str, Any]) -> ModeOptions:
    """The options of a mode, defaults where they are left out; raises WrongFields."""
    faults = list(_faults(mode, given))
    if faults:
        raise WrongFields(faults)
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    return OPTIONS[mode](**values)


def options_as_json(options: ModeOptions) -> dict[str, Any]:
    """As they are stored, defaults included: a later version's defaults change no subscription."""
    values = {field.name: getattr(options, field.name) for field in fields(options)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _faults(mode: Mode, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    known = [field.name for field in fields(OPTIONS[mode])]
    for name, value in given.items():
        if name not in known:
            expected = f"it takes {', '.join(known)}" if known else "it takes none"
            yield f"options.{name}", f"the mode {mode} has no such option; {expected}"
        elif not CHECKS[mode, name][0](value):
            yield f"options.{name}", f"{value!r} is not {CHECKS[mode, name][1]}"
    if mode is Mode.SILENCE and not (given.get("sources") or given.get("sides")):
        yield "options.sources", "name at least one source or side (options.sides) to watch"


def _between(least: int, most: int) -> tuple[Callable[[Any], bool], str]:
    def check(value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most

    return check, f"a whole number from {least} to {most}"


def _is_zone(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(ZoneInfo(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and one for one in value)


CHECKS: Mapping[tuple[Mode, str], tuple[Callable[[Any], Any], str]] = MappingProxyType(
    {
        (Mode.DIGEST, "every"): (lambda value: value in ("hour", "day"), "hour or day"),
        (Mode.DIGEST, "at"): (
            lambda value: isinstance(value, str) and _CLOCK.fullmatch(value),
            "a time of day like 08:00",
        ),
        (Mode.DIGEST, "timezone"): (_is_zone, "an IANA time zone like Asia/Yerevan"),
        (Mode.SPIKE, "window_hours"): _between(1, 24),
        (Mode.SPIKE, "weeks"): _between(1, 12),
        (Mode.SPIKE, "min_sources"): _between(1, 50),
        (Mode.SPIKE, "cooldown_hours"): _between(1, 168),
        (Mode.SILENCE, "hours"): _between(1, 720),
        (Mode.SILENCE, "sources"): (_are_names, "a list of sources"),
        (Mode.SILENCE, "sides"): (_are_names, "a list of sides"),
        (Mode.SILENCE, "min_others"): _between(1, 1000),
        (Mode.SOURCE_TROUBLE, "events"): (
            lambda value: _are_names(value) and value and set(value) <= set(TROUBLES),
            f"a list of {', '.join(TROUBLES)}",
        ),
    }
)
