"""Which items a source has taken out of its listing, and what must be answered before they are said to have vanished.

    listings, before and now  -find_absent->  Comparison(absent)
    the item's own address    -judge_page, judge_preview->  Answer
    Answer                    -next_step->  Step: settled, or what is asked next and when

A listing is evidence where it is in the order of time as before, and lost less than half of what it held. An item is
absent from it while older ones are still listed: it did not roll out of the window. A listing proves nothing by
itself: the item's own address has to say that it is missing, and the address of an item that is still listed, asked
next, has to answer: else the whole site has moved. The same text under another address has not vanished.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from ceasewire.errors import CeasewireError
from ceasewire.items import FailureKind, Fetched, FetchFailed, FetchOutcome, Publisher, SourceForPoll
from ceasewire.items.listing import Absent, Listed
from ceasewire.pipeline.decode import decode
from ceasewire.pipeline.entries import Reading
from ceasewire.pipeline.telegram import parse_telegram
from ceasewire.pipeline.urls import url_key

NEWEST_FIRST, OLDEST_FIRST = "newest first", "oldest first"
IN_ORDER = 0.8  # of neighbours with different times: an edited entry may jump, a list by popularity has no order
PAUSES = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=6))
PAUSES_THERE = (timedelta(days=1), timedelta(days=6))  # where it is still there: a cache may be late


def is_watched(source: SourceForPoll) -> bool:
    """Whether a source's items are missed when they are gone: official ones, unless the source's row says otherwise."""
    return bool(source.options.get("watch_vanished", source.publisher is Publisher.STATE))


# --- listings --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Comparison:
    """`evidence` False: the listing cannot be compared, keep the one before it for a while."""

    evidence: bool
    absent: tuple[Absent, ...] = ()


def find_absent(before: Sequence[Listed], now: Sequence[Listed]) -> Comparison:
    """What was in a source's listing `before` and is gone from the one of `now`, both in the order of their bodies."""
    orders = _orders(before)
    if 2 * len(now) < len(before) or (orders and not orders & _orders(now)):
        return Comparison(evidence=False)
    kept = {each.item_id for each in now} if orders else set()
    newest_first = NEWEST_FIRST in orders & _orders(now)
    stretch = _until_oldest_kept(before if newest_first else before[::-1], kept)
    gone = [place for place, each in enumerate(stretch) if each.item_id not in kept]
    if 2 * len(gone) > len(stretch):
        return Comparison(evidence=False)
    known = {each.item_id for each in before}
    fresh_texts = {each.content_hash for each in now if each.item_id not in known}
    found = [_absent(stretch, place, kept) for place in gone if stretch[place].content_hash not in fresh_texts]
    return Comparison(evidence=True, absent=tuple(each for each in found if each))


def _orders(listing: Sequence[Listed]) -> set[str]:
    """The orders that a listing may be in: none where it does not follow time, both where it shows no times."""
    pairs = [(one.published_at, other.published_at) for one, other in itertools.pairwise(listing)]
    falling, rising = sum(one > other for one, other in pairs), sum(one < other for one, other in pairs)
    counts = {NEWEST_FIRST: falling, OLDEST_FIRST: rising}
    return {order for order, count in counts.items() if count >= IN_ORDER * (falling + rising)}


def _until_oldest_kept(ordered: Sequence[Listed], kept: set[int]) -> Sequence[Listed]:
    """From the newest to the oldest that is still listed: what stood behind it may have rolled out."""
    places = [place for place, each in enumerate(ordered) if each.item_id in kept]
    return ordered[: places[-1] + 1] if places else ()


def _absent(stretch: Sequence[Listed], place: int, kept: set[int]) -> Absent | None:
    """Absent only if an item behind it is older by its date, too: a pinned one need not be."""
    missed = stretch[place]
    older = [each for each in stretch[place + 1 :] if each.item_id in kept and each.published_at <= missed.published_at]
    if missed.url is None or not older:
        return None
    return Absent(missed.item_id, next((each.url for each in older if each.url), None))


# --- answers ---------------------------------------------------------------------------------------------------


class Answer(StrEnum):
    """What an address says of the item that it names."""

    THERE = "there"
    MISSING = "missing"
    UNCLEAR = "unclear"


def judge_page(outcome: FetchOutcome, url: str) -> tuple[Answer, str]:
    """An item's own page: 404, 410 and a redirect to the site's front page say that it is missing."""
    if isinstance(outcome, FetchFailed):
        missing = outcome.kind in (FailureKind.MISSING, FailureKind.GONE)
        return (Answer.MISSING if missing else Answer.UNCLEAR), outcome.reason
    if isinstance(outcome, Fetched) and url_key(outcome.url) is None and url_key(url) is not None:
        return Answer.MISSING, "its address leads to the front page"
    return Answer.THERE, "its own address still answers"


def judge_preview(outcome: FetchOutcome, post_id: str) -> tuple[Answer, str]:
    """The preview page of a channel up to a message: older ones without it say that it is missing."""
    if not isinstance(outcome, Fetched):
        return Answer.UNCLEAR, outcome.reason if isinstance(outcome, FetchFailed) else "no page came"
    try:
        reading = Reading(outcome.url, outcome.fetched_at)
        parsed = parse_telegram(decode(outcome.body, outcome.content_type), reading)
    except CeasewireError as error:
        return Answer.UNCLEAR, error.message
    if any(entry.post_id == post_id for entry in parsed.entries):
        return Answer.THERE, "the channel still shows it"
    return Answer.MISSING, f"the channel shows {len(parsed.entries)} messages before it, and not this one"


class Outcome(StrEnum):
    """How a question about an item was settled."""

    VANISHED = "vanished"
    THERE = "there"  # listed no more, but still at its own address
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Step:
    """What follows from an answer. `outcome` None: the question is asked again after `pause`, or `control` next."""

    outcome: Outcome | None
    pause: timedelta = timedelta(0)
    control: bool = False


def next_step(answer: Answer, asked: int, *, has_control: bool, of_control: bool) -> Step:
    """What to do after the `asked`-th answer, which came from the item's own address or from the control's."""
    if of_control and answer is Answer.THERE:
        return Step(Outcome.VANISHED)
    if answer is Answer.MISSING and not of_control:
        return Step(None, control=True) if has_control else Step(Outcome.VANISHED)
    there = answer is Answer.THERE
    pauses = PAUSES_THERE if there else PAUSES
    if asked > len(pauses):
        return Step(Outcome.THERE if there else Outcome.UNCLEAR)
    return Step(None, pauses[asked - 1])
