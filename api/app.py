"""The API and the page as one ASGI application: `uvicorn --factory api.app:create_app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from api.access import Access, Guard
from api.accesslog import AccessLog
from api.bodies import BodyLimit
from api.catalogue import Catalogue
from api.errors import documented, install_error_handlers
from api.headers import ConditionalReads, SecurityHeaders
from api.keyring import Keyring
from api.limits import RateLimit
from api.live import LiveStreams
from api.openapi import DescribedApi
from api.origins import allow_origins
from api.page.views import mount_page
from api.reload import reload_on_hangup, tell_start
from api.routes import (
    alerts,
    events,
    feeds,
    health,
    inbox,
    items,
    metrics,
    session,
    sources,
    stats,
    stories,
    stream,
    subscriptions,
    topics,
    unsubscribe,
)
from ceasewire import __version__
from ceasewire.conflict.load import load_conflicts
from ceasewire.message.links import Links
from ceasewire.secrets import SecretBox
from ceasewire.settings import Settings
from ceasewire.store.keys import ApiKeyView, list_keys
from ceasewire.store.session import Store
from ceasewire.strength import check_secrets

DESCRIPTION = """Recent news of a conflict from all its sides: original, translation, tags and the evidence for each.

Reads need no key on the machine itself. Times are ISO 8601 in UTC, languages BCP 47, countries ISO 3166-1.
Errors are problem documents (RFC 9457); lists are paged by an opaque `cursor`, and `Link` headers (RFC 8288) lead on.
"""
PROBLEMS = documented(
    _400="The address or the body cannot be read",
    _401="The key is missing or wrong",
    _403="Not allowed from here, or not with this key",
    _413="The body is too long",
    _415="Writes are JSON",
    _429="Too many requests; `Retry-After` says when to come back",
    _421="This server does not go by that Host",
    _422="A field is wrong; `errors` names it",
    _503="The store cannot be reached; try again",
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Wire the application together; without `settings` they are read from the environment.

    Raises:
        ConfigError: a setting or conflict file is wrong, or the API would stand open to other machines unasked.
    """
    settings = settings or Settings.from_environment()
    check_secrets(settings)
    access = Access.from_settings(settings)
    app = DescribedApi(
        title="Ceasewire",
        version=__version__,
        description=DESCRIPTION,
        lifespan=_lifespan,
        docs_url=None,  # it loads its scripts from another host
        redoc_url=None,
        responses=PROBLEMS,
    )
    app.state.settings = settings
    app.state.store = Store(settings.store_url)
    app.state.secrets = SecretBox.open(settings.secret_key, settings.data_dir)
    app.state.keyring = Keyring(settings.api_key, lambda: _open_keys(app.state.store), app.state.secrets.sign)
    app.state.live = LiveStreams(settings.stream_clients)
    app.state.links = Links(settings.reached_at, app.state.secrets)
    app.state.catalogue = Catalogue(load_conflicts(settings.config_dir / "conflicts"))
    for module in (
        feeds,
        items,
        stats,
        stories,
        sources,
        topics,
        subscriptions,
        stream,
        alerts,
        inbox,
        unsubscribe,
        events,
        health,
        metrics,
        session,
    ):
        app.include_router(module.router)
    mount_page(app)
    install_error_handlers(app)
    # The last one added is the outermost: refusals get security headers too.
    app.add_middleware(ConditionalReads)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    app.add_middleware(BodyLimit)
    app.add_middleware(Guard, access=access, keyring=app.state.keyring, limit=RateLimit())
    allow_origins(app, settings.cors_origins)  # asked beforehand without a key, and told of refusals
    app.add_middleware(SecurityHeaders)
    app.add_middleware(AccessLog)
    return app


def _open_keys(store: Store) -> list[ApiKeyView]:
    with store.read() as s:
        return [key for key in list_keys(s) if key.revoked_at is None]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.store.upgrade()
    tell_start(app)
    async with reload_on_hangup(app):
        yield
    app.state.store.dispose()
