"""Pages of other sites whose scripts may read the API (CORS, Fetch §3.2): none, unless the operator names them.

They read, and never write: the guard refuses what another site's page sends. They hold a key of their own where one is
needed; the cookie of the page's sign-in is not theirs.
"""

from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware

from ceasewire.errors import ConfigError

REQUEST_HEADERS = ("Authorization", "X-API-Key", "If-None-Match", "Last-Event-ID", "Cache-Control")
ANSWER_HEADERS = ("Link", "ETag", "Retry-After", "Content-Disposition")


def allow_origins(app: Starlette, origins: tuple[str, ...]) -> None:
    """Raises ConfigError for what is no origin, as a browser would never name it."""
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or origin != f"{parts.scheme}://{parts.netloc}" or not parts.hostname:
            remedy = "write scheme, host and port alone, as in https://desk.example.org"
            raise ConfigError(f"{origin!r} is no origin", about="CEASEWIRE_CORS_ORIGINS", remedy=remedy)
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=("GET", "HEAD"),
            allow_headers=REQUEST_HEADERS,
            expose_headers=ANSWER_HEADERS,
        )
