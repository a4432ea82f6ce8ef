"""Timing: when a subscription is looked at next. A day's digest keeps its local time when the clock is changed."""

from datetime import UTC, datetime, timedelta

from ceasewire.pipeline.options import DigestOptions, InstantOptions, ModeOptions, TroubleOptions

HOUR = timedelta(hours=1)
LOOK_BACK_EVERY = timedelta(minutes=10)  # spike and silence
LISTEN_EVERY = timedelta(seconds=30)  # source trouble: events that come together make one alert
UPDATES_APART = timedelta(minutes=10)  # copies of one report come by the dozen: each update tells of all since the last


def first_run_at(options: ModeOptions, now: datetime) -> datetime | None:
    """When a new subscription is looked at first; None for a mode that items themselves set off."""
    if isinstance(options, InstantOptions):
        return None
    return next_run_at(options, now) if isinstance(options, DigestOptions) else now


def next_run_at(options: ModeOptions, now: datetime) -> datetime:
    """When a subscription is looked at after `now`, aware UTC."""
    if isinstance(options, DigestOptions):
        return next_digest_at(options, now)
    return now + (LISTEN_EVERY if isinstance(options, TroubleOptions) else LOOK_BACK_EVERY)


def next_digest_at(options: DigestOptions, after: datetime) -> datetime:
    """The first time of a digest after `after`, aware UTC.

    A local time that the change of the clock leaves out is taken as far after the change as it lay in the gap, and
    of one that comes twice the first (PEP 495, fold=0): every day has exactly one.
    """
    if options.every == "hour":
        return after.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + HOUR
    zone, at = options.zone, options.local_time
    day = after.astimezone(zone).date() - timedelta(days=1)
    while True:
        day += timedelta(days=1)
        goes_at = datetime.combine(day, at, zone).astimezone(UTC)
        if goes_at > after:
            return goes_at


def next_update_at(last_at: datetime | None, now: datetime) -> datetime:
    """When an update about copies goes, where the one before it went, or goes, at `last_at`."""
    return now if last_at is None else max(now, last_at + UPDATES_APART)
