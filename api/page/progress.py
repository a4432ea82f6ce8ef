"""Long work and how far it is: the first load, reading and translating, tagging and translating again."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.page.wording import count
from ceasewire.store.heartbeats import list_heartbeats
from ceasewire.store.measures import count_first_polls
from ceasewire.store.session import Session


@dataclass(frozen=True, slots=True)
class Progress:
    """One piece of work. `done` of `total` things; both 0: how many there are is not known."""

    name: str
    text: str
    done: int
    total: int


def long_work(s: Session) -> list[Progress]:
    """All long work that is under way."""
    return [*_first_load(s), *_renewing(s)]


def _first_load(s: Session) -> list[Progress]:
    """While there are sources that were never polled."""
    polled, total = count_first_polls(s)
    text = f"{polled} of {count(total, 'source')} read for the first time"
    return [Progress("First load", text, polled, total)] if polled < total else []


def _renewing(s: Session) -> list[Progress]:
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
