"""What routes are given: parts that `create_app` made, and the time."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request

from api.catalogue import Catalogue
from api.keyring import Keyring
from api.live import LiveStreams
from ceasewire.message.links import Links
from ceasewire.secrets import SecretBox
from ceasewire.settings import Settings
from ceasewire.store.session import Store


def _store(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _catalogue(request: Request) -> Catalogue:
    catalogue: Catalogue = request.app.state.catalogue
    return catalogue


def _secrets(request: Request) -> SecretBox:
    secrets: SecretBox = request.app.state.secrets
    return secrets


def _keyring(request: Request) -> Keyring:
    keyring: Keyring = request.app.state.keyring
    return keyring


def _live(request: Request) -> LiveStreams:
    live: LiveStreams = request.app.state.live
    return live


def _links(request: Request) -> Links:
    links: Links = request.app.state.links
    return links


def _now() -> datetime:
    return datetime.now(UTC)


StoreDep = Annotated[Store, Depends(_store)]
SettingsDep = Annotated[Settings, Depends(_settings)]
CatalogueDep = Annotated[Catalogue, Depends(_catalogue)]
SecretsDep = Annotated[SecretBox, Depends(_secrets)]
KeyringDep = Annotated[Keyring, Depends(_keyring)]
LiveDep = Annotated[LiveStreams, Depends(_live)]
LinksDep = Annotated[Links, Depends(_links)]
NowDep = Annotated[datetime, Depends(_now)]
