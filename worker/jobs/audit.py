"""Audit: the accounts of the store, the rules it must keep, and whether who subscribed was told. It writes nothing."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from ceasewire.items import MATCHED_MODES
from ceasewire.lookback import subject_of
from ceasewire.pipeline.alert import match
from ceasewire.pipeline.query import AlertQuery, parse_query
from ceasewire.store import audit, audit_matches, subscriptions
from ceasewire.store.audit import Accounts, Violation
from ceasewire.store.audit_alerts import alert_rules
from ceasewire.store.audit_items import FAULT, item_rules
from ceasewire.store.session import Session, Store
from ceasewire.store.subjects import StoredSubject, list_subjects
from ceasewire.store.views import ItemQuery

COMPARED = 5_000  # items, the newest
WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Compared:
    """How many items were held against how many subscriptions, how many pairs match, and those nobody was told of."""

    items: int
    subscriptions: int
    matches: int
    untold: Sequence[str]  # item and subscription


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found; `rules` is how many were looked at."""

    at: datetime
    accounts: Accounts
    compared: Compared
    rules: int
    violations: Sequence[Violation]


def run_audit(store: Store, now: audit.Now) -> Audit:
    """Look at everything in one snapshot."""
    rules = [*item_rules(now), *alert_rules(now)]
    with store.read() as session:
        audit.begin_snapshot(session)
        compared = compare(session, now.at)
        violations = audit.find_violations(session, rules)
        accounts = audit.count_all(session)
    if compared.untold:
        what = "items match a subscription that was not told (item → subscription)"
        violations.append(audit.violation("alert missing", compared.untold, what, FAULT))
    return Audit(now.at, accounts, compared, len(rules) + 1, violations)


def compare(session: Session, now: datetime) -> Compared:
    """Match the items of the last day once more with the subscriptions that were in force when they came."""
    in_force = audit_matches.list_in_force(session)
    queries = _queries(session, in_force)
    matched = audit_matches.list_matched(session, now - WITHIN, COMPARED) if queries else {}
    told = audit_matches.list_told(session, matched)
    pairs = [
        (stored.facts.item_id, name)
        for stored in _stored(session, matched, now)
        for name in _matching(stored, queries)
        if in_force[name] < matched[stored.facts.item_id]
    ]
    untold = [f"{item_id} → {name}" for item_id, name in pairs if name not in told.get(item_id, ())]
    return Compared(len(matched), len(queries), len(pairs), untold)


def _queries(session: Session, active: Mapping[str, datetime]) -> Mapping[str, AlertQuery]:
    views = [view for view in subscriptions.list_subscriptions(session) if view.id in active]
    queries = {}
    for view in views:
        if view.mode in MATCHED_MODES:
            with contextlib.suppress(ValueError):  # it is paused by the next item that it is matched with
                queries[view.id] = parse_query(view.query)
    return queries


def _stored(session: Session, matched: Mapping[int, datetime], now: datetime) -> Iterator[StoredSubject]:
    if matched:
        stored = list_subjects(session, ItemQuery(seen_since=now - WITHIN, salience=None))
        yield from islice((one for one in stored if one.facts.item_id in matched), len(matched))


def _matching(stored: StoredSubject, queries: Mapping[str, AlertQuery]) -> list[str]:
    subject = subject_of(stored.facts)
    return [name for name, query in queries.items() if match(query, subject, stored.taggings)]
