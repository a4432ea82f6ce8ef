"""One tree of errors. Each names the thing it is about, so that a log line or an answer can point at it.

`Transient` may pass if the same thing is tried again; `Permanent` will not, until somebody changes something.
"""

from functools import partial


class CeasewireError(Exception):
    """Base of all errors raised on purpose.

    `about` is the id of the source, item, file or setting concerned, `remedy` what a user can do about it.
    """

    def __init__(self, message: str, *, about: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.about = about
        self.remedy = remedy

    def __reduce__(self) -> tuple[object, ...]:
        """Pool processes hand errors on in pickles, which would leave out what has a name."""
        return partial(type(self), about=self.about, remedy=self.remedy), (self.message,)

    def __str__(self) -> str:
        text = f"{self.about}: {self.message}"
        return f"{text} ({self.remedy})" if self.remedy else text


class Transient(CeasewireError):
    """May pass by itself: try again later."""


class Permanent(CeasewireError):
    """Stays wrong until somebody changes something: trying again does not help."""


class ConfigError(Permanent):
    """A configuration file or setting is wrong. `about` is `file:line` or the setting's name."""


class NotAFeed(Permanent):
    """A body of another kind where a feed, a preview page or a listing was expected."""


class StoreUnavailable(Transient):
    """The database cannot be reached or is locked beyond its timeout."""


class BrokerUnavailable(Transient):
    """The broker cannot be reached."""


class AddressRefused(Permanent):
    """An address is not public and not on the operator's allow list."""


class DeliveryFailed(Transient):
    """An alert was not taken; it may be taken later, and not before `wait_seconds`, where its receiver says so."""

    def __init__(self, message: str, *, about: str, remedy: str = "", wait_seconds: int = 0) -> None:
        super().__init__(message, about=about, remedy=remedy)
        self.wait_seconds = wait_seconds


class DeliveryRefused(Permanent):
    """An alert will never be taken as it is: the address is gone or refuses the message itself."""


class ReceiverGone(DeliveryRefused):
    """The receiver wants nothing more, of any message (HTTP 410)."""


class InvalidQuery(Permanent):
    """A search or a cursor cannot be read. `about` is the parameter's name."""
