"""When a source is polled next, and what a user is told of it."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceasewire.items import FailureKind, FetchFailed, NotModified, Publisher
from ceasewire.pipeline.schedule import (
    DAY_SECONDS,
    FAILURE_WEIGHTS,
    PollOutcome,
    PollRead,
    PollRules,
    PollState,
    Schedule,
    SourceEvent,
    next_poll,
    rules_for,
    silent_since,
    wants_full,
)

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
KNOWN = PollState(last_full_at=NOW - timedelta(hours=1), entries=20)
NEW_URL = "https://gazette.example/feed"


def failure(kind: FailureKind, retry_after: int | None = None) -> FetchFailed:
    return FetchFailed(kind, "the server failed (503)", 503, retry_after, NOW, 0.1)


def not_modified(max_age: int | None = None, permanent_url: str | None = None) -> NotModified:
    return NotModified('"1"', None, max_age, NOW, 0.1, permanent_url)


def read(known: int, entries: int = 20, **more: object) -> PollRead:
    return replace(PollRead(entries, known), **more)  # type: ignore[arg-type]


def seconds_until(schedule: Schedule) -> float:
    return (schedule.next_poll_at - NOW).total_seconds()


def decide(state: PollState, *outcomes: PollOutcome, rules: PollRules | None = None) -> Schedule:
    """The schedule after these outcomes, one after the other."""
    for outcome in outcomes:
        schedule = next_poll(state, outcome, NOW, 0.0, rules or PollRules())
        state = schedule.state
    return schedule


class TestLearning:
    """The interval follows the share of entries that were known before."""

    def test_a_first_read_teaches_nothing(self) -> None:
        schedule = decide(PollState(), read(known=0))
        assert seconds_until(schedule) == 900
        assert schedule.state.interval_seconds == 900
        assert schedule.reason == "read for the first time"

    @pytest.mark.parametrize(
        ("known", "interval"), [(100, 1125), (67, 1125), (66, 900), (33, 900), (32, 450), (0, 450), (120, 1125)]
    )
    def test_share_of_a_hundred(self, known: int, interval: int) -> None:
        schedule = decide(KNOWN, read(known, entries=100))
        assert seconds_until(schedule) == schedule.state.interval_seconds == interval

    def test_the_reason_says_the_share(self) -> None:
        assert decide(KNOWN, read(16)).reason == "learned: 80 % of entries already seen"

    def test_it_never_leaves_floor_and_ceiling(self) -> None:
        assert seconds_until(decide(KNOWN, *[read(0)] * 20)) == 300
        assert seconds_until(decide(KNOWN, *[read(20)] * 40)) == 21_600

    def test_floor_and_ceiling_are_the_operators(self) -> None:
        rules = PollRules(floor_seconds=60, ceiling_seconds=3600)
        assert seconds_until(decide(KNOWN, *[read(0)] * 20, rules=rules)) == 60
        assert seconds_until(decide(KNOWN, *[read(20)] * 40, rules=rules)) == 3600

    def test_nothing_new_is_all_known(self) -> None:
        for outcome in (not_modified(), read(0, 0, same_body=True)):
            schedule = decide(KNOWN, outcome)
            assert seconds_until(schedule) == 1125
            assert schedule.reason.startswith("learned: nothing new")

    def test_the_same_body_keeps_what_the_last_reading_said(self) -> None:
        state = replace(KNOWN, ttl_seconds=7200)
        after = decide(state, read(0, 0, same_body=True)).state
        assert (after.entries, after.ttl_seconds) == (20, 7200)


class TestSourceOptions:
    """A source's own floor and ceiling."""

    def test_they_replace_the_rules(self) -> None:
        rules = rules_for({"min_interval_seconds": 1200, "max_interval_seconds": 2400})
        assert (rules.floor_seconds, rules.ceiling_seconds) == (1200, 2400)
        assert seconds_until(decide(PollState(), read(0), rules=rules)) == 1200
        assert seconds_until(decide(replace(KNOWN, interval_seconds=9000), read(10), rules=rules)) == 2400

    def test_a_floor_above_the_ceiling_lifts_it(self) -> None:
        assert rules_for({"min_interval_seconds": 43_200}).ceiling_seconds == 43_200

    def test_without_options_nothing_changes(self) -> None:
        assert rules_for({"full_text": True}, Publisher.WIRE) == PollRules()

    def test_an_official_source_is_asked_once_an_hour_at_least_and_says_why(self) -> None:
        schedule = decide(replace(KNOWN, interval_seconds=3500), not_modified(), rules=rules_for({}, Publisher.STATE))
        assert seconds_until(schedule) == 3600
        assert schedule.reason == "learned: nothing new (304); at most 1 h, an official source"
        assert "at most" not in decide(KNOWN, not_modified(), rules=rules_for({}, Publisher.STATE)).reason

    def test_its_own_ceiling_is_above_that_of_official_sources(self) -> None:
        rules = rules_for({"max_interval_seconds": 7200}, Publisher.STATE)
        schedule = decide(replace(KNOWN, interval_seconds=9000), read(10), rules=rules)
        assert seconds_until(schedule) == 7200
        assert schedule.reason.endswith("at most 2 h, as its max_interval_seconds says")

    def test_a_floor_keeps_an_official_source_slow(self) -> None:
        rules = rules_for({"min_interval_seconds": 7200}, Publisher.STATE)
        assert (rules.ceiling_seconds, rules.ceiling_reason) == (7200, "")


class TestAsked:
    """What server and feed ask for comes on top of what was learned."""

    @pytest.mark.parametrize("outcome", [read(10, max_age_seconds=3600), not_modified(max_age=3600)])
    def test_max_age(self, outcome: PollOutcome) -> None:
        schedule = decide(KNOWN, outcome)
        assert seconds_until(schedule) == 3600
        assert schedule.reason == "the answer stays fresh for 1 h (Cache-Control)"

    def test_ttl_is_remembered_over_a_304(self) -> None:
        for outcomes in ([read(10, ttl_seconds=5400)], [read(10, ttl_seconds=5400), not_modified()]):
            schedule = decide(KNOWN, *outcomes)
            assert seconds_until(schedule) == 5400
            assert schedule.reason == "the feed asks for 1.5 h (ttl)"

    def test_the_longest_wins_and_the_interval_is_learned_beside_it(self) -> None:
        schedule = decide(KNOWN, read(20, max_age_seconds=3000, ttl_seconds=7200))
        assert seconds_until(schedule) == 7200
        assert schedule.state.interval_seconds == 1125

    @pytest.mark.parametrize("max_age", [0, 60, None])
    def test_less_than_learned_changes_nothing(self, max_age: int | None) -> None:
        assert seconds_until(decide(KNOWN, read(10, max_age_seconds=max_age))) == 900

    def test_a_day_is_the_most(self) -> None:
        for outcome in (read(10, max_age_seconds=10**9), read(10, ttl_seconds=10**9), not_modified(10**9)):
            assert seconds_until(decide(KNOWN, outcome)) == DAY_SECONDS


class TestFailures:
    """A broken source is slowed and never given up."""

    @pytest.mark.parametrize(
        ("kind", "weight"),
        [
            (FailureKind.MISSING, 1.0),
            (FailureKind.MALFORMED, 1.0),
            (FailureKind.BLOCKED, 1.0),
            (FailureKind.TIMEOUT, 0.5),
            (FailureKind.NETWORK, 0.5),
            (FailureKind.SERVER, 0.25),
            (FailureKind.THROTTLED, 0.25),
        ],
    )
    def test_weight_by_kind(self, kind: FailureKind, weight: float) -> None:
        schedule = decide(KNOWN, failure(kind))
        assert schedule.state.failure_weight == weight
        assert seconds_until(schedule) == pytest.approx(900 * 2**weight, abs=1)
        assert re.fullmatch(r"slowed to \d+ (s|min) after failures", schedule.reason)

    def test_every_kind_has_a_weight(self) -> None:
        assert FAILURE_WEIGHTS.keys() == set(FailureKind)

    def test_it_goes_on_at_least_daily_for_ever(self) -> None:
        schedule = decide(KNOWN, *[failure(FailureKind.MISSING)] * 100)
        assert seconds_until(schedule) == DAY_SECONDS
        assert not schedule.disable

    def test_since_when_is_remembered(self) -> None:
        first = decide(KNOWN, failure(FailureKind.SERVER)).state
        later = next_poll(first, failure(FailureKind.SERVER), NOW + timedelta(hours=1), 0.0).state
        assert later.failing_since_at == NOW

    def test_what_was_learned_stays(self) -> None:
        assert decide(replace(KNOWN, interval_seconds=450), failure(FailureKind.SERVER)).state.interval_seconds == 450

    def test_a_body_clears_it(self) -> None:
        for outcome in (read(10), read(0, entries=0), read(0, 0, same_body=True)):
            after = decide(KNOWN, failure(FailureKind.MISSING), outcome).state
            assert (after.failure_weight, after.failing_since_at) == (0.0, None)

    def test_a_304_does_not(self) -> None:
        after = decide(KNOWN, failure(FailureKind.MISSING), not_modified()).state
        assert (after.failure_weight, after.failing_since_at) == (1.0, NOW)

    @pytest.mark.parametrize(
        ("retry_after", "waits", "said"),
        [(3600, 3600, "1 h"), (2700, 2700, "45 min"), (10**6, DAY_SECONDS, "24 h")],
    )
    def test_retry_after(self, retry_after: int, waits: int, said: str) -> None:
        schedule = decide(KNOWN, failure(FailureKind.THROTTLED, retry_after))
        assert seconds_until(schedule) == waits
        assert schedule.reason == f"the server asked to wait {said} (Retry-After)"

    def test_a_short_retry_after_does_not_hurry(self) -> None:
        assert seconds_until(decide(KNOWN, failure(FailureKind.THROTTLED, 5))) >= 900

    def test_gone_disables_and_says_so(self) -> None:
        schedule = decide(KNOWN, failure(FailureKind.GONE))
        assert schedule.disable
        assert schedule.events == (SourceEvent.GONE,)
        assert schedule.next_poll_at > NOW
        assert "410" in schedule.reason


class TestMoves:
    """A permanent redirect is saved after three answers that agree."""

    def test_three_agree(self) -> None:
        moved = read(20, permanent_url=NEW_URL)
        assert [decide(KNOWN, *[moved] * count).new_url for count in (1, 2, 3)] == [None, None, NEW_URL]
        schedule = decide(KNOWN, moved, moved, moved)
        assert schedule.events == (SourceEvent.MOVED,)
        assert (schedule.state.moved_to, schedule.state.moved_count) == (None, 0)

    def test_a_304_at_the_new_address_counts(self) -> None:
        assert decide(KNOWN, *[not_modified(permanent_url=NEW_URL)] * 3).new_url == NEW_URL

    def test_another_target_starts_anew(self) -> None:
        other = read(20, permanent_url="https://elsewhere.example/")
        moved = read(20, permanent_url=NEW_URL)
        assert decide(KNOWN, moved, moved, other).new_url is None
        assert decide(KNOWN, moved, moved, other, moved, moved).new_url is None

    def test_an_answer_at_the_old_address_forgets(self) -> None:
        moved = read(20, permanent_url=NEW_URL)
        assert decide(KNOWN, moved, moved, read(20), moved, moved).new_url is None

    def test_a_failure_between_does_not(self) -> None:
        moved = read(20, permanent_url=NEW_URL)
        assert decide(KNOWN, moved, moved, failure(FailureKind.TIMEOUT), moved).new_url == NEW_URL


class TestEvents:
    """What somebody must see, once each."""

    def test_broken_once_and_recovered_once(self) -> None:
        missing = failure(FailureKind.MISSING)
        outcomes: list[PollOutcome] = [missing, missing, missing, missing, read(20), read(20)]
        events = [decide(KNOWN, *outcomes[: count + 1]).events for count in range(len(outcomes))]
        assert events == [(), (), (SourceEvent.BROKEN,), (), (SourceEvent.RECOVERED,), ()]

    def test_a_passing_trouble_is_no_news(self) -> None:
        assert decide(KNOWN, *[failure(FailureKind.SERVER)] * 3, read(20)).events == ()

    def test_emptied_once_and_not_broken(self) -> None:
        empty = read(0, entries=0)
        first, second = decide(KNOWN, empty), decide(KNOWN, empty, empty)
        assert (first.events, second.events) == ((SourceEvent.EMPTIED,), ())
        assert first.state.failure_weight == 0
        assert seconds_until(first) == 900
        assert first.reason == "no entries at the moment"

    def test_a_feed_that_was_always_empty_is_no_news(self) -> None:
        assert decide(PollState(), read(0, entries=0)).events == ()

    def test_two_at_once_are_both_told(self) -> None:
        broken = replace(KNOWN, failure_weight=4.0, failing_since_at=NOW)
        assert decide(broken, read(0, entries=0)).events == (SourceEvent.RECOVERED, SourceEvent.EMPTIED)


class TestFull:
    """A fetch without validators once a day."""

    @pytest.mark.parametrize(
        ("last", "wanted"),
        [
            (None, True),
            (timedelta(hours=23, minutes=59), False),
            (timedelta(hours=24), True),
            (timedelta(0), False),
            (timedelta(hours=-1), True),  # the clock was set back
        ],
    )
    def test_wanted(self, last: timedelta | None, wanted: bool) -> None:
        state = replace(KNOWN, last_full_at=None if last is None else NOW - last)
        assert wants_full(state, NOW) is wanted

    def test_any_body_is_one_and_a_304_is_none(self) -> None:
        old = replace(KNOWN, last_full_at=NOW - timedelta(days=3))
        assert not wants_full(decide(old, read(20)).state, NOW)
        assert not wants_full(decide(old, read(0, 0, same_body=True)).state, NOW)
        assert wants_full(decide(old, not_modified()).state, NOW)
        assert wants_full(decide(old, failure(FailureKind.SERVER)).state, NOW)


class TestSilence:
    """A source against its own rhythm."""

    @pytest.mark.parametrize(
        ("items_per_day", "hours", "silent"),
        [
            (500.0, 23, False),  # a wire's quiet night
            (500.0, 25, True),
            (5.0, 47, False),  # a president's weekend
            (5.0, 49, True),
            (0.5, 19 * 24, False),
            (0.5, 21 * 24, True),
            (0.0, 10_000, False),  # no rhythm known
        ],
    )
    def test_against_its_own_rhythm(self, items_per_day: float, hours: float, silent: bool) -> None:
        since = NOW - timedelta(hours=hours)
        assert silent_since(since, items_per_day, NOW) == (since if silent else None)

    def test_a_source_without_items_is_not(self) -> None:
        assert silent_since(None, 5.0, NOW) is None


class TestJitter:
    """Sources that started together drift apart."""

    def test_ten_percent_either_way(self) -> None:
        waits = [seconds_until(next_poll(KNOWN, read(10), NOW, jitter)) for jitter in (-0.1, 0.0, 0.1)]
        assert waits == [810, 900, 990]

    def test_what_was_asked_for_is_never_undercut(self) -> None:
        waits = [seconds_until(next_poll(KNOWN, read(10, max_age_seconds=3600), NOW, j)) for j in (-0.1, 0.0, 0.1)]
        assert waits == [3960, 3600, 3960]


OUTCOMES = st.one_of(
    st.builds(failure, st.sampled_from(FailureKind), st.none() | st.integers(0, 10**7)),
    st.builds(not_modified, st.none() | st.integers(0, 10**7), st.none() | st.just(NEW_URL)),
    st.builds(
        PollRead,
        entries=st.integers(0, 2000),
        known=st.integers(0, 2000),
        same_body=st.booleans(),
        max_age_seconds=st.none() | st.integers(0, 10**7),
        ttl_seconds=st.none() | st.integers(0, 10**7),
        permanent_url=st.none() | st.just(NEW_URL),
    ),
)


@given(st.lists(st.tuples(OUTCOMES, st.floats(-0.1, 0.1)), min_size=1, max_size=30))
def test_whatever_happens_the_next_poll_is_within_a_day(history: list[tuple[PollOutcome, float]]) -> None:
    state = PollState()
    for outcome, jitter in history:
        schedule = next_poll(state, outcome, NOW, jitter)
        state = schedule.state
        assert 300 <= seconds_until(schedule) <= DAY_SECONDS
        assert 300 <= state.interval_seconds <= 21_600
        assert 0 <= state.failure_weight <= 10
        assert schedule.reason
