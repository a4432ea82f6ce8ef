"""Addresses that the API and the page make."""

from collections.abc import Iterable
from urllib.parse import urlencode


def with_query(path: str, pairs: Iterable[tuple[str, str]]) -> str:
    """`path?name=value&…`, or the bare path without pairs."""
    query = urlencode(list(pairs))
    return f"{path}?{query}" if query else path


def safe_link(url: str | None) -> str:
    """A source's own address for a link; anything but http and https (javascript:, data:) leads nowhere."""
    return url if url is not None and url.lower().startswith(("http://", "https://")) else ""
