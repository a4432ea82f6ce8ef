"""Group: items join the stories of the texts that they are copies of, inside the caller's transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ceasewire.items import UNDETERMINED
from ceasewire.pipeline.agencies import find_origin
from ceasewire.pipeline.story import WINDOW, Fingerprint, bands, compare, fingerprint, furniture
from ceasewire.store import stories
from ceasewire.store.session import Session
from ceasewire.store.work import ItemForEnrich


@dataclass(frozen=True, slots=True)
class Text:
    """An item with what its text is compared by, made before the transaction: it takes a millisecond."""

    item: ItemForEnrich
    fingerprint: Fingerprint
    bands: Sequence[int]


def prepare(item: ItemForEnrich, language: str, others_of_source: Iterable[frozenset[str]]) -> Text:
    """`others_of_source` are sentences of texts of the same source: what all have is no part of the report."""
    compared = fingerprint(item.title, item.text, language, furniture(others_of_source))
    return Text(item, compared, bands(compared))


def join_stories(session: Session, texts: Sequence[Text], now: datetime) -> None:
    """Find the story of each text again, after every change of it. A text sees those before it.

    The caller holds the lock of the stories.
    """
    alike = stories.list_alike(session, {text.item.id: text.bands for text in texts})
    stories.save_bands(session, {text.item.id: text.bands for text in texts if text.item.id not in alike})
    for text in texts:
        if text.item.id in alike:
            _join_story(session, text, now)


def _join_story(session: Session, text: Text, now: datetime) -> None:
    candidates = stories.list_candidates(session, text.item.id, text.bands, WINDOW)
    original = _closest(text, candidates)
    stories.save_bands(session, {text.item.id: text.bands})
    if original is None:
        stories.leave_story(session, text.item.id)
        return
    origin = find_origin(original.source_id, original.author, original.text) or find_origin(
        text.item.source_id, text.item.author, text.item.text
    )
    stories.join_story(session, text.item.id, original, text.fingerprint.language, origin, now)


def _closest(text: Text, candidates: Iterable[stories.Candidate]) -> stories.Candidate | None:
    alike = []
    for candidate in candidates:
        other = fingerprint(candidate.title, candidate.text, candidate.language or UNDETERMINED)
        apart = abs(candidate.published_at - text.item.published_at)
        found = compare(text.fingerprint, other, apart, same_source=candidate.source_id == text.item.source_id)
        if found is not None:
            alike.append((found.jaccard, found.containment, -candidate.id, candidate))
    return max(alike)[-1] if alike else None
