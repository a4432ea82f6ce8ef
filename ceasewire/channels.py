"""The channels that a subscription may name, and what their addresses look like: API, page and files ask here.

webhook   an http or https address; deliveries are signed
email     an e-mail address
apprise   the NAME of an address that the operator keeps in apprise.yaml
feed      none: alerts are read from the subscription's private feed
stream    none: alerts are read from the live stream
"""

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from ceasewire.errors import ConfigError

# RFC 5321 §4.1.2 without quoted local parts, address literals and anything beyond ASCII.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def web_fault(url: str) -> str | None:
    """What is wrong with a web address that we shall send to, or None. Whether it may be reached is checked then."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        return f"{url!r} is no address: {error}"
    if parts.scheme not in {"http", "https"} or not host:
        return f"{url!r} is no http or https address"
    if parts.username or parts.password:
        return "holds a user name or password, which logs would show"
    if parts.fragment or any(letter.isspace() or not letter.isprintable() for letter in url):
        return "holds a space, a control character or a fragment"
    return None


def mail_fault(address: str) -> str | None:
    """What is wrong with an e-mail address, or None. One bare address: no name, no list, nothing for a header."""
    local, _, domain = address.rpartition("@")
    if not _LOCAL.fullmatch(local) or len(local) > 64:
        return f"{address!r} is no single e-mail address such as desk@example.org"
    if not domain.isascii():
        return f"{domain!r}: write the domain in its ASCII form (xn--…)"
    if len(address) > 254 or not _DOMAIN.fullmatch(domain):
        return f"{address!r} has no domain that mail could go to"
    return None


def name_fault(name: str) -> str | None:
    """What is wrong with the name of an Apprise channel, or None. An address is refused: only the operator has them."""
    if "://" in name:
        return "names an address; give the name that the operator's apprise.yaml has for it"
    return None if _NAME.fullmatch(name) else f"{name!r} is no name: letters, digits, - _ . and at most 64 of them"


def no_address(target: str) -> str | None:
    """Channels that are read need no address."""
    return "this channel needs no address; leave it out" if target else None


# What is wrong with a target of each channel, or None.
CHANNELS: Mapping[str, Callable[[str], str | None]] = MappingProxyType(
    {"webhook": web_fault, "email": mail_fault, "apprise": name_fault, "feed": no_address, "stream": no_address}
)


def parse_rates(texts: Iterable[str]) -> Mapping[str, int]:
    """Messages a minute to one address, by channel: `webhook=600`. Raises ConfigError."""
    rates: dict[str, int] = {}
    for text in texts:
        name, _, number = text.partition("=")
        if name not in CHANNELS or not number.isdecimal() or int(number) == 0:
            remedy = f"write CHANNEL=NUMBER with a channel of {', '.join(CHANNELS)}"
            raise ConfigError(f"{text!r} is no rate", about="CEASEWIRE_CHANNEL_RATES", remedy=remedy)
        rates[name] = int(number)
    return rates
