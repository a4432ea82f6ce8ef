"""Weak secrets are refused where others could reach what they guard."""

from pathlib import Path

import pytest

from ceasewire.errors import ConfigError
from ceasewire.settings import Settings
from ceasewire.strength import check_secrets, weakness

STRONG = "4f1c09a7e2b85d3360fe"
REMOTE = "postgresql://ceasewire@db.example/ceasewire"


def settings(**values: str) -> Settings:
    return Settings(Path("data"), Path("config"), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "secret",
    ["", "short", "changeme-changeme", "ceasewire-password", "your-secret-key-here", "1234567890123456", "a" * 40],
)
def test_what_everybody_would_try_first_is_weak(secret: str) -> None:
    assert weakness(secret)


@pytest.mark.parametrize("secret", [STRONG, "Zr8+kQ0vTtB4pY1nLw6sUg==", "nine brown geese fly over Areni"])
def test_what_a_generator_makes_is_not(secret: str) -> None:
    assert weakness(secret) is None


@pytest.mark.parametrize(
    ("values", "about"),
    [
        ({"database_url": REMOTE, "database_password": STRONG}, "CEASEWIRE_SECRET_KEY"),
        ({"database_url": REMOTE, "secret_key": STRONG}, "CEASEWIRE_DATABASE_PASSWORD"),
        ({"database_url": REMOTE.replace("@", ":postgres@"), "secret_key": STRONG}, "CEASEWIRE_DATABASE_PASSWORD"),
        ({"secret_key": "changeme-changeme"}, "CEASEWIRE_SECRET_KEY"),
        ({"api_key": "changeme-changeme"}, "CEASEWIRE_API_KEY"),
    ],
)
def test_the_refusal_names_setting_and_remedy(values: dict[str, str], about: str) -> None:
    with pytest.raises(ConfigError, match="openssl rand") as refused:
        check_secrets(settings(**values))
    assert refused.value.about == about


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"database_url": "postgresql:///ceasewire?host=/run/postgresql"},
        {"database_url": "postgresql://u@127.0.0.1/ceasewire"},
        {"database_url": REMOTE, "secret_key": STRONG, "database_password": STRONG},
        {"database_url": REMOTE + "?passfile=/run/pgpass", "secret_key": STRONG},
    ],
)
def test_what_starts(values: dict[str, str]) -> None:
    check_secrets(settings(**values))


def test_a_password_of_its_own_goes_into_the_address_whatever_it_holds() -> None:
    url = settings(database_url=REMOTE, database_password="a/b@c:d%").store_url
    assert url == "postgresql+psycopg://ceasewire:a%2Fb%40c%3Ad%25@db.example/ceasewire"


def test_a_secret_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(STRONG + "\n")
    name = "CEASEWIRE_SECRET_KEY"
    assert Settings.from_environment({f"{name}_FILE": str(file), name: ""}).secret_key == STRONG
    with pytest.raises(ConfigError, match="different things"):
        Settings.from_environment({f"{name}_FILE": str(file), name: "other"})
    with pytest.raises(ConfigError, match="cannot be read"):
        Settings.from_environment({f"{name}_FILE": str(tmp_path / "missing")})
