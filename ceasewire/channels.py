"""The channels that a subscription may name, and what their addresses look like: API, page and files ask here."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from urllib.parse import urlsplit


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


# What is wrong with a target of each channel, or None.
CHANNELS: Mapping[str, Callable[[str], str | None]] = MappingProxyType({"webhook": web_fault})
