"""Load: the configured sources and subscriptions into the store, and which topic models are in force."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from ceasewire.conflict.model import Conflict, hashes_of, name_models
from ceasewire.items import SourceConfig
from ceasewire.secrets import SecretBox
from ceasewire.settings import Settings
from ceasewire.sources import load_sources
from ceasewire.store import sources
from ceasewire.store.in_force import tell_models
from ceasewire.store.reloads import lock_reload
from ceasewire.store.session import Session, Store
from ceasewire.subscribing import known_names
from worker.jobs.load_subscriptions import FILE, check_channels, read_subscriptions, save_rows


def load_all(
    store: Store, settings: Settings, conflicts: Mapping[str, Conflict], secrets: SecretBox, now: datetime
) -> list[str]:
    """All together or nothing; returns a line for each file. Several may call it at once.

    Raises ConfigError before anything is changed.
    """
    with store.write() as session:
        lock_reload(session)
        lines = _load_sources(session, settings, now)
        lines.append(f"{FILE}: {_load_subscriptions(session, settings, conflicts, secrets, now)}")
        tell_models(session, hashes_of(conflicts.values()), name_models(conflicts.values()), now)
        return lines


def load_all_sources(store: Store, settings: Settings, now: datetime) -> list[str]:
    """Bring the store's sources in line with the files; returns a line for each file.

    Sources of a file that is not wanted are switched off, not forgotten. Raises ConfigError before anything is changed.
    """
    with store.write() as session:
        return _load_sources(session, settings, now)


def load_all_subscriptions(
    store: Store, settings: Settings, conflicts: Mapping[str, Conflict], secrets: SecretBox, now: datetime
) -> str:
    """Bring the subscriptions of `subscriptions.yaml` into the store, after the sources; returns a line about them.

    Raises ConfigError before anything is changed.
    """
    with store.write() as session:
        return _load_subscriptions(session, settings, conflicts, secrets, now)


def _load_sources(session: Session, settings: Settings, now: datetime) -> list[str]:
    live = load_sources(settings.config_dir / "sources.yaml") if settings.live else ()
    sample: tuple[SourceConfig, ...] = ()
    if settings.sample_url:
        sample = load_sources(
            settings.config_dir / "sample" / "sources.yaml", sample=True, base_url=settings.sample_url
        )
    sources.save_sources(session, live, now, sample=False)
    sources.save_sources(session, sample, now, sample=True)
    return [_line("live", live), _line("recorded sample", sample)]


def _load_subscriptions(
    session: Session,
    settings: Settings,
    conflicts: Mapping[str, Conflict],
    secrets: SecretBox,
    now: datetime,
) -> str:
    rows = read_subscriptions(settings.config_dir / FILE, known_names(session, conflicts))
    check_channels(rows, settings)
    return save_rows(session, rows, secrets.encrypt, now)


def _line(name: str, configs: tuple[SourceConfig, ...]) -> str:
    on = [config for config in configs if config.enabled]
    if not configs:
        return f"{name}: none"
    languages = Counter(config.language or "?" for config in on)
    by_language = ", ".join(f"{language} {count}" for language, count in languages.most_common())
    return f"{name}: {len(on)} on ({by_language}), {len(configs) - len(on)} off"
