"""Settings: read once from the environment by the places that wire a program together, never deeper.

Each setting is a variable `CEASEWIRE_NAME`; `CEASEWIRE_NAME_FILE` names a file that holds the value instead, as
container platforms mount their secrets. Unknown `CEASEWIRE_*` variables are an error: a misspelt one is not silent.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from ceasewire.errors import ConfigError

PREFIX = "CEASEWIRE_"
SERVERS = {  # schemes of their addresses
    "redis_url": ("redis", "rediss", "redis+socket"),
    "database_url": ("postgresql", "postgres", "postgresql+psycopg", "sqlite"),
}
SQLITE_FILE = "ceasewire.sqlite3"  # in the data directory
ARGOS_INDEX = "https://raw.githubusercontent.com/argosopentech/argospm-index/main/index.json"
TRUE, FALSE = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with its default; `database_url` and `redis_url` are empty in embedded mode.

    What may hold a password is left out of its repr.
    """

    data_dir: Path
    config_dir: Path
    database_url: str = field(default="", repr=False)  # postgresql://… ; empty: SQLite in data_dir
    database_password: str = field(default="", repr=False)  # into database_url, so that it may stand in a file alone
    redis_url: str = field(default="", repr=False)  # redis://… ; empty: `ceasewire up` starts its own
    packages_dir: Path = Path()  # translation packages; default data_dir/packages
    argos_index: str = ARGOS_INDEX
    languages: tuple[str, ...] = ()  # whose packages `ceasewire models ensure` installs
    host: str = "127.0.0.1"
    port: int = 8642
    hosts: tuple[str, ...] = ()  # further names that the API goes by, as within a network of containers
    cors_origins: tuple[str, ...] = ()  # pages of other sites that may read the API
    public_url: str = ""  # how subscribers reach the page, for links in alerts
    sample: bool = False  # poll the recorded sample too
    sample_url: str = ""  # where the recorded sample is served
    live: bool = True  # poll config/sources.yaml
    allow_networks: tuple[str, ...] = ()  # private networks that sources and webhooks may live in
    oembed: bool = False  # ask X and Telegram for posts that articles embed by their id alone
    oembed_x: str = "https://publish.twitter.com/oembed"
    oembed_telegram: str = "https://t.me"
    user_agent: str = "Ceasewire/0.1 (conflict news monitor)"
    translate_to: str = "en"
    more_languages: tuple[str, ...] = ()  # that the detector may answer beside its own, see ceasewire.pipeline.detect
    log_format: str = "text"  # text | json
    secret_key: str = field(default="", repr=False)  # encrypts subscribers' secrets; empty: made once in data_dir
    api_key: str = field(default="", repr=False)  # asked for by the API wherever it is reached from beyond this machine
    open_reads: bool = False  # let anybody read there; writing needs the key all the same
    requests_per_minute: int = 600  # of one key, or of one address where reads are open; 0: no limit
    stream_clients: int = 100  # that listen to live streams at once
    smtp_url: str = field(default="", repr=False)  # smtp://user:password@host:587, smtps://… ; empty: no e-mail
    mail_from: str = ""  # who alerts by e-mail come from
    apprise_config: str = ""  # names and addresses of Apprise channels; default config_dir/apprise.yaml
    keep_items_days: int = 0  # items about no conflict, after publication; 0: for ever
    keep_tagged_days: int = 0  # items about one
    keep_revisions_days: int = 0  # former texts of items
    keep_deliveries_days: int = 0  # alerts that were delivered or given up
    channel_rates: tuple[str, ...] = ("webhook=600", "email=60", "apprise=20")  # messages a minute to one address

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read all settings. Raises ConfigError that names the variable."""
        env = os.environ if environ is None else environ
        values = _values(env)
        data_dir = Path(values.pop("data_dir", "") or _default_data_dir(env)).expanduser()
        config_dir = Path(values.pop("config_dir", "") or _default_config_dir()).expanduser()
        packages_dir = Path(values.pop("packages_dir", "") or data_dir / "packages").expanduser()
        others = {name: _convert(name, text) for name, text in values.items()}
        return cls(data_dir=data_dir, config_dir=config_dir, packages_dir=packages_dir, **others)  # type: ignore[arg-type]

    @property
    def store_url(self) -> str:
        """SQLAlchemy address of the store: the configured one, or SQLite in the data directory."""
        if not self.database_url:
            return f"sqlite:///{self.data_dir / SQLITE_FILE}"
        url = with_password(self.database_url, self.database_password)
        scheme, _, rest = url.partition("://")
        if scheme in {"postgres", "postgresql"}:
            return f"postgresql+psycopg://{rest}"
        return url

    @property
    def reached_at(self) -> str:
        """The address that subscribers reach the page at."""
        return self.public_url or f"http://{self.host}:{self.port}"

    def environment(self) -> dict[str, str]:
        """The settings as variables, for child processes."""
        return {PREFIX + field.name.upper(): _text(getattr(self, field.name)) for field in fields(self)}


def with_password(url: str, password: str) -> str:
    """The address with a password in it, whatever characters it holds; as it is where none is given."""
    parts = urlsplit(url)
    if not password or not parts.netloc:
        return url
    user, _, host = parts.netloc.rpartition("@")
    netloc = f"{user.partition(':')[0]}:{quote(password, safe='')}@{host}"
    return urlunsplit(parts._replace(netloc=netloc))


def is_this_machine(host: str) -> bool:
    """Is this name or address this machine and nothing else? A socket's path, or no host, is."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host in {"", "localhost"} or host.startswith(("/", "%2f", "%2F"))


def _values(env: Mapping[str, str]) -> dict[str, str]:
    known = {field.name for field in fields(Settings)}
    found: dict[str, str] = {}
    for variable, text in env.items():
        if not variable.startswith(PREFIX) or not text:  # `NAME=` is how container platforms leave a setting out
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name == "shared" or name.startswith("test_"):  # for the tests, not for the program
            continue
        if name.endswith("_file") and name.removesuffix("_file") in known:
            found[name.removesuffix("_file")] = _secret_file(variable, text, env.get(variable.removesuffix("_FILE")))
        elif name in known:
            found.setdefault(name, text)
        else:
            raise ConfigError("no such setting", about=variable, remedy="see config/env.example for all of them")
    return found


def _secret_file(variable: str, path: str, given: str | None) -> str:
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"its file cannot be read: {error}", about=variable) from error
    if given and given != text:
        other = variable.removesuffix("_FILE")
        raise ConfigError(f"its file and {other} say different things", about=variable, remedy="drop one of them")
    return text


def _convert(name: str, text: str) -> object:
    default = Settings.__dataclass_fields__[name].default
    variable = PREFIX + name.upper()
    if isinstance(default, bool):
        if text.lower() in TRUE | FALSE:
            return text.lower() in TRUE
        raise ConfigError(f"{text!r} is neither yes nor no", about=variable)
    if isinstance(default, int):
        if text.isdecimal():
            return int(text)
        raise ConfigError(f"{text!r} is not a whole number", about=variable)
    if isinstance(default, tuple):
        return _networks(variable, text) if name == "allow_networks" else _words(text)
    if name == "log_format" and text not in {"text", "json"}:
        raise ConfigError(f"{text!r} is neither text nor json", about=variable)
    if name in SERVERS:
        _check_address(variable, text, SERVERS[name])
    return text


def _check_address(variable: str, text: str, schemes: tuple[str, ...]) -> None:
    """Without quoting it: there may be a password in it."""
    remedy = f"write {' or '.join(f'{scheme}://…' for scheme in schemes)}"
    try:
        scheme, _ = urlsplit(text).scheme, urlsplit(text).port
    except ValueError as error:
        raise ConfigError(f"is no address: {error}", about=variable, remedy=remedy) from None
    if scheme not in schemes or "://" not in text:
        raise ConfigError(f"is no address of a server that can be used: {scheme}://", about=variable, remedy=remedy)


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _networks(variable: str, text: str) -> tuple[str, ...]:
    for part in _words(text):
        try:
            ip_network(part)
        except ValueError as error:
            raise ConfigError(str(error), about=variable, remedy="write networks as 10.1.0.0/16, …") from None
    return _words(text)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _default_data_dir(env: Mapping[str, str]) -> Path:
    home = env.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(home) / "ceasewire"


def _default_config_dir() -> Path:
    here = Path.cwd() / "config"
    return here if here.is_dir() else Path(__file__).resolve().parent.parent / "config"
