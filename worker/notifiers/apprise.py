"""Everything that Apprise knows: Telegram, Slack, Matrix, ntfy and a hundred more.

Its requests do not pass the address guard, so the addresses come from the operator's file only, and a subscription
names one of them. No redirect is followed. An address carries tokens: it is in no error, log or message.
"""

import logging
import re
from collections.abc import Mapping
from urllib.parse import unquote

import apprise

from ceasewire.errors import ConfigError, DeliveryFailed
from ceasewire.items import Message

SHORTEST_SECRET = 4  # characters of a part of an address that is blotted out where it is named
_PARTS = re.compile(r"[/:@?&=#,]+")
_MENTION = re.compile(r"@(?=(?:everyone|here|channel|all)\b)", re.IGNORECASE)


class AppriseNotifier:
    """Sends to one named address. Apprise only says whether it worked, so a failure may always pass."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        """Raises ConfigError for an address that Apprise cannot read, by its name."""
        self._addresses = dict(addresses)
        self._asset = apprise.AppriseAsset(http_redirects=False, app_id="Ceasewire", secure_logging=True)
        for name, address in self._addresses.items():
            if _service(address, self._asset) is None:
                remedy = "see https://appriseit.com/services/ for how to write it"
                raise ConfigError("is no address that Apprise can read", about=f"apprise: {name}", remedy=remedy)

    def send(self, target: str, secret: str | None, message: Message) -> None:
        """Deliver once. These services know no idempotency key: a repeated one shows twice."""
        address = self._addresses.get(target)
        if address is None:
            raise DeliveryFailed("the operator's apprise.yaml does not have this name", about=target)
        service = _service(address, self._asset)
        assert service is not None, "it was read at the start"
        with apprise.LogCapture(level=logging.WARNING, fmt="%(message)s") as said:  # type: ignore[no-untyped-call]
            taken = service.notify(
                title=_harmless(message.subject), body=_harmless(message.text), body_format=apprise.NotifyFormat.TEXT
            )
            reason = blot(said.getvalue(), address)
        if not taken:
            raise DeliveryFailed(f"{service.service_name} did not take it: {reason or 'no reason given'}", about=target)


def blot(text: str, address: str) -> str:
    """`text` in one line without any part of the address that could be a secret."""
    rest = address.partition("://")[2]
    parts = {part for whole in (rest, unquote(rest)) for part in _PARTS.split(whole) if len(part) >= SHORTEST_SECRET}
    for part in sorted(parts, key=len, reverse=True):
        text = text.replace(part, "***")
    return " ".join(text.split())[:300]


def _service(address: str, asset: apprise.AppriseAsset) -> apprise.NotifyBase | None:
    service = apprise.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
    if service is not None and "overflow=" not in address:
        service.overflow_mode = apprise.OverflowMode.TRUNCATE  # a long text must not be refused for its length
    return service


def _harmless(text: str) -> str:
    """A headline must not ring everybody's telephone."""
    return _MENTION.sub("@\u200b", text)
