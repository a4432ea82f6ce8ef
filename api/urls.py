"""Addresses that the API and the page make."""

from collections.abc import Iterable
from urllib.parse import urlencode, urlsplit


def with_query(path: str, pairs: Iterable[tuple[str, str]]) -> str:
    """`path?name=value&…`, or the bare path without pairs."""
    query = urlencode(list(pairs))
    return f"{path}?{query}" if query else path


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


def safe_link(url: str | None) -> str:
    """A source's own address for a link; anything but http and https (javascript:, data:) leads nowhere."""
    return url if url is not None and url.lower().startswith(("http://", "https://")) else ""
