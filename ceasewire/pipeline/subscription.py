"""Subscription: a form from API, page or file read and checked; every wrong field is named with what was meant.

name: Talks                    for people
query: {topics: [talks]}       see ceasewire.pipeline.query
mode: instant                  instant | digest | spike | silence | source_trouble
options: {every: day}          of the mode, see ceasewire.pipeline.options
wait_seconds: 120              for a translation, at most; then it goes with the original
copies: fold                   copies and edits of what was sent: fold | update
channel: webhook               see ceasewire.channels
target: https://…              the channel's address
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeVar

from ceasewire.channels import CHANNELS
from ceasewire.conflict.model import Conflict
from ceasewire.items import Copies, Mode
from ceasewire.pipeline.options import ModeOptions, WrongFields, parse_options
from ceasewire.pipeline.query import SOURCE_LISTS, AlertQuery, parse_query

FIELDS = ("name", "query", "mode", "options", "wait_seconds", "copies", "channel", "target")
LONGEST_WAIT = 86_400  # seconds
MAY_BE_EMPTY = frozenset({Mode.SILENCE, Mode.SOURCE_TROUBLE})  # these ask about sources rather than items

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Known:
    """What a query may name. `sides` and `countries` are those of the sources."""

    conflicts: Mapping[str, Conflict]
    sources: Sequence[str]
    sides: Sequence[str]
    countries: Sequence[str]


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription as it was wished for. `query_fields` is its query in JSON form, for the store."""

    name: str
    query: AlertQuery
    query_fields: Mapping[str, Any]
    mode: Mode
    options: ModeOptions
    wait_seconds: int
    copies: Copies
    channel: str
    target: str


def parse_subscription(fields: Mapping[str, Any], known: Known) -> Subscription:
    """Read a form.

    Raises:
        WrongFields: all that is wrong with it, each fault with the path of its field.
    """
    faults: list[tuple[str, str]] = [
        (name, f"no such field; there are {', '.join(FIELDS)}") for name in fields if name not in FIELDS
    ]
    mode = _choice(fields.get("mode"), Mode, Mode.INSTANT, "mode", faults)
    query_fields = _mapping(fields.get("query"), "query", faults)
    read = Subscription(
        name=_name(fields.get("name"), faults),
        query=_try(lambda: _query(query_fields, mode), faults) or AlertQuery(),
        query_fields={name: value for name, value in query_fields.items() if value not in (None, [], "")},
        mode=mode,
        options=_try(lambda: parse_options(mode, _mapping(fields.get("options"), "options", faults)), faults)
        or parse_options(Mode.INSTANT, {}),
        wait_seconds=_wait(fields.get("wait_seconds", 120), faults),
        copies=_choice(fields.get("copies"), Copies, Copies.FOLD, "copies", faults),
        **_address(fields, faults),
    )
    faults += _unknown(read, known)
    if faults:
        raise WrongFields(list(dict.fromkeys(faults)))
    return read


def _try(read: Callable[[], T], faults: list[tuple[str, str]]) -> T | None:
    try:
        return read()
    except WrongFields as error:
        faults += error.faults
    return None


def _query(fields: Mapping[str, Any], mode: Mode) -> AlertQuery:
    if mode is Mode.SOURCE_TROUBLE:
        of_items = [name for name, value in fields.items() if value and name not in SOURCE_LISTS]
        if of_items:
            message = f"the mode {mode} looks at sources: it takes {', '.join(SOURCE_LISTS)}"
            raise WrongFields([(f"query.{name}", message) for name in of_items])
    try:
        return parse_query(fields, may_be_empty=mode in MAY_BE_EMPTY)
    except ValueError as error:
        field, _, message = str(error).partition(": ")
        raise WrongFields([(f"query.{field}", message)]) from None


def _mapping(value: Any, field: str, faults: list[tuple[str, str]]) -> Mapping[str, Any]:
    if value is None:
        return {}
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return value
    faults.append((field, "holds no fields with values"))
    return {}


def _name(value: Any, faults: list[tuple[str, str]]) -> str:
    if isinstance(value, str) and 0 < len(value.strip()) <= 200:
        return value.strip()
    faults.append(("name", "write 1 to 200 characters that people will know it by"))
    return ""


def _wait(value: Any, faults: list[tuple[str, str]]) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LONGEST_WAIT:
        return value
    faults.append(("wait_seconds", f"{value!r} is not a whole number of seconds from 0 to {LONGEST_WAIT}"))
    return 0


_Choice = TypeVar("_Choice", Mode, Copies)


def _choice(value: Any, kinds: type[_Choice], default: _Choice, field: str, faults: list[tuple[str, str]]) -> _Choice:
    if value is None:
        return default
    if value in list(kinds):
        return kinds(value)
    faults.append((field, f"{value!r} is none of {', '.join(kinds)}"))
    return default


def _address(fields: Mapping[str, Any], faults: list[tuple[str, str]]) -> dict[str, str]:
    channel, target = fields.get("channel"), fields.get("target") or ""
    if not isinstance(channel, str) or channel not in CHANNELS:
        faults.append(("channel", _no_such("channel", str(channel), list(CHANNELS))))
    elif not isinstance(target, str):
        faults.append(("target", "not a string"))
    elif fault := CHANNELS[channel](target):
        faults.append(("target", fault))
    return {"channel": str(channel), "target": str(target)}


# --- names that must exist -------------------------------------------------------------------------------------


def _unknown(read: Subscription, known: Known) -> Iterator[tuple[str, str]]:
    """A subscription that can never match is refused when it is made."""
    query = read.query
    if query.conflict is not None and query.conflict not in known.conflicts:
        yield "query.conflict", _no_such("conflict", query.conflict, list(known.conflicts))
    else:
        yield from _unknown_tags(query, known)
    watched = {name: getattr(read.options, name, ()) for name in ("sources", "sides")}
    named = (
        ("query.sources", "source", query.sources, known.sources),
        ("query.sides", "side", query.sides, known.sides),
        ("query.countries", "country", query.countries, known.countries),
        ("options.sources", "source", watched["sources"], known.sources),
        ("options.sides", "side", watched["sides"], known.sides),
    )
    for field, kind, values, there in named:
        yield from ((field, _no_such(kind, value, there)) for value in sorted(values) if value not in there)


def _unknown_tags(query: AlertQuery, known: Known) -> Iterator[tuple[str, str]]:
    conflicts = known.conflicts if query.conflict is None else {query.conflict: known.conflicts[query.conflict]}
    for name, kind in (("topics", "topic"), ("actors", "actor"), ("places", "place")):
        there = list(dict.fromkeys(id_ for one in conflicts.values() for id_ in getattr(one, name)))
        wanted: frozenset[str] = getattr(query, name)
        yield from ((f"query.{name}", _no_such(kind, id_, there)) for id_ in sorted(wanted) if id_ not in there)


def _no_such(kind: str, value: str, known: Sequence[str]) -> str:
    near = get_close_matches(value, known, n=1)
    there = f"known: {', '.join(list(known)[:12])}" if known else "none exist"
    return f"no {kind} {value!r}; " + (f"did you mean {near[0]!r}?" if near else there)
