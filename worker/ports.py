"""What the jobs need of the outside world, as Protocols; `adapters` and `notifiers` implement them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ceasewire.items import (
    FetchOutcome,
    Language,
    Message,
    ModelInUse,
    SourceForPoll,
    TextForTranslation,
    TranslationOutcome,
)


class Fetcher(Protocol):
    """Fetches a source politely. Never raises for what the other side does: every failure is an outcome."""

    def fetch(self, source: SourceForPoll, *, full: bool = False) -> FetchOutcome:
        """One conditional GET; `full` leaves the validators out."""
        ...


@dataclass(frozen=True, slots=True)
class HostLease:
    """Leave to send one request to a host. `token` is the holder's own; empty where the host needs no manners."""

    host: str
    token: str
    gap_seconds: float  # how long the host is left alone after the release


@dataclass(frozen=True, slots=True)
class HostBusy:
    """The host answers another request, or did so just now."""

    host: str
    wait_seconds: float  # when to ask again, at the earliest


class HostGate(Protocol):
    """One request per host at a time, and a gap between two. Never blocks: a busy host is an answer."""

    def try_acquire(self, source: SourceForPoll) -> HostLease | HostBusy:
        """Ask for the source's host; its option `min_gap_seconds` may raise the gap."""
        ...

    def release(self, lease: HostLease) -> None:
        """Give the host back, whatever became of the request; the gap starts now."""
        ...


class LanguageDetector(Protocol):
    """Finds the language of a text."""

    def detect(self, text: str, declared: str | None = None) -> Language:
        """Language of `text`; `declared` is what the source says, a last resort."""
        ...


class TranslationMemory(Protocol):
    """Sentences translated before. Keys are opaque strings made by the translator."""

    def get(self, keys: Sequence[str]) -> Mapping[str, str]:
        """The known ones among `keys` with their translations."""
        ...

    def put(self, pairs: Mapping[str, str]) -> None:
        """Remember translations."""
        ...


class Translator(Protocol):
    """Translates batches of items to one language, offline."""

    def translate(
        self, texts: Sequence[TextForTranslation], memory: TranslationMemory | None = None
    ) -> list[TranslationOutcome]:
        """One outcome per text, in order. A language without a model is an outcome, not an error."""
        ...

    def available(self) -> frozenset[str]:
        """Languages that can be translated now; re-reads the installed packages where they changed."""
        ...

    def models(self) -> Sequence[ModelInUse]:
        """What would translate each of them now, as it will stand in the translations' provenance."""
        ...


class Notifier(Protocol):
    """Delivers to one kind of channel.

    Raises DeliveryFailed (may pass) or DeliveryRefused (will not); returns on success.
    """

    def send(self, target: str, secret: str | None, message: Message) -> None:
        """Deliver one message to one address."""
        ...
