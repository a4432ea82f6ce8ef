"""Vanish: a watched source's listing beside the one before it, and the addresses of items that have left it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from ceasewire.items import FetchFailed, FetchOutcome, ItemDraft, SourceForPoll, SourceKind
from ceasewire.items.listing import Listed
from ceasewire.pipeline.urls import url_key
from ceasewire.pipeline.vanish import (
    Answer,
    Outcome,
    find_absent,
    is_watched,
    judge_page,
    judge_preview,
    next_step,
)
from ceasewire.store import events, vanish
from ceasewire.store.session import Session
from ceasewire.store.vanish import AbsenceToCheck
from worker.jobs.poll import Polling
from worker.ports import HostBusy

KEEP_LISTING = timedelta(days=1)  # that long a listing is kept which the following ones cannot be compared with
LONGEST_WAIT = timedelta(days=1)


def compare_listing(session: Session, source: SourceForPoll, drafts: Sequence[ItemDraft], now: datetime) -> None:
    """Note which items have left the source's listing and which are back; `drafts` are those of a whole body, stored.

    Does nothing for a source that is not watched.
    """
    if not is_watched(source):
        return
    listing = _askable(vanish.list_listed(session, [draft.keys[0] for draft in drafts if draft.parent is None]))
    for item in vanish.return_items(session, listing):
        message = f"{source.name} lists it again: “{item.name}” ({item.published_at:%F %R} UTC)"
        events.insert_event(session, "item_returned", str(item.item_id), message, now)
    before = vanish.get_listing(session, source.id)
    if before is not None:
        compared = find_absent(_askable(before.items), listing)
        vanish.insert_absences(session, source.id, compared.absent, now)
        if not compared.evidence and now - before.listed_at < KEEP_LISTING:
            return
    vanish.save_listing(session, source.id, listing, now)


def _askable(listing: Sequence[Listed]) -> list[Listed]:
    """A front page names no item: nothing there can tell that one is missing."""
    return [each if each.url and url_key(each.url) else replace(each, url=None) for each in listing]


def check_absence(parts: Polling, absence_id: int) -> None:
    """Ask whether an item is still where it was published. Does nothing when that is not due or taken."""
    now = parts.clock()
    with parts.store.write() as session:
        absence = vanish.claim_absence(session, absence_id, now)
    if absence is None:
        return
    target = _target(absence)
    lease = parts.gate.try_acquire(target)
    if isinstance(lease, HostBusy):
        with parts.store.write() as session:
            wait = lease.wait_seconds * (1.5 + 5 * parts.jitter())
            vanish.defer_absence(session, absence.id, now + timedelta(seconds=wait))
        return
    try:
        outcome = parts.fetcher.fetch(target, full=True)
    finally:
        parts.gate.release(lease)
    _record(parts, absence, outcome)


def _target(absence: AbsenceToCheck) -> SourceForPoll:
    """The address to ask now, as the fetcher sees it: with the source's quirks and without its validators."""
    url = (absence.control_url if absence.own_answer else None) or absence.url
    if _is_message(absence):
        url = _preview_url(absence)
    return replace(absence.source, url=url, kind=SourceKind.PAGE, etag=None, last_modified=None, body_sha256=None)


def _is_message(absence: AbsenceToCheck) -> bool:
    return absence.source.kind is SourceKind.TELEGRAM and bool(absence.post_id)


def _preview_url(absence: AbsenceToCheck) -> str:
    """The channel's preview up to and with the message: the messages before it are the control."""
    return urlsplit(absence.source.url)._replace(query=f"before={int(absence.post_id or 0) + 1}").geturl()


def _record(parts: Polling, absence: AbsenceToCheck, outcome: FetchOutcome) -> None:
    now, of_control = parts.clock(), absence.own_answer is not None
    has_control = absence.control_url is not None
    if _is_message(absence):
        has_control = False
        answer, said = judge_preview(outcome, absence.post_id or "")
    else:
        answer, said = judge_page(outcome, _target(absence).url)
    step = next_step(answer, absence.asked + 1, has_control=has_control, of_control=of_control)
    with parts.store.write() as session:
        if step.outcome is not None:
            _settle(session, absence, step.outcome, _reason(absence, answer, said), now)
        else:
            at = now + max(step.pause, _asked_for(outcome))
            own_answer = said if step.control else None
            vanish.ask_again(session, absence.id, _reason(absence, answer, said), at, now, own_answer)


def _asked_for(outcome: FetchOutcome) -> timedelta:
    seconds = outcome.retry_after_seconds if isinstance(outcome, FetchFailed) else None
    return min(timedelta(seconds=seconds or 0), LONGEST_WAIT)


def _reason(absence: AbsenceToCheck, answer: Answer, said: str) -> str:
    """What its own address said; the control's answer is told where it takes that back."""
    if absence.own_answer is None:
        return said
    if answer is Answer.THERE:
        return absence.own_answer
    return f"{absence.own_answer}; but the page of an item that is still listed does not answer either: {said}"


def _settle(session: Session, absence: AbsenceToCheck, outcome: Outcome, reason: str, now: datetime) -> None:
    if not vanish.settle_absence(session, absence.id, outcome, reason, now):
        return  # listed again meanwhile
    if outcome is Outcome.VANISHED:
        item, source = absence.item, absence.source
        vanish.save_vanished(session, item.item_id, now)
        message = f"{source.name} has taken back “{item.name}” ({item.published_at:%F %R} UTC): {reason}"
        events.insert_event(session, "item_vanished", str(item.item_id), f"{message}; its text is kept", now)
