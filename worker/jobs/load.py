"""Load: the configured sources into the store."""

from collections import Counter
from datetime import datetime

from ceasewire.items import SourceConfig
from ceasewire.settings import Settings
from ceasewire.sources import load_sources
from ceasewire.store import sources
from ceasewire.store.session import Store


def load_all_sources(store: Store, settings: Settings, now: datetime) -> list[str]:
    """Bring the store's sources in line with the files; returns a line for each file.

    Sources of a file that is not wanted are switched off, not forgotten. Raises ConfigError before anything is changed.
    """
    live = load_sources(settings.config_dir / "sources.yaml") if settings.live else ()
    sample: tuple[SourceConfig, ...] = ()
    if settings.sample_url:
        sample = load_sources(
            settings.config_dir / "sample" / "sources.yaml", sample=True, base_url=settings.sample_url
        )
    with store.write() as session:
        sources.save_sources(session, live, now, sample=False)
        sources.save_sources(session, sample, now, sample=True)
    return [_line("live", live), _line("recorded sample", sample)]


def _line(name: str, configs: tuple[SourceConfig, ...]) -> str:
    on = [config for config in configs if config.enabled]
    if not configs:
        return f"{name}: none"
    languages = Counter(config.language or "?" for config in on)
    by_language = ", ".join(f"{language} {count}" for language, count in languages.most_common())
    return f"{name}: {len(on)} on ({by_language}), {len(configs) - len(on)} off"
