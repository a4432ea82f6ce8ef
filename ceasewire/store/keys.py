"""Keys of the API. A key is 256 random bits, shown once; of so many bits a plain SHA-256 is all the store needs."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from ceasewire.items import Scope
from ceasewire.store.tables import API_KEY

PREFIX = "cw_"  # so that a leaked one is known for what it is


@dataclass(frozen=True, slots=True)
class ApiKeyView:
    """One key, without the key. `per_minute` None: as the setting says."""

    id: int
    name: str
    scope: Scope
    per_minute: int | None
    created_at: datetime
    revoked_at: datetime | None
    sha256: str = field(repr=False)


def hash_key(key: str) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(key.encode()).hexdigest()


def insert_key(s: Session, name: str, scope: Scope, now: datetime, per_minute: int | None = None) -> str:
    """Make a key and return it; it is never seen again. Raises ValueError if the name is taken."""
    if s.scalar(select(API_KEY.c.id).where(API_KEY.c.name == name)) is not None:
        raise ValueError(f"there is a key named {name!r} already")
    key = PREFIX + secrets.token_urlsafe(32)
    row = {"name": name, "sha256": hash_key(key), "scope": str(scope), "per_minute": per_minute, "created_at": now}
    s.execute(insert(API_KEY).values(row))
    return key


def list_keys(s: Session) -> list[ApiKeyView]:
    """All keys, oldest first, revoked ones too."""
    rows = s.execute(select(API_KEY).order_by(API_KEY.c.id))
    return [ApiKeyView(**{**row._mapping, "scope": Scope(row.scope)}) for row in rows]


def revoke_key(s: Session, name: str, now: datetime) -> bool:
    """Close a key for ever; False if there is no open one of that name."""
    is_open = (API_KEY.c.name == name) & API_KEY.c.revoked_at.is_(None)
    return s.execute(update(API_KEY).where(is_open).values(revoked_at=now).returning(API_KEY.c.id)).first() is not None
