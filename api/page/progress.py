"""Long work and how far it is: the first load, reading and translating, tagging and translating again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from api.page.wording import count
from ceasewire.store.heartbeats import list_heartbeats
from ceasewire.store.session import Session
from ceasewire.store.sources import SourceStatus


@dataclass(frozen=True, slots=True)
class Progress:
    """One piece of work. `done` of `total` things; both 0: how many there are is not known."""

    name: str
    text: str
    done: int
    total: int


def first_load(sources: Iterable[SourceStatus]) -> list[Progress]:
    """Sources that were never polled, while there are some."""
    enabled = [one for one in sources if one.config.enabled]
    polled = sum(one.last_polled_at is not None for one in enabled)
    if polled == len(enabled):
        return []
    text = f"{polled} of {count(len(enabled), 'source')} read for the first time"
    return [Progress("First load", text, polled, len(enabled))]


def renewing(s: Session) -> list[Progress]:
    """Stored items that a changed topic model tags again, or a new translation model translates again."""
    told = {one.name: one.details for one in list_heartbeats(s)}
    works = (
        ("retag", "Tagging again", "left of what another topic model had tagged"),
        ("renew", "Translating again", "left of what a better model would translate otherwise"),
    )
    return [_left(name, words, told[key]) for key, name, words in works if told.get(key, {}).get("due")]


def _left(name: str, words: str, details: Mapping[str, int]) -> Progress:
    """A heartbeat says what is due, and what the last shift did; the whole is known to nobody."""
    return Progress(name, f"{count(details['due'], 'item')} {words}", 0, 0)
