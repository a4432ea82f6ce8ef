"""Sources: their configuration and what users see of them; what is due and the log of polls stand in `polls`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from ceasewire.items import Publisher, SourceConfig, SourceKind
from ceasewire.store.polls import ASKED
from ceasewire.store.rhythm import items_per_day
from ceasewire.store.statements import insert_new, values_of
from ceasewire.store.tables import SOURCE
from ceasewire.store.tables.sources import Source

NOT_IN_CONFIG = "no longer in config"


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """A source as users see it: configuration, state, rhythm. `silence_told_at`: the event of its silence."""

    config: SourceConfig
    url: str  # where it is polled now; differs from config.url after a permanent redirect
    next_poll_at: datetime | None
    next_poll_reason: str
    interval_seconds: int
    failure_weight: float
    failing_since_at: datetime | None
    last_polled_at: datetime | None
    last_outcome: str | None
    last_reason: str
    last_success_at: datetime | None
    last_new_item_at: datetime | None
    moved_to: str | None
    items_per_day: float
    silence_told_at: datetime | None


# --- configuration ---------------------------------------------------------------------------------------------


def save_sources(s: Session, configs: Sequence[SourceConfig], now: datetime, *, sample: bool) -> None:
    """Take over the configuration and keep each source's state; a new source is due now.

    Sources with the same `sample` flag that the configuration no longer names are disabled, not deleted; those that a
    user added are left alone until it names them.
    What a poll or a user disabled stays disabled, unless the configured address changed.
    """
    known = {row.id: row for row in s.execute(select(SOURCE))}
    for config in sorted(configs, key=lambda each: each.id):  # as polls are saved, else PostgreSQL may see a deadlock
        if config.id in known:
            s.execute(update(SOURCE).where(SOURCE.c.id == config.id).values(_changes(config, known[config.id], now)))
        else:
            insert_new(s, SOURCE, [_fresh(config, now)])
    named = {config.id for config in configs}
    configured = [row for row in known.values() if row.config_url and row.sample == sample]
    gone = [row.id for row in configured if row.enabled and row.id not in named]
    disable = update(SOURCE).where(SOURCE.c.id.in_(gone))
    s.execute(disable.values(enabled=False, disabled_reason=NOT_IN_CONFIG, disabled_by="config"))


def _fresh(config: SourceConfig, now: datetime) -> dict[str, Any]:
    row = Source(**_settings(config), url=config.url, next_poll_at=now)
    return values_of(row) | _switch(config.enabled, config.disabled_reason)


def _changes(config: SourceConfig, known: Row[Any], now: datetime) -> dict[str, Any]:
    if known.config_url != config.url:  # another address: nothing learnt from the old one holds
        return _fresh(config, now)
    switched_elsewhere = not known.enabled and known.disabled_by != "config"
    if config.enabled and switched_elsewhere:
        return _settings(config)
    due = {"next_poll_at": now} if config.enabled and not known.enabled else {}
    return _settings(config) | due | _switch(config.enabled, config.disabled_reason)


def _settings(config: SourceConfig) -> dict[str, Any]:
    return {
        "id": config.id,
        "name": config.name,
        "kind": str(config.kind),
        "language": config.language,
        "country": config.country,
        "publisher": str(config.publisher),
        "side": config.side,
        "timezone": config.timezone,
        "sample": config.sample,
        "options": dict(config.options),
        "config_url": config.url,
    }


def _switch(enabled: bool, reason: str | None) -> dict[str, Any]:
    by = None if enabled else "config"
    return {"enabled": enabled, "disabled_reason": None if enabled else reason, "disabled_by": by}


def insert_source(s: Session, config: SourceConfig, now: datetime) -> None:
    """A user adds a source, due now; one of that id stays as it is. An empty `config_url`: no file names it."""
    insert_new(s, SOURCE, [_fresh(config, now) | {"config_url": ""}])


def set_source_enabled(s: Session, source_id: str, enabled: bool, reason: str) -> bool:
    """A user switches a source on or off; False if there is no such source."""
    off = {"enabled": False, "disabled_reason": reason, "disabled_by": "user"}
    on = {"enabled": True, "disabled_reason": None, "disabled_by": None, "next_poll_at": None}
    done = s.execute(
        update(SOURCE).where(SOURCE.c.id == source_id).values(on if enabled else off).returning(SOURCE.c.id)
    )
    return done.first() is not None


def request_poll(s: Session, source_id: str, now: datetime) -> bool:
    """Make a source due now; False if there is none of that name that is enabled."""
    ask = update(SOURCE).where(SOURCE.c.id == source_id, SOURCE.c.enabled)
    asked = ask.values(next_poll_at=now, next_poll_reason=ASKED, rung_at=None).returning(SOURCE.c.id)
    return s.execute(asked).first() is not None


# --- what users see --------------------------------------------------------------------------------------------


def list_sources(s: Session) -> list[SourceStatus]:
    """All sources by name, disabled ones too."""
    rows = s.execute(select(SOURCE).order_by(SOURCE.c.name, SOURCE.c.id)).all()
    rates = items_per_day(s, rows)
    return [_status(row, rates.get(row.id, 0.0)) for row in rows]


def list_configs(s: Session) -> list[SourceConfig]:
    """The configuration of all sources by name, without how they fare."""
    return [_config(row) for row in s.execute(select(SOURCE).order_by(SOURCE.c.name, SOURCE.c.id))]


def _status(row: Row[Any], items_per_day: float) -> SourceStatus:
    return SourceStatus(
        config=_config(row),
        url=row.url,
        next_poll_at=row.next_poll_at,
        next_poll_reason=row.next_poll_reason,
        interval_seconds=row.interval_seconds,
        failure_weight=row.failure_weight,
        failing_since_at=row.failing_since_at,
        last_polled_at=row.last_polled_at,
        last_outcome=row.last_outcome,
        last_reason=row.last_reason,
        last_success_at=row.last_success_at,
        last_new_item_at=row.last_new_item_at,
        moved_to=row.moved_to,
        items_per_day=items_per_day,
        silence_told_at=row.silence_told_at,
    )


def _config(row: Row[Any]) -> SourceConfig:
    fields = {name: getattr(row, name) for name in SourceConfig.__dataclass_fields__}
    fields |= {"url": row.config_url or row.url, "kind": SourceKind(row.kind), "publisher": Publisher(row.publisher)}
    return SourceConfig(**fields)
