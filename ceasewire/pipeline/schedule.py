"""When a source is polled next, and why: the manners of a good reader as pure decisions.

    PollState + (PollRead | NotModified | FetchFailed) -next_poll-> Schedule(new PollState, when, why, events)

The interval is learned from the share of entries that a poll finds already known (after mediacloud/rss-fetcher), so
it follows each source's own pace. What the server asks for (Retry-After, max-age, ttl) comes on top, never below.
Failures are weighted by kind; a broken source is slowed and never given up, only one that says 410 is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from ceasewire.items import FailureKind, FetchFailed, NotModified, Publisher

DAY_SECONDS = 86_400

# A failure that needs somebody to change something counts in full; one that passes by itself, often, counts less.
FAILURE_WEIGHTS: Mapping[FailureKind, float] = MappingProxyType(
    {
        FailureKind.GONE: 1.0,
        FailureKind.REFUSED: 1.0,
        FailureKind.MISSING: 1.0,
        FailureKind.TOO_LARGE: 1.0,
        FailureKind.BAD_REDIRECT: 1.0,
        FailureKind.BLOCKED: 1.0,
        FailureKind.NOT_A_FEED: 1.0,
        FailureKind.MALFORMED: 1.0,
        FailureKind.NETWORK: 0.5,
        FailureKind.TIMEOUT: 0.5,
        FailureKind.SERVER: 0.25,
        FailureKind.THROTTLED: 0.25,
    }
)


class SourceEvent(StrEnum):
    """What somebody must see. The last two come from `silent_since`, the rest from `next_poll`."""

    GONE = "gone"  # it said 410 and is polled no more
    MOVED = "moved"  # its address was replaced
    BROKEN = "broken"  # its failures reached `PollRules.broken_weight`
    RECOVERED = "recovered"  # broken, and read again
    EMPTIED = "emptied"  # had entries, has none now
    SILENT = "silent"  # nothing new for longer than its rhythm explains
    HEARD = "heard"  # silent, and something new came


@dataclass(frozen=True, slots=True)
class PollRules:
    """The operator's numbers; a source's options may narrow them. Intervals in seconds.

    Personal readers are asked to come once an hour at most. News of a conflict would be an hour old by then: the floor
    is five minutes, reached only while most of what a source shows is new. A server that wants less says so by
    Cache-Control, ttl or Retry-After, which are obeyed, or has `min_interval_seconds: 3600` in its row.
    """

    floor_seconds: int = 300
    ceiling_seconds: int = 21_600
    start_seconds: int = 900
    cap_seconds: int = DAY_SECONDS  # longest wait, whatever a server asks or however broken a source is
    full_seconds: int = DAY_SECONDS  # a fetch without validators at least so often
    many_known: float = 0.67  # from this share of known entries on: poll less often
    few_known: float = 0.33  # below it: more often
    longer: float = 1.25  # slowly up, fast down: a missed entry costs more than a poll
    shorter: float = 0.5
    moved_after: int = 3  # agreeing answers
    broken_weight: float = 3.0
    max_weight: float = 10.0
    ceiling_reason: str = ""  # whose ceiling it is, where not the operator's


RULES = PollRules()
OFFICIAL_CEILING_SECONDS = 3_600  # a state speaks seldom and then at once: what it says or withdraws is news itself


@dataclass(frozen=True, slots=True)
class PollState:
    """What the schedule remembers of a source between polls. The defaults are a source never polled."""

    interval_seconds: int = RULES.start_seconds  # learned
    failure_weight: float = 0.0
    failing_since_at: datetime | None = None
    moved_to: str | None = None  # where permanent redirects lead lately
    moved_count: int = 0  # how often in a row
    last_full_at: datetime | None = None  # last whole body
    ttl_seconds: int | None = None  # RSS ttl or sy:updatePeriod of the last body
    entries: int = 0  # of the last body


@dataclass(frozen=True, slots=True)
class PollRead:
    """A poll that brought a body. `known` of its `entries` were stored before.

    With `same_body` the body was byte for byte the last one and was not read again: then `entries` and `known` are
    unknown and ignored.
    """

    entries: int
    known: int
    same_body: bool = False
    max_age_seconds: int | None = None
    ttl_seconds: int | None = None
    permanent_url: str | None = None


PollOutcome = PollRead | NotModified | FetchFailed


@dataclass(frozen=True, slots=True)
class Schedule:
    """What to save of a poll. `reason` explains `next_poll_at` to a user in a sentence."""

    state: PollState
    next_poll_at: datetime
    reason: str
    disable: bool = False  # poll no more until somebody enables it
    events: tuple[SourceEvent, ...] = ()
    new_url: str | None = None  # the address to save in place of the source's; its validators stay


@dataclass(frozen=True, slots=True)
class _Wait:
    """A wait and its reason. One that was asked for is never shortened by jitter."""

    seconds: float
    reason: str
    asked: bool = False


def next_poll(
    state: PollState, outcome: PollOutcome, now: datetime, jitter: float, rules: PollRules = RULES
) -> Schedule:
    """Decide on the next poll, at `now`, when the last has ended.

    `jitter` is a random share of the wait, evenly spread in [-0.1, 0.1], that keeps sources from falling into step.
    """
    if isinstance(outcome, FetchFailed):
        return _after_failure(state, outcome, now, jitter, rules)
    after, new_url = _follow_move(state, outcome.permanent_url, rules)
    if isinstance(outcome, NotModified):
        after = _learn(after, _longer(after, rules), rules)
        wait = _learned(after, "nothing new (304)", rules)
    else:
        after, wait = _after_read(after, outcome, now, rules)
    wait = _longest(wait, *_asked(outcome.max_age_seconds, after.ttl_seconds, rules))
    events = _events(state, after, new_url is not None, rules)
    return Schedule(after, _at(now, wait, jitter, rules), wait.reason, events=events, new_url=new_url)


def rules_for(options: Mapping[str, Any], publisher: Publisher | None = None, rules: PollRules = RULES) -> PollRules:
    """The rules of one source: its options `min_interval_seconds` and `max_interval_seconds` set floor and ceiling.

    Without a ceiling of its own, an official source has a low one.
    """
    floor = round(options.get("min_interval_seconds", rules.floor_seconds))
    ceiling, reason = rules.ceiling_seconds, ""
    if "max_interval_seconds" in options:
        ceiling, reason = round(options["max_interval_seconds"]), "as its max_interval_seconds says"
    elif publisher is Publisher.STATE:
        ceiling, reason = min(ceiling, OFFICIAL_CEILING_SECONDS), "an official source"
    reason = reason if ceiling > floor else ""
    return replace(rules, floor_seconds=floor, ceiling_seconds=max(floor, ceiling), ceiling_reason=reason)


def wants_full(state: PollState, now: datetime, rules: PollRules = RULES) -> bool:
    """Whether to leave the validators out this time: some servers keep one ETag for ever.

    A time in the future (the clock was set back) counts as never.
    """
    if state.last_full_at is None:
        return True
    return not 0 <= (now - state.last_full_at).total_seconds() < rules.full_seconds


def silent_since(last_new_item_at: datetime | None, items_per_day: float, now: datetime) -> datetime | None:
    """Since when a source is silent, if that is longer than its own rhythm explains; else None.

    That is ten of its mean gaps, and at least a day, since even a wire sleeps at night. Were items to come evenly at
    random, one gap in e¹⁰ = 22,000 would be so long; of 32 real feeds with sound dates two held such a gap at all.
    A source without a rhythm yet is never silent.
    """
    if last_new_item_at is None or items_per_day <= 0:
        return None
    patience = timedelta(days=max(1.0, 10 / items_per_day))
    return last_new_item_at if now - last_new_item_at > patience else None


# --- after a failure -------------------------------------------------------------------------------------------


def _after_failure(state: PollState, failed: FetchFailed, now: datetime, jitter: float, rules: PollRules) -> Schedule:
    weight = min(state.failure_weight + FAILURE_WEIGHTS[failed.kind], rules.max_weight)
    after = replace(state, failure_weight=weight, failing_since_at=state.failing_since_at or now)
    if failed.kind is FailureKind.GONE:
        at = now + timedelta(seconds=rules.cap_seconds)
        return Schedule(after, at, "disabled: the server says it is gone (410)", True, (SourceEvent.GONE,))
    backoff = min(_bounded(state.interval_seconds, rules) * 2**weight, rules.cap_seconds)
    wait = _Wait(backoff, f"slowed to {_duration(backoff)} after failures")
    if failed.retry_after_seconds is not None:
        asked = min(failed.retry_after_seconds, rules.cap_seconds)
        reason = f"the server asked to wait {_duration(asked)} (Retry-After)"
        wait = _longest(wait, _Wait(asked, reason, asked=True))
    events = _events(state, after, False, rules)
    return Schedule(after, _at(now, wait, jitter, rules), wait.reason, events=events)


# --- after an answer -------------------------------------------------------------------------------------------


def _after_read(before: PollState, read: PollRead, now: datetime, rules: PollRules) -> tuple[PollState, _Wait]:
    state = replace(before, failure_weight=0.0, failing_since_at=None, last_full_at=now)
    state = _learn(state, state.interval_seconds, rules)  # the rules may have changed since
    if read.same_body:
        state = _learn(state, _longer(state, rules), rules)
        return state, _learned(state, "nothing new (the same body as before)", rules)
    state = replace(state, entries=read.entries, ttl_seconds=read.ttl_seconds)
    if read.entries == 0:
        return state, _Wait(state.interval_seconds, "no entries at the moment")
    if before.last_full_at is None:  # all is new to us, which says nothing of the source's pace
        return state, _Wait(state.interval_seconds, "read for the first time")
    share = min(1.0, read.known / read.entries)
    state = _learn(state, _paced(state, share, rules), rules)
    return state, _learned(state, f"{share * 100:.0f} % of entries already seen", rules)


def _learned(state: PollState, because: str, rules: PollRules) -> _Wait:
    """The learned interval; where a ceiling of the source's own keeps it short, the reason says so."""
    capped = rules.ceiling_reason and state.interval_seconds >= rules.ceiling_seconds
    limit = f"; at most {_duration(rules.ceiling_seconds)}, {rules.ceiling_reason}" if capped else ""
    return _Wait(state.interval_seconds, f"learned: {because}{limit}")


def _paced(state: PollState, share_known: float, rules: PollRules) -> float:
    if share_known >= rules.many_known:
        return _longer(state, rules)
    if share_known < rules.few_known:
        return state.interval_seconds * rules.shorter
    return state.interval_seconds


def _longer(state: PollState, rules: PollRules) -> float:
    return state.interval_seconds * rules.longer


def _learn(state: PollState, interval: float, rules: PollRules) -> PollState:
    return replace(state, interval_seconds=round(_bounded(interval, rules)))


def _bounded(interval: float, rules: PollRules) -> float:
    return min(max(interval, rules.floor_seconds), rules.ceiling_seconds)


def _asked(max_age: int | None, ttl: int | None, rules: PollRules) -> list[_Wait]:
    """The waits that server and feed ask for; asking again sooner would bring nothing new."""
    asked = ((max_age, "the answer stays fresh for {} (Cache-Control)"), (ttl, "the feed asks for {} (ttl)"))
    return [_ask(seconds, reason, rules) for seconds, reason in asked if seconds]


def _ask(seconds: int, reason: str, rules: PollRules) -> _Wait:
    seconds = min(seconds, rules.cap_seconds)
    return _Wait(seconds, reason.format(_duration(seconds)), asked=True)


def _follow_move(state: PollState, permanent_url: str | None, rules: PollRules) -> tuple[PollState, str | None]:
    """Count agreeing permanent redirects (RFC 9110 §15.4.2, §15.4.9); the address to save once they are enough."""
    if permanent_url is None:
        return replace(state, moved_to=None, moved_count=0), None
    count = state.moved_count + 1 if permanent_url == state.moved_to else 1
    if count >= rules.moved_after:
        return replace(state, moved_to=None, moved_count=0), permanent_url
    return replace(state, moved_to=permanent_url, moved_count=count), None


def _events(before: PollState, after: PollState, moved: bool, rules: PollRules) -> tuple[SourceEvent, ...]:
    was_broken = before.failure_weight >= rules.broken_weight
    is_broken = after.failure_weight >= rules.broken_weight
    happened = {
        SourceEvent.MOVED: moved,
        SourceEvent.BROKEN: is_broken and not was_broken,
        SourceEvent.RECOVERED: was_broken and not is_broken,
        SourceEvent.EMPTIED: before.entries > 0 and after.entries == 0,
    }
    return tuple(event for event, is_so in happened.items() if is_so)


# --- time ------------------------------------------------------------------------------------------------------


def _longest(*waits: _Wait) -> _Wait:
    return max(waits, key=lambda wait: wait.seconds)


def _at(now: datetime, wait: _Wait, jitter: float, rules: PollRules) -> datetime:
    """Jitter never undercuts the floor or what a server asked for."""
    seconds = wait.seconds * (1 + (abs(jitter) if wait.asked else jitter))
    least = wait.seconds if wait.asked else rules.floor_seconds
    return now + timedelta(seconds=round(min(max(seconds, least), rules.cap_seconds)))


def _duration(seconds: float) -> str:
    """A wait for people: 45 s, 15 min, 1 h, 1.5 h."""
    if seconds < 120:
        return f"{seconds:g} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f}".removesuffix(".0") + " h"
