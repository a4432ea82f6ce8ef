"""Evaluate: the subscriptions that the clock sets off: digests, spikes, silences, trouble of sources.

What a mode looks at is read first, without a lock. Taking the run, what it says and what it remembers are then one
transaction: a run happens once, whoever is killed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ceasewire.items import AlertKind, AlertState, Mode
from ceasewire.lookback import failing_sources, last_heard, list_reports, list_troubles, reports_for_spike
from ceasewire.pipeline.notice import Body, digest_body, silence_body, spike_body, trouble_body
from ceasewire.pipeline.options import ModeOptions, SilenceOptions, SpikeOptions, TroubleOptions, parse_options
from ceasewire.pipeline.query import AlertQuery, parse_query
from ceasewire.pipeline.silence import find_silences, to_tell
from ceasewire.pipeline.spike import find_spike, is_cooling
from ceasewire.pipeline.timing import next_run_at
from ceasewire.store import events, outbox, subjects, subscriptions
from ceasewire.store.session import Session, Store
from ceasewire.store.sources import list_sources
from ceasewire.store.subscriptions import SubscriptionView

LATE_EVENTS = timedelta(hours=1)  # an event may be committed long after the time that it bears


@dataclass(frozen=True, slots=True)
class Look:
    """One look of a subscription's mode at what is stored."""

    session: Session
    view: SubscriptionView
    query: AlertQuery
    now: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """Notices by what they are about, and what the mode remembers until its next run; None: as before."""

    notices: Mapping[str, tuple[AlertKind, Body]] = field(default_factory=dict)
    progress: Mapping[str, object] | None = None


def evaluate_subscription(store: Store, clock: Callable[[], datetime], subscription_id: str) -> Sequence[int]:
    """Look once; returns the new alerts. Does nothing when it is not due or somebody else has looked."""
    now = clock()
    with store.read() as session:
        view = subscriptions.get_subscription(session, subscription_id)
        if view is None or view.next_run_at is None or view.next_run_at > now:
            return ()
        try:
            options = parse_options(Mode(view.mode), view.options)
            look = Look(session, view, parse_query(view.query, may_be_empty=True), now)
        except ValueError as error:
            _pause_invalid(store, view, error, now)
            return ()
        found = _look(look, options)
    with store.write() as session:
        if not subscriptions.claim_run(session, view.id, view.next_run_at, next_run_at(options, now), now):
            return ()
        if view.mode == Mode.DIGEST:
            return send_digest(session, view, now)
        return _tell(session, view, found, now)


def _pause_invalid(store: Store, view: SubscriptionView, error: ValueError, now: datetime) -> None:
    """A subscriber who gets nothing must see why."""
    reason = f"it is invalid: {error}"
    with store.write() as session:
        subscriptions.pause_subscription(session, view.id, reason, now)
        events.insert_event(session, "subscription_invalid", view.id, reason, now)


def _tell(session: Session, view: SubscriptionView, found: Found, now: datetime) -> list[int]:
    if found.progress is not None:
        subscriptions.save_progress(session, view.id, found.progress)
    told = [
        outbox.insert_notice(session, view.id, kind, f"{kind}:{about}", body, now)
        for about, (kind, body) in found.notices.items()
    ]
    return [alert for alert in told if alert is not None]


def send_digest(session: Session, view: SubscriptionView, now: datetime) -> list[int]:
    """All that was collected goes with one alert; nothing collected, nothing sent."""
    count = outbox.count_collected(session, view.id)
    since = _time(view.progress.get("told_at")) or view.created_at
    body = digest_body(view.name, count, since, now)
    notices = {now.isoformat(): (AlertKind.DIGEST, body)} if count else {}
    told = _tell(session, view, Found(notices, {"told_at": now.isoformat()}), now)
    for carrier in told:
        outbox.carry_alerts(session, view.id, carrier, AlertState.COLLECTED)
    return told


def _look(look: Look, options: ModeOptions) -> Found:
    match options:
        case SpikeOptions():
            return _spike(look, options)
        case SilenceOptions():
            return _silence(look, options)
        case TroubleOptions():
            return _trouble(look, options)
        case _:
            return Found()


def _spike(look: Look, options: SpikeOptions) -> Found:
    if is_cooling(options, _time(look.view.progress.get("told_at")), look.now):
        return Found()
    history_since = subjects.stored_since(look.session)
    reports = reports_for_spike(look.session, look.query, options, history_since, look.now)
    spike = find_spike(options, reports, history_since, look.now)
    if spike is None:
        return Found()
    body = spike_body(look.view.name, spike, options)
    return Found({look.now.isoformat(): (AlertKind.SPIKE, body)}, {"told_at": look.now.isoformat()})


def _silence(look: Look, options: SilenceOptions) -> Found:
    reports = list_reports(look.session, look.query, look.now - timedelta(hours=options.hours), look.now)
    silences = find_silences(options, reports, look.now)
    fresh, told = to_tell(silences, look.view.progress.get("told", ()), reports)
    if fresh:
        last = last_heard(look.session, look.query, options, look.now)
        fresh = [replace(one, since=last[one.watched]) for one in fresh]
    statuses = list_sources(look.session) if fresh else []
    notices = {
        f"{one.watched}:{look.now.isoformat()}": (
            AlertKind.SILENCE,
            silence_body(look.view.name, one, options, failing_sources(statuses, one.watched)),
        )
        for one in fresh
    }
    return Found(notices, {"told": told})


def _trouble(look: Look, options: TroubleOptions) -> Found:
    """Events since the last look, read again over the last hour: each is told once, by its id."""
    looked_at = _time(look.view.progress.get("looked_at")) or look.view.created_at
    since = max(looked_at - LATE_EVENTS, look.view.created_at)
    troubles = list_troubles(look.session, look.query, options, since, look.now)
    told = set(look.view.progress.get("told", ()))
    fresh = [one for one in troubles if one.id not in told]
    progress = {"looked_at": look.now.isoformat(), "told": [one.id for one in troubles]}
    if not fresh:
        return Found(progress=progress)
    about = f"{fresh[0].id}-{fresh[-1].id}:{len(fresh)}"
    return Found({about: (AlertKind.SOURCE_TROUBLE, trouble_body(look.view.name, fresh))}, progress)


def _time(stored: object) -> datetime | None:
    return datetime.fromisoformat(str(stored)) if stored else None
