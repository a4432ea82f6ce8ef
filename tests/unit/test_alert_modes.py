"""The modes that look back: when they look, and what they find."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from ceasewire.items import Mode
from ceasewire.pipeline.options import DigestOptions, SilenceOptions, SpikeOptions, WrongFields, parse_options
from ceasewire.pipeline.silence import find_silences, to_tell
from ceasewire.pipeline.spike import (
    Report,
    find_spike,
    independent_sources,
    is_cooling,
    reference_windows,
    upper_limit,
)
from ceasewire.pipeline.timing import next_digest_at

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)  # a Tuesday
HOUR = timedelta(hours=1)
LONG_AGO = NOW - timedelta(weeks=52)


def report(hours_ago: float, source: str = "a", item_id: int = 0, first_copy: int | None = None) -> Report:
    number = item_id or round(hours_ago * 1000) + hash(source) % 97
    return Report(NOW - hours_ago * HOUR, number, source, f"side of {source}", first_copy or number)


# --- digests ---------------------------------------------------------------------------------------------------


def daily(at: str, timezone: str) -> DigestOptions:
    return DigestOptions("day", at, timezone)


@pytest.mark.parametrize(
    ("options", "after", "expected"),
    [
        (DigestOptions("hour"), "2026-03-10T12:00:00", "2026-03-10T13:00"),
        (DigestOptions("hour"), "2026-03-10T12:59:59", "2026-03-10T13:00"),
        (daily("08:00", "Asia/Yerevan"), "2026-03-10T03:59:59", "2026-03-10T04:00"),
        (daily("08:00", "Asia/Yerevan"), "2026-03-10T04:00:00", "2026-03-11T04:00"),
        (daily("00:30", "America/New_York"), "2026-01-10T05:29:00", "2026-01-10T05:30"),
        # the clock goes forward on 29 March 2026 at 02:00 in Berlin, and back on 25 October at 03:00
        (daily("08:00", "Europe/Berlin"), "2026-03-28T12:00:00", "2026-03-29T06:00"),
        (daily("02:30", "Europe/Berlin"), "2026-03-28T12:00:00", "2026-03-29T01:30"),  # 03:30, since 02:30 is not
        (daily("02:30", "Europe/Berlin"), "2026-03-29T01:30:00", "2026-03-30T00:30"),
        (daily("02:30", "Europe/Berlin"), "2026-10-24T12:00:00", "2026-10-25T00:30"),  # the first of two
        (daily("02:30", "Europe/Berlin"), "2026-10-25T00:30:00", "2026-10-26T01:30"),  # and not the second
    ],
)
def test_the_next_digest(options: DigestOptions, after: str, expected: str) -> None:
    found = next_digest_at(options, datetime.fromisoformat(after).replace(tzinfo=UTC))
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_year_has_as_many_digests_as_days() -> None:
    at, times = datetime(2026, 1, 1, tzinfo=UTC), []
    while at < datetime(2027, 1, 1, tzinfo=UTC):
        at = next_digest_at(daily("02:30", "Europe/Berlin"), at)
        times.append(at)
    assert len({time.astimezone(daily("02:30", "Europe/Berlin").zone).date() for time in times}) == len(times) == 366


# --- spikes ----------------------------------------------------------------------------------------------------


def test_an_even_flow_has_a_limit_above_its_own_noise() -> None:
    rng = random.Random(4)
    exceeded = 0
    for _ in range(2000):
        counts = [sum(rng.random() < 0.1 for _ in range(50)) for _ in range(13)]
        exceeded += counts[0] > upper_limit(counts[1:])[1]
    assert exceeded < 2000 * 0.02


def test_a_past_peak_does_not_hide_the_next_one() -> None:
    even = [10, 12, 9, 11, 8, 10, 13, 9, 10, 12, 11, 10]
    assert upper_limit([*even[:7], 90, *even[8:]])[1] < 25


def test_a_topic_that_never_was_is_no_spike_with_its_first_item() -> None:
    assert upper_limit([0] * 12)[1] > 1


def test_references_are_the_same_hours_of_the_past_weeks() -> None:
    windows = reference_windows(SpikeOptions(window_hours=2, weeks=2), NOW, LONG_AGO)
    week = timedelta(weeks=1)
    assert (NOW - week - 2 * HOUR, NOW - week) in windows
    assert len(windows) == 6
    assert all(NOW - 2 * week - 4 * HOUR <= start and end <= NOW - week + 2 * HOUR for start, end in windows)


def test_a_young_store_is_compared_with_its_last_days() -> None:
    options = SpikeOptions(window_hours=3)
    windows = reference_windows(options, NOW, NOW - timedelta(days=2))
    assert len(windows) == 15
    assert all(NOW - timedelta(days=2) <= start and end <= NOW - 3 * HOUR for start, end in windows)
    assert reference_windows(options, NOW, None) == []


QUIET = [report(week * 168 + n * 0.5, "abc"[n % 3]) for week in (1, 2, 3, 4) for n in range(6)]
LOUD = [report(n * 0.1, f"s{n % 4}") for n in range(25)]


def test_a_spike_is_told_with_its_baseline() -> None:
    spike = find_spike(SpikeOptions(), sorted(QUIET + LOUD), LONG_AGO, NOW)
    assert spike is not None
    assert (len(spike.reports), spike.sources) == (25, ("s0", "s1", "s2", "s3"))
    assert spike.expected < 3 < spike.limit < 25
    assert find_spike(SpikeOptions(), sorted(QUIET), LONG_AGO, NOW) is None
    assert find_spike(SpikeOptions(), sorted(QUIET + LOUD), LONG_AGO, NOW - timedelta(hours=3)) is None


def test_a_spike_needs_independent_sources() -> None:
    copied = [report(n * 0.1, f"s{n % 4}", item_id=500 + n, first_copy=524) for n in range(25)]
    assert independent_sources(sorted(copied)) == ("s0",)
    assert find_spike(SpikeOptions(), sorted(QUIET + copied), LONG_AGO, NOW) is None
    assert find_spike(SpikeOptions(min_sources=1), sorted(QUIET + copied), LONG_AGO, NOW) is not None


def test_too_little_history_says_nothing() -> None:
    assert find_spike(SpikeOptions(), sorted(LOUD), NOW - timedelta(hours=12), NOW) is None


def test_after_a_spike_comes_a_pause() -> None:
    options = SpikeOptions(cooldown_hours=6)
    assert is_cooling(options, NOW - timedelta(hours=5.9), NOW)
    assert not is_cooling(options, NOW - timedelta(hours=6), NOW)
    assert not is_cooling(options, None, NOW)


# --- silences --------------------------------------------------------------------------------------------------

WATCH = SilenceOptions(hours=6, sources=("a",), sides=("side of b",), min_others=3)


def test_silent_is_who_says_nothing_while_others_do() -> None:
    heard = [report(7, "a"), report(5, "c"), report(4, "d"), report(3, "c"), report(1, "b")]
    [silence] = find_silences(WATCH, sorted(heard), NOW)
    assert (silence.watched, silence.others, silence.other_sources) == ("source:a", 4, ("b", "c", "d"))


def test_when_nobody_speaks_nobody_is_silent() -> None:
    assert find_silences(WATCH, [report(5, "c"), report(4, "d")], NOW) == []


def test_a_silence_is_told_once_until_it_is_over() -> None:
    heard = sorted([report(5, "c"), report(4, "d"), report(3, "c"), report(1, "b")])
    fresh, told = to_tell(find_silences(WATCH, heard, NOW), (), heard)
    assert ([one.watched for one in fresh], told) == (["source:a"], ["source:a"])
    assert to_tell(find_silences(WATCH, heard, NOW), told, heard) == ([], ["source:a"])
    broken = sorted([*heard, report(0.5, "a")])
    assert to_tell(find_silences(WATCH, broken, NOW), told, broken) == ([], [])


# --- options ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "given", "fault"),
    [
        (Mode.INSTANT, {"every": "day"}, "options.every: the mode instant has no such option; it takes none"),
        (Mode.DIGEST, {"every": "week"}, "options.every: 'week' is not hour or day"),
        (Mode.DIGEST, {"at": "8:00"}, "options.at: '8:00' is not a time of day"),
        (Mode.DIGEST, {"at": "24:00"}, "options.at"),
        (Mode.DIGEST, {"timezone": "Asia/Stepanakert"}, "options.timezone: 'Asia/Stepanakert' is not an IANA"),
        (Mode.DIGEST, {"timezone": "../etc/passwd"}, "options.timezone"),
        (Mode.SPIKE, {"weeks": 0}, "options.weeks: 0 is not a whole number from 1 to 12"),
        (Mode.SPIKE, {"min_sources": True}, "options.min_sources"),
        (Mode.SPIKE, {"window": 3}, "options.window: the mode spike has no such option; it takes window_hours"),
        (Mode.SILENCE, {"hours": 6}, "options.sources: name at least one source or side"),
        (Mode.SILENCE, {"sides": "russia"}, "options.sides: 'russia' is not a list of sides"),
        (Mode.SOURCE_TROUBLE, {"events": ["source_sad"]}, "options.events"),
        (Mode.SOURCE_TROUBLE, {"events": []}, "options.events"),
    ],
)
def test_a_wrong_option_is_named(mode: Mode, given: dict[str, object], fault: str) -> None:
    with pytest.raises(WrongFields) as error:
        parse_options(mode, given)
    assert fault in str(error.value)
