"""Look back: the stored items as subscriptions see them, for the modes that compare a stretch of time with another.

Here the store's rows meet the pipeline's decisions; worker and API both come here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ceasewire.items import UNDETERMINED
from ceasewire.pipeline.alert import DEFAULT_VERDICTS, Subject, dedupe_key, match
from ceasewire.pipeline.notice import Trouble
from ceasewire.pipeline.options import SilenceOptions, SpikeOptions, TroubleOptions
from ceasewire.pipeline.query import ANY_SALIENCE, AlertQuery
from ceasewire.pipeline.silence import is_of, watched_of
from ceasewire.pipeline.spike import Report, reference_windows
from ceasewire.store.events import list_source_events
from ceasewire.store.session import Session
from ceasewire.store.sources import SourceStatus, list_sources
from ceasewire.store.subjects import SubjectFacts, list_senders, list_subjects
from ceasewire.store.views import ItemQuery
from ceasewire.words import fold

ASKS_NOTHING = AlertQuery()
LAST_HEARD_WITHIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Match:
    """A stored item that a query matches, and why. Matches with the same `key` are one alert."""

    facts: SubjectFacts
    key: str
    reasons: Sequence[str]


def subject_of(facts: SubjectFacts) -> Subject:
    """An item of the store as alerts see it."""
    original = fold(facts.original)
    translation = None if facts.translation is None else fold(facts.translation)
    return Subject(
        item_id=facts.item_id,
        source_id=facts.source_id,
        source_kind=facts.source_kind,
        publisher=facts.publisher,
        country=facts.country,
        side=facts.side,
        language=facts.language or UNDETERMINED,
        original=original,
        translation=original if facts.translation_state == "not_needed" else translation,
        first_copy=facts.first_copy,
        embedded_posts=facts.embedded_posts,
    )


def list_matches(s: Session, query: AlertQuery, within: ItemQuery) -> Iterator[Match]:
    """Items of a stretch of time (`within`) that the query matches, newest published first."""
    for stored in list_subjects(s, _prefilter(query, within)):
        subject = subject_of(stored.facts)
        reasons = match(query, subject, stored.taggings)
        if reasons:
            yield Match(stored.facts, dedupe_key(subject), reasons)


def list_reports(s: Session, query: AlertQuery, since: datetime, until: datetime) -> list[Report]:
    """The items of a query published in (since, until], oldest first."""
    moment = timedelta(microseconds=1)  # the store takes [since, until)
    within = ItemQuery(since=since + moment, until=until + moment, salience=None)
    if query == ASKS_NOTHING:
        return [Report(one.at, one.item_id, one.source_id, one.side, one.first_copy) for one in list_senders(s, within)]
    return sorted(_report(one.facts) for one in list_matches(s, query, within))


def _report(facts: SubjectFacts) -> Report:
    return Report(facts.published_at, facts.item_id, facts.source_id, facts.side, facts.first_copy)


def _prefilter(query: AlertQuery, within: ItemQuery) -> ItemQuery:
    """What the store can tell without looking at each item; it leaves out nothing that matches `within`."""
    judged = query.asks_tags or query.asks_verdict
    return ItemQuery(
        conflict=query.conflict,
        topics=sorted(query.topics),
        actors=sorted(query.actors),
        places=sorted(query.places),
        languages=sorted(query.languages),
        sources=sorted(query.sources) or within.sources,
        verdicts=sorted(query.verdicts or DEFAULT_VERDICTS) if judged else (),
        since=within.since,
        until=within.until,
        seen_since=within.seen_since,
        q=query.words_as_written or None if query.words_in == "any" else None,
        salience=None if query.salience == ANY_SALIENCE else query.salience,
        countries=sorted(query.countries),
        sides=sorted(query.sides) or within.sides,
        source_kinds=sorted(query.source_kinds),
        min_score=query.min_score,
    )


# --- what each mode looks at -----------------------------------------------------------------------------------


def reports_for_spike(
    s: Session, query: AlertQuery, options: SpikeOptions, history_since: datetime | None, now: datetime
) -> list[Report]:
    """The reports of the current window and of those that it is compared with, oldest first."""
    length = timedelta(hours=options.window_hours)
    stretches = [(now - length, now), *reference_windows(options, now, history_since)]
    found = {report for since, until in stretches for report in list_reports(s, query, since, until)}
    return sorted(found)


def last_heard(s: Session, query: AlertQuery, options: SilenceOptions, now: datetime) -> dict[str, datetime | None]:
    """When each watched source and side last published something that the query matches, within a month."""
    heard: dict[str, datetime | None] = {}
    for watched in watched_of(options):
        kind, _, name = watched.partition(":")
        within = ItemQuery(
            since=now - LAST_HEARD_WITHIN,
            until=now,
            salience=None,
            sources=[name] if kind == "source" else (),
            sides=[name] if kind == "side" else (),
        )
        heard[watched] = _newest(s, query, within, watched)
    return heard


def _newest(s: Session, query: AlertQuery, within: ItemQuery, watched: str) -> datetime | None:
    if query == ASKS_NOTHING:
        sent = (one.at for one in reversed(list_senders(s, within)) if is_of(watched, one.source_id, one.side))
        return next(sent, None)
    found = (one.facts for one in list_matches(s, query, within))
    return next((one.published_at for one in found if is_of(watched, one.source_id, one.side)), None)


def failing_sources(statuses: Sequence[SourceStatus], watched: str) -> list[str]:
    """Sources of the watched one that cannot be read at present, or are switched off."""
    return [
        one.config.id
        for one in statuses
        if is_of(watched, one.config.id, one.config.side)
        and (one.failing_since_at is not None or not one.config.enabled)
    ]


def list_troubles(
    s: Session, query: AlertQuery, options: TroubleOptions, since: datetime, until: datetime
) -> list[Trouble]:
    """Events of the sources that the query means, in (since, until], oldest first."""
    wanted = {one.config.id for one in list_sources(s) if _is_meant(query, one)}
    found = list_source_events(s, options.events, since, until)
    return [Trouble(one.id, one.at, one.kind, one.about, one.message) for one in found if one.source_id in wanted]


def _is_meant(query: AlertQuery, status: SourceStatus) -> bool:
    config = status.config
    return (
        (not query.sources or config.id in query.sources)
        and (not query.sides or config.side in query.sides)
        and (not query.countries or config.country in query.countries)
        and (not query.publishers or config.publisher in query.publishers)
        and (not query.source_kinds or config.kind in query.source_kinds)
    )
