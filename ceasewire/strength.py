"""Secrets that keep nobody out are refused at the start: short ones, and those that everybody's examples have."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

from ceasewire.errors import ConfigError
from ceasewire.settings import Settings, is_this_machine

SHORTEST = 16  # characters
REMEDY = "make one with: openssl rand -hex 24"
_EVERYBODYS = re.compile(
    r"change[-_ .]?(me|this|it)|replace[-_ .]?(me|this)|your|secret|passw(or)?[dt]|default|example|insecure|test|admin"
    r"|root|postgres(ql)?|ceasewire|user|key|token|qwerty|letmein|abc(def)?|(0?1)?23456?7?8?9?0?|[-_ .]",
    re.IGNORECASE,
)
_LEFT = 6  # different characters beside such words
_ELSEWHERE = frozenset({"passfile", "sslcert", "service"})  # libpq finds the secret there


def weakness(secret: str) -> str | None:
    """What is wrong with a secret, or None."""
    if not secret:
        return "is empty"
    if len(secret) < SHORTEST:
        return f"holds {len(secret)} characters, at least {SHORTEST} are needed"
    if len(set(_EVERYBODYS.sub("", secret))) < _LEFT:
        return "is one that everybody can guess"
    return None


def check_secrets(settings: Settings) -> None:
    """Refuse to start with a weak secret where others could reach what it guards.

    On one machine an empty secret key is made and kept by the program, and SQLite asks for no password. With a database
    beyond this machine several processes must share the key, and each needs the password.

    Raises:
        ConfigError: names the setting and how to make a better value.
    """
    faults = {"API_KEY": weakness(settings.api_key) if settings.api_key else None}
    faults["SECRET_KEY"] = weakness(settings.secret_key) if settings.secret_key else None
    url = urlsplit(settings.database_url)
    if settings.database_url and not is_this_machine(url.hostname or ""):
        faults["SECRET_KEY"] = weakness(settings.secret_key)
        if not _ELSEWHERE & parse_qs(url.query).keys():
            faults["DATABASE_PASSWORD"] = weakness(settings.database_password or unquote(url.password or ""))
    for name, fault in faults.items():
        if fault:
            raise ConfigError(
                fault, about=f"CEASEWIRE_{name}", remedy=f"{REMEDY}; or name its file in CEASEWIRE_{name}_FILE"
            )
