"""Match items against the subscriptions, inside the caller's transaction."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ceasewire.items import (
    MATCHED_MODES,
    AlertIntent,
    AlertKind,
    AlertState,
    Copies,
    FollowUpKind,
    Mode,
    Tagging,
)
from ceasewire.lookback import subject_of
from ceasewire.pipeline.alert import dedupe_key, intents
from ceasewire.pipeline.query import parse_query
from ceasewire.pipeline.queryindex import QueryIndex
from ceasewire.pipeline.timing import next_update_at
from ceasewire.store import events, outbox, subjects, subscriptions
from ceasewire.store.outbox import FollowedAlert
from ceasewire.store.session import Session
from ceasewire.store.subscriptions import SubscriptionView

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The active subscriptions, and an index of the queries that items are matched against."""

    stamp: tuple[str, int]
    views: Mapping[str, SubscriptionView]
    index: QueryIndex


_kept: list[Subscribed] = []  # parsed once per process and change of any; at most one


@dataclass(frozen=True, slots=True)
class TaggedItem:
    """What was found out about an item. `waits`: a translation is still to come, and alerts may wait for it."""

    item_id: int
    taggings: Sequence[Tagging]
    waits: bool


@dataclass(frozen=True, slots=True)
class _Matched:
    """An item with the subscriptions that want it; `key` is that of its news."""

    facts: subjects.SubjectFacts
    key: str
    wanted: Sequence[AlertIntent]
    waits: bool


def insert_matching_alerts(session: Session, items: Sequence[TaggedItem], now: datetime) -> list[int]:
    """Write the outbox rows of these items; returns those that are due now. What was sent for the same news adds none.

    An item waits for its translation as long as each subscription wants.
    """
    subscribed = current_subscriptions(session, now)
    if not subscribed.views or not items:
        return []
    facts = subjects.get_subjects(session, [item.item_id for item in items])
    matched = [_match(subscribed, item, facts[item.item_id]) for item in items]
    related = outbox.list_related(session, {one.facts.item_id: one.key for one in matched})
    due = _insert(session, subscribed, [one for one in matched if one.facts.item_id not in related], now)
    for one in matched:
        if one.facts.item_id in related:
            due += _insert_related(session, subscribed, one, now)
    return due


def _match(subscribed: Subscribed, item: TaggedItem, facts: subjects.SubjectFacts) -> _Matched:
    subject = subject_of(facts)
    wanted = intents(subscribed.index.candidates(subject, item.taggings), subject, item.taggings)
    return _Matched(facts, dedupe_key(subject), wanted, item.waits)


def _insert_related(session: Session, subscribed: Subscribed, matched: _Matched, now: datetime) -> list[int]:
    """Of an item that may be the same news as others: who was told of these gets no other alert, at most an update."""
    facts = matched.facts
    alerted = outbox.list_alerted(session, facts.item_id)
    fresh = [intent for intent in matched.wanted if intent.subscription_id not in alerted]
    due = _insert(session, subscribed, [replace(matched, wanted=fresh)], now)
    change = FollowUpKind.EMBED if facts.embedded_posts or facts.kind == "post" else FollowUpKind.COPY
    followed = outbox.follow_alerts(session, facts.item_id, facts.content_hash, matched.key, change, now)
    return [*due, *_update(session, subscribed, followed, matched, now)]


def _insert(session: Session, subscribed: Subscribed, fresh: Iterable[_Matched], now: datetime) -> list[int]:
    """New alerts, each with its subscription's own wait; those for a digest are collected."""
    groups: dict[tuple[AlertState, int], list[AlertIntent]] = defaultdict(list)
    for matched in fresh:
        for intent in matched.wanted:
            view = subscribed.views[intent.subscription_id]
            groups[_state(view), view.wait_seconds if matched.waits else 0].append(intent)
    due: list[int] = []
    for (state, wait), group in groups.items():
        ids = outbox.insert_alerts(session, group, now + timedelta(seconds=wait), now, state)
        due += ids if wait == 0 and state is AlertState.PENDING else []
    return due


def _state(view: SubscriptionView) -> AlertState:
    return AlertState.COLLECTED if view.mode == Mode.DIGEST else AlertState.PENDING


def _update(
    session: Session,
    subscribed: Subscribed,
    followed: Sequence[FollowedAlert],
    matched: _Matched,
    now: datetime,
) -> list[int]:
    """Updates for those who want them: every edit of what they were sent, and copies that they asked for."""
    reasons = {intent.subscription_id: intent.reasons for intent in matched.wanted}
    due: list[int] = []
    for alert in followed:
        view = subscribed.views.get(alert.subscription_id)
        asked = alert.own or alert.subscription_id in reasons
        if view is None or view.copies != Copies.UPDATE or not alert.sent or not asked:
            continue
        ready_at = now + timedelta(seconds=view.wait_seconds if matched.waits else 0)
        due += _update_of(session, view, alert, matched.facts, reasons.get(view.id, ()), ready_at, now)
    return due


def _update_of(
    session: Session,
    view: SubscriptionView,
    alert: FollowedAlert,
    facts: subjects.SubjectFacts,
    reasons: Sequence[str],
    ready_at: datetime,
    now: datetime,
) -> list[int]:
    """An edit goes when it is ready; copies go together, some minutes after the update before."""
    prefix = f"update:{alert.id}:"
    body = {"of": alert.key, "alert": alert.id, "change": str(alert.change)}
    is_edit = alert.change is FollowUpKind.EDIT
    last = outbox.last_update(session, view.id, prefix)
    if last is not None and last.waits:
        if is_edit:
            outbox.hasten_update(session, last.id, body, facts.item_id, ready_at)
        return []
    due_at = ready_at if is_edit or last is None else next_update_at(last.due_at, ready_at)
    state, key = _state(view), f"{prefix}{facts.item_id}:{facts.content_hash}"
    new = outbox.insert_notice(
        session,
        view.id,
        AlertKind.UPDATE,
        key,
        body,
        now,
        reasons=reasons,
        item_id=facts.item_id,
        due_at=due_at,
        state=state,
    )
    return [new] if new is not None and due_at <= now and state is AlertState.PENDING else []


# --- the subscriptions in force --------------------------------------------------------------------------------


def current_subscriptions(session: Session, now: datetime) -> Subscribed:
    """The active subscriptions, read and parsed again only when one was changed."""
    stamp = subscriptions.subscriptions_stamp(session)
    for kept in _kept:
        if kept.stamp == stamp:
            return kept
    views = {view.id: view for view in subscriptions.list_subscriptions(session) if view.paused_at is None}
    queries, invalid = {}, False
    for view in views.values():
        if view.mode not in MATCHED_MODES:
            continue
        try:
            queries[view.id] = parse_query(view.query)
        except ValueError as error:
            _pause_invalid(session, view, error, now)
            invalid = True
    read = Subscribed(stamp, views, QueryIndex(queries))
    if not invalid:  # else read again: whether the pause is kept is not known before the commit
        _kept[:] = [read]
    return read


def _pause_invalid(session: Session, view: SubscriptionView, error: ValueError, now: datetime) -> None:
    """A subscriber who gets nothing must see why."""
    reason = f"its query is invalid: {error}"
    subscriptions.pause_subscription(session, view.id, reason, now)
    events.insert_event(session, "subscription_invalid", view.id, reason, now)
    log.error("subscription %s paused: %s", view.id, reason)
