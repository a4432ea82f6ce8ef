"""Backtest: what a subscription would have sent in the last days, by the same decisions that the service takes.

The clock is played over what is stored. Edits are not played: what an item said before is kept, but not its tags.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from textwrap import shorten

from ceasewire.items import AlertKind, Copies
from ceasewire.lookback import Match, list_matches, list_reports, list_troubles
from ceasewire.pipeline.notice import Trouble, digest_body, silence_body, spike_body, trouble_body
from ceasewire.pipeline.options import DigestOptions, SilenceOptions, SpikeOptions, TroubleOptions
from ceasewire.pipeline.silence import find_silences, to_tell
from ceasewire.pipeline.spike import find_spike, is_cooling, reports_in
from ceasewire.pipeline.subscription import Subscription
from ceasewire.pipeline.timing import LISTEN_EVERY, LOOK_BACK_EVERY, next_digest_at, next_update_at
from ceasewire.store.session import Session
from ceasewire.store.subjects import SubjectFacts, stored_since
from ceasewire.store.views import ItemQuery

LONGEST = 30  # days
TITLE = 160  # characters


@dataclass(frozen=True, slots=True)
class WouldSend:
    """An alert that would have been sent. `copies` of it came later; the reasons of a digest are its headlines."""

    at: datetime
    kind: AlertKind
    headline: str
    reasons: Sequence[str]
    item_id: int | None
    copies: int = 0


@dataclass(frozen=True, slots=True)
class Backtest:
    """All alerts of the days, oldest first, and how many each day (UTC) would have had, days without any too."""

    since: datetime
    until: datetime
    alerts: Sequence[WouldSend]

    @property
    def per_day(self) -> Mapping[str, int]:
        """Alerts by day."""
        sent = Counter(alert.at.astimezone(UTC).date() for alert in self.alerts)
        days = (self.until.date() - self.since.date()).days
        return {str(day): sent[day] for day in (self.since.date() + timedelta(days=n) for n in range(days + 1))}


def backtest(s: Session, subscription: Subscription, days: int, now: datetime) -> Backtest:
    """Play the last `days` up to `now`."""
    since = now.astimezone(UTC) - timedelta(days=days)
    return Backtest(since, now.astimezone(UTC), sorted(_play(s, subscription, since, now), key=lambda sent: sent.at))


def _play(s: Session, wanted: Subscription, since: datetime, now: datetime) -> Iterator[WouldSend]:
    match wanted.options:
        case DigestOptions() as options:
            yield from _digests(wanted, options, _instants(s, wanted, since), now)
        case SpikeOptions() as options:
            yield from _spikes(s, wanted, options, since, now)
        case SilenceOptions() as options:
            yield from _silences(s, wanted, options, since, now)
        case TroubleOptions() as options:
            yield from _troubles(wanted, list_troubles(s, wanted.query, options, since, now))
        case _:
            yield from _instants(s, wanted, since)


# --- modes that items set off ------------------------------------------------------------------------------------


def _instants(s: Session, wanted: Subscription, since: datetime) -> Iterator[WouldSend]:
    """One for each piece of news, when its first item came; what came after is counted or follows."""
    matches = list(list_matches(s, wanted.query, ItemQuery(seen_since=since)))
    news: dict[str, list[Match]] = defaultdict(list)
    for found in sorted(matches, key=lambda one: (one.facts.first_seen_at, one.facts.item_id)):
        news[found.key].append(found)
    for first, *later in news.values():
        yield _would_send(first, AlertKind.ITEM, first.facts.first_seen_at, copies=len(later))
        if wanted.copies is Copies.UPDATE:
            yield from _updates(later)


def _updates(copies: Sequence[Match]) -> Iterator[WouldSend]:
    """What comes until an update goes is told by it."""
    goes_at: datetime | None = None
    for copy in copies:
        came_at = copy.facts.first_seen_at
        if goes_at is None or came_at > goes_at:
            goes_at = next_update_at(goes_at, came_at)
            yield _would_send(copy, AlertKind.UPDATE, goes_at)


def _would_send(found: Match, kind: AlertKind, at: datetime, copies: int = 0) -> WouldSend:
    facts = found.facts
    return WouldSend(at, kind, _headline(facts), found.reasons, facts.item_id, copies)


def _headline(facts: SubjectFacts) -> str:
    text = (facts.translation or facts.original).strip()
    return shorten(text.splitlines()[0], TITLE, placeholder="…") if text else f"item {facts.item_id}, without text"


def _digests(
    wanted: Subscription, options: DigestOptions, collected: Iterator[WouldSend], now: datetime
) -> Iterator[WouldSend]:
    by_time: dict[datetime, list[WouldSend]] = defaultdict(list)
    for one in collected:
        by_time[next_digest_at(options, one.at)].append(one)
    for at, held in by_time.items():
        if at <= now:
            body = digest_body(wanted.name, len(held), min(one.at for one in held), at)
            yield WouldSend(at, AlertKind.DIGEST, body["headline"], [one.headline for one in held], None)


# --- modes that the clock sets off -------------------------------------------------------------------------------


def _moments(since: datetime, now: datetime, every: timedelta) -> Iterator[datetime]:
    at = since
    while at <= now:
        yield at
        at += every


def _spikes(
    s: Session, wanted: Subscription, options: SpikeOptions, since: datetime, now: datetime
) -> Iterator[WouldSend]:
    history = timedelta(weeks=options.weeks) + 2 * timedelta(hours=options.window_hours)
    reports, history_since = list_reports(s, wanted.query, since - history, now), stored_since(s)
    told_at: datetime | None = None
    for at in _moments(since, now, LOOK_BACK_EVERY):
        if is_cooling(options, told_at, at):
            continue
        spike = find_spike(options, reports, history_since, at)
        if spike is not None:
            told_at, body = at, spike_body(wanted.name, spike, options)
            yield WouldSend(at, AlertKind.SPIKE, body["headline"], body["lines"], None)


def _silences(
    s: Session, wanted: Subscription, options: SilenceOptions, since: datetime, now: datetime
) -> Iterator[WouldSend]:
    length = timedelta(hours=options.hours)
    reports, told = list_reports(s, wanted.query, since - length, now), list[str]()
    for at in _moments(since, now, LOOK_BACK_EVERY):
        recent = reports_in(reports, (at - length, at))
        fresh, told = to_tell(find_silences(options, recent, at), told, recent)
        for one in fresh:
            body = silence_body(wanted.name, one, options, failing=())
            yield WouldSend(at, AlertKind.SILENCE, body["headline"], body["lines"], None)


def _troubles(wanted: Subscription, troubles: Sequence[Trouble]) -> Iterator[WouldSend]:
    """Events that come together make one alert."""
    together: list[Trouble] = []
    for trouble in troubles:
        if together and trouble.at > together[0].at + LISTEN_EVERY:
            yield _of_events(wanted, together)
            together = []
        together.append(trouble)
    if together:
        yield _of_events(wanted, together)


def _of_events(wanted: Subscription, troubles: Sequence[Trouble]) -> WouldSend:
    body = trouble_body(wanted.name, troubles)
    return WouldSend(troubles[-1].at, AlertKind.SOURCE_TROUBLE, body["headline"], body["lines"], None)
