"""Load: the subscriptions of `subscriptions.yaml` into the store. The file owns its rows; mistakes are told at once.

A file is a list under `subscriptions`, a row per subscription. Beside the fields that the API takes, see
`ceasewire.pipeline.subscription`, a row has:

    - id: talks-desk                  lower-case letters, digits and hyphens; names the subscription for ever
      secret_file: secrets/talks      signs a webhook's messages, see `ceasewire subscriptions secret`; its path starts
                                      beside this file, its secret is stored encrypted
      enabled: false                  true when left out
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ceasewire.errors import ConfigError
from ceasewire.items import Mode
from ceasewire.operator import setup_fault
from ceasewire.pipeline.options import WrongFields
from ceasewire.pipeline.subscription import FIELDS, Known, Subscription, parse_subscription
from ceasewire.secrets import webhook_secret_fault
from ceasewire.settings import Settings
from ceasewire.store import events, subscriptions
from ceasewire.store.session import Session
from ceasewire.store.subscriptions import SubscriptionView
from ceasewire.subscribing import new_subscription
from ceasewire.yamlfile import YamlFile, read_yaml
from worker.jobs.evaluate import send_digest

FILE = "subscriptions.yaml"
OWN_KEYS = ("id", "secret_file", "enabled")
DISABLED = "disabled in subscriptions.yaml"
GONE = "no longer in subscriptions.yaml"
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

Fault = tuple[str, str]  # a field's path and what is wrong with it


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file, checked. `secret` is as the receiver knows it."""

    id: str
    wanted: Subscription
    secret: str
    enabled: bool


def read_subscriptions(path: Path, known: Known) -> list[Row]:
    """The rows of a file; none where there is no file.

    Raises:
        ConfigError: every mistake with its line and field.
    """
    if not path.exists():
        return []
    file = read_yaml(path)
    data = file.data
    listed = data.get("subscriptions") if isinstance(data, dict) else None
    if not isinstance(data, dict) or list(data) != ["subscriptions"] or not isinstance(listed or [], list):
        raise file.error((), "holds no list under 'subscriptions'", "begin it with 'subscriptions:', nothing else")
    errors: list[ConfigError] = []
    rows: list[Row] = []
    for index, values in enumerate(listed or []):
        faults: list[Fault] = []
        row = _row(values, path.parent, known, {row.id for row in rows}, faults)
        errors += [file.error(("subscriptions", index, *field.split(".")), message) for field, message in faults]
        rows += [row] if row else []
    _raise(file, errors)
    return rows


def _raise(file: YamlFile, errors: Sequence[ConfigError]) -> None:
    if len(errors) == 1:
        raise errors[0]
    if errors:
        lines = "".join(f"\n  {error}" for error in errors)
        raise ConfigError(f"{len(errors)} mistakes:{lines}", about=file.name)


def _row(values: Any, beside: Path, known: Known, ids: set[str], faults: list[Fault]) -> Row | None:
    if not isinstance(values, dict):
        faults.append(("", "is not a row of keys and values"))
        return None
    own = {name: values.get(name) for name in OWN_KEYS}
    if not isinstance(own["id"], str) or not _ID.fullmatch(own["id"]):
        faults.append(("id", f"{own['id']!r} is no id: write lower-case letters, digits and hyphens"))
    elif own["id"] in ids:
        faults.append(("id", f"{own['id']!r} stands in an earlier row too"))
    if own["enabled"] not in (None, True, False):
        faults.append(("enabled", f"must be true or false, not {own['enabled']!r}"))
    secret = _secret(own["secret_file"], beside, faults)
    fields = {str(name): value for name, value in values.items() if name not in OWN_KEYS}
    faults += [
        (name, f"unknown key; known: {', '.join((*OWN_KEYS, *FIELDS))}") for name in fields if name not in FIELDS
    ]
    try:
        wanted = parse_subscription({name: fields[name] for name in FIELDS if name in fields}, known)
    except WrongFields as error:
        faults += error.faults
        return None
    if wanted.channel == "webhook" and own["secret_file"] is None:
        faults.append(("channel", "a webhook's messages are signed; name the file with its secret under secret_file"))
    return Row(str(own["id"]), wanted, secret, own["enabled"] is not False)


def _secret(name: Any, beside: Path, faults: list[Fault]) -> str:
    if name is None:
        return ""
    try:
        secret = (beside / str(name)).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        faults.append(("secret_file", f"cannot be read: {error}"))
        return ""
    if fault := webhook_secret_fault(secret):
        faults.append(("secret_file", f"{fault}; `ceasewire subscriptions secret` makes one"))
    return secret


def check_channels(rows: Sequence[Row], settings: Settings) -> None:
    """Raises ConfigError for a row that is on and whose channel the operator has not set up."""
    for row in rows:
        fault = setup_fault(settings, row.wanted.channel, row.wanted.target)
        if row.enabled and fault:
            raise ConfigError(fault, about=f"{FILE}: {row.id}", remedy="or write enabled: false until it is")


# --- into the store --------------------------------------------------------------------------------------------


def save_rows(session: Session, rows: Sequence[Row], encrypt: Callable[[str], str], now: datetime) -> str:
    """Bring the store in line with the rows; returns what there is, in a line.

    Rows that are gone are paused with an event, not deleted: their history stays. Raises ConfigError for an id that a
    subscription made elsewhere has.
    """
    stored = {view.id: view for view in subscriptions.list_subscriptions(session)}
    for row in rows:
        _save(session, row, stored, encrypt, now)
    gone = [view for view in stored.values() if view.origin == "config" and view.id not in {row.id for row in rows}]
    for view in gone:
        if view.paused_reason != GONE:
            subscriptions.pause_subscription(session, view.id, GONE, now)
            events.insert_event(session, "subscription_removed", view.id, f"{view.name}: {GONE}, paused", now)
    off = sum(not row.enabled for row in rows)
    return f"{len(rows) - off} on, {off} off" if rows else "none"


def _save(
    session: Session,
    row: Row,
    stored: Mapping[str, SubscriptionView],
    encrypt: Callable[[str], str],
    now: datetime,
) -> None:
    secret = encrypt(row.secret) if row.secret else ""
    new = new_subscription(row.id, row.wanted, now, secret=secret, origin="config")
    old = stored.get(row.id)
    if old is None:
        subscriptions.insert_subscription(session, new, now)
    elif old.origin != "config":
        raise ConfigError(
            "a subscription made elsewhere has this id", about=row.id, remedy="choose another in the file"
        )
    else:
        same = (old.mode, dict(old.options)) == (new.mode, dict(new.options))
        kept = {"feed_token_sha256": old.feed_token_sha256} | ({"next_run_at": old.next_run_at} if same else {})
        subscriptions.save_subscription(session, replace(new, **kept), now)  # type: ignore[arg-type]
        if old.mode == Mode.DIGEST != new.mode:
            send_digest(session, old, now)  # what was collected goes once more as one
    reason = old.paused_reason if old else ""
    if not row.enabled:
        subscriptions.pause_subscription(session, row.id, DISABLED, now)
    elif reason in (DISABLED, GONE):  # what a user or a failing channel paused stays so
        subscriptions.resume_subscription(session, row.id, now)
