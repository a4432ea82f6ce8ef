"""Reads `sources.yaml`: which sources are polled and how. All mistakes are told at once, each with its line.

A file is a list under `sources`, a row per source:

    - id: kremlin-en                     lower-case letters, digits and hyphens; names the source for ever
      name: President of Russia
      url: http://en.kremlin.ru/events/president/news/feed
      kind: feed                         feed | telegram | page
      publisher: state                   state | wire | independent | regional | ngo
      language: en                       ISO 639-1; left out where a source mixes languages
      country: RU                        ISO 3166-1 alpha-2
      side: russia                       whose view it gives; one word, the same for all sources of that side
      timezone: Europe/Moscow            IANA name, for dates that come without an offset
      enabled: false                     true when left out
      disabled_reason: answers 404       needed where `enabled` is false
      options: {min_gap_seconds: 1.5}    quirks, see `OPTIONS`
      note: for people; not read
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ceasewire.errors import ConfigError
from ceasewire.items import Publisher, SourceConfig, SourceKind
from ceasewire.yamlfile import Location, YamlFile, read_yaml

SAMPLE_BASE = "{sample}"
UNSERVED = "http://sample.invalid"  # RFC 2606: resolves nowhere; stands in until a sample server has a port

_ISO_639_1 = (
    "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo"
    " es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka"
    " kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng"
    " nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su"
    " sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
LANGUAGES = frozenset(_ISO_639_1.split())

ROW_KEYS = [*(field.name for field in fields(SourceConfig) if field.name != "sample"), "note"]
SELECTOR_KEYS = frozenset({"item", "title", "link", "date", "text", "author"})

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SIDE = re.compile(r"[a-z]+(?:_[a-z]+)*")
_COUNTRY = re.compile(r"[A-Z]{2}")
_TELEGRAM_PATH = re.compile(r"/s/[A-Za-z0-9_]{4,32}")

_Enum = TypeVar("_Enum", bound=StrEnum)


def load_sources(path: Path, *, sample: bool = False, base_url: str | None = None) -> tuple[SourceConfig, ...]:
    """Sources of one file, in its order, disabled ones included.

    `sample` marks them as a recorded archive, in whose addresses `{sample}` stands for `base_url`, the server
    of that archive; without one they are checked, but lead nowhere.

    Raises:
        ConfigError: the file cannot be read, or any of its rows is wrong; the message lists every mistake.
    """
    return parse_sources(read_yaml(path), sample=sample, base_url=base_url)


def parse_sources(file: YamlFile, *, sample: bool = False, base_url: str | None = None) -> tuple[SourceConfig, ...]:
    """Sources of a YAML file that has been read; see `load_sources`."""
    problems = _Problems(file)
    base = (base_url or UNSERVED).rstrip("/") if sample else None
    rows = [_Row(problems, index, row, base) for index, row in _rows(problems)]
    sources = tuple(_source(row, sample=sample) for row in rows)
    _check_unique(rows, problems)
    problems.raise_if_any()
    return sources


# --- one file --------------------------------------------------------------------------------------------------


class _Problems:
    """Collects what is wrong with a file, so that a user need not run the check once per mistake."""

    def __init__(self, file: YamlFile) -> None:
        self.file = file
        self._errors: list[ConfigError] = []

    def add(self, keys: Location, message: str, remedy: str) -> None:
        self._errors.append(self.file.error(keys, message, remedy))

    def raise_if_any(self) -> None:
        if len(self._errors) == 1:
            raise self._errors[0]
        if self._errors:
            in_order = sorted(self._errors, key=lambda error: int(error.about.rpartition(":")[2]))
            lines = "".join(f"\n  {error}" for error in in_order)
            raise ConfigError(f"{len(in_order)} mistakes:{lines}", about=self.file.name)


def _rows(problems: _Problems) -> Iterator[tuple[int, Mapping[str, Any]]]:
    data = problems.file.data
    if not isinstance(data, dict) or not isinstance(data.get("sources"), list):
        problems.add((), "holds no list under 'sources'", "begin the file with 'sources:' and one '- id: …' per source")
        return
    for key in [key for key in data if key != "sources"]:
        problems.add((str(key),), "unknown key", "only 'sources' stands at the top")
    for index, row in enumerate(data["sources"]):
        if isinstance(row, dict):
            yield index, row
        else:
            problems.add(("sources", index), "is not a row of keys and values", "write '- id: …' and the other keys")


def _check_unique(rows: Iterable["_Row"], problems: _Problems) -> None:
    """An id or address that stands twice would poll one source twice or lose one of two."""
    for key, remedy in (("id", "give each source its own id"), ("url", "remove one of the two rows")):
        seen: set[str] = set()
        for row in rows:
            value = comparable(row.values.get(key))
            if value and value in seen:
                problems.add(row.at(key), f"{row.values[key]!r} stands in an earlier row too", remedy)
            seen.add(value)


def comparable(value: object) -> str:
    """What two ids or addresses have in common when they mean one source; empty for what is no text."""
    return re.sub(r"^https?://(www\.)?", "", value.lower()).rstrip("/") if isinstance(value, str) else ""


# --- one row ---------------------------------------------------------------------------------------------------


class _Row:
    """One row. Accessors note what is wrong and answer a stand-in; `raise_if_any` keeps it from getting out."""

    def __init__(self, problems: _Problems, index: int, values: Mapping[str, Any], sample_base: str | None) -> None:
        self.problems = problems
        self.index = index
        self.values = values
        self.sample_base = sample_base

    def at(self, *keys: str) -> Location:
        return ("sources", self.index, *keys)

    def fail(self, key: str, message: str, remedy: str) -> None:
        self.problems.add(self.at(*key.split(".")), message, remedy)

    def text(self, key: str) -> str | None:
        """A non-empty string, or None where the key is left out."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, str) and value.strip():
            return value.strip()
        # YAML reads a bare `no` (Norwegian, Norway) as false and a bare number as a number
        self.fail(key, f"must be a text, not {value!r}", "write the text, in quotes if it looks like something else")
        return None

    def needed(self, key: str, remedy: str) -> str:
        if self.values.get(key) is None:
            self.fail(key, "is missing", remedy)
        return self.text(key) or ""

    def matching(self, key: str, good: Callable[[str], object], message: str, remedy: str) -> str | None:
        value = self.text(key)
        if value is not None and not good(value):
            self.fail(key, f"{value!r} {message}", remedy)
        return value

    def choice(self, key: str, kinds: type[_Enum]) -> _Enum:
        value = self.needed(key, f"write one of: {', '.join(kinds)}")
        if value in list(kinds):
            return kinds(value)
        if value:
            self.fail(key, f"{value!r} is none of the known ones", f"write one of: {', '.join(kinds)}")
        return next(iter(kinds))

    def flag(self, key: str, default: bool) -> bool:
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            self.fail(key, f"must be true or false, not {value!r}", "write true or false without quotes")
        return bool(value)


def _source(row: _Row, *, sample: bool) -> SourceConfig:
    for key in [key for key in row.values if key not in ROW_KEYS]:
        row.fail(str(key), "unknown key", f"known keys: {', '.join(ROW_KEYS)}")
    row.text("note")
    kind = row.choice("kind", SourceKind)
    enabled = row.flag("enabled", default=True)
    return SourceConfig(
        id=_id(row),
        name=row.needed("name", "write the name that readers know it by"),
        url=_url(row, kind),
        kind=kind,
        language=row.matching("language", LANGUAGES.__contains__, "is no ISO 639-1 language", "e.g. ru hy az tr en"),
        country=row.matching("country", _COUNTRY.fullmatch, "is no country", "write ISO 3166-1 alpha-2, e.g. AM"),
        publisher=row.choice("publisher", Publisher),
        side=row.matching("side", _SIDE.fullmatch, "is no side", "write one lower-case word, e.g. international"),
        timezone=row.matching("timezone", _is_zone, "is no IANA time zone", "e.g. Asia/Yerevan"),
        enabled=enabled,
        disabled_reason=_disabled_reason(row, enabled),
        sample=sample,
        options=_options(row, kind, enabled),
    )


def _id(row: _Row) -> str:
    value = row.needed("id", "give the source a short name of its own, e.g. kremlin-en")
    if value and not _ID.fullmatch(value):
        row.fail("id", f"{value!r} is no id", "use lower-case letters and digits, parted by single hyphens")
    return value


def _url(row: _Row, kind: SourceKind) -> str:
    url = row.needed("url", "write the address of the feed, channel preview or listing page")
    if SAMPLE_BASE in url:
        if row.sample_base is None:
            row.fail("url", f"{SAMPLE_BASE} stands only in a recorded archive", "write a real address")
        url = url.replace(SAMPLE_BASE, row.sample_base or UNSERVED)
    if url and (fault := url_fault(url)):
        row.fail("url", f"{url!r} {fault}", "write it in full, e.g. https://example.org/rss")
    elif url and kind is SourceKind.TELEGRAM and not _TELEGRAM_PATH.fullmatch(urlsplit(url).path):
        row.fail("url", f"{url!r} is no preview page of a channel", "write https://t.me/s/CHANNEL")
    return url


def url_fault(url: str) -> str | None:
    """What is wrong with an address that is to be polled; None if nothing."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        return f"is no address: {error}"
    if parts.scheme not in ("http", "https") or not host:
        return "is no http or https address"
    if parts.username or parts.password:
        return "holds a user name or password, which logs would show"
    return "holds a space" if re.search(r"\s", url) else None


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return "/" in name or name == "UTC"


def _disabled_reason(row: _Row, enabled: bool) -> str | None:
    reason = row.text("disabled_reason")
    if enabled and reason:
        row.fail("disabled_reason", "stands on an enabled source", "remove it, or write enabled: false")
    if not enabled and not reason:
        row.fail("enabled", "is false without disabled_reason", "say why, so that nobody has to find out again")
    return reason


# --- options ---------------------------------------------------------------------------------------------------


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and value.isprintable()


def _is_seconds(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 86_400


def _are_selectors(value: object) -> bool:
    if not isinstance(value, dict) or not {"item"} <= value.keys() <= SELECTOR_KEYS:
        return False
    return all(map(_is_text, value.values()))


_OTHERS = ", ".join(sorted(SELECTOR_KEYS - {"item"}))

OPTIONS: Mapping[str, tuple[Callable[[object], bool], str]] = MappingProxyType(
    {
        # name: (is the value good, what it must be)
        "user_agent": (_is_text, "a text: the User-Agent to send, where a server refuses ours"),
        "full_text": (_is_flag, "true or false: fetch each article's page, the feed has leads only"),
        "min_gap_seconds": (_is_seconds, "seconds between two requests to its host, above 0 and at most 86400"),
        "min_interval_seconds": (_is_seconds, "seconds between two polls at least, above 0 and at most 86400"),
        "max_interval_seconds": (_is_seconds, "seconds between two polls at most, above 0 and at most 86400"),
        "watch_vanished": (_is_flag, "true or false: tell when it takes an item back; if left out, publisher: state"),
        "selectors": (_are_selectors, f"CSS selectors: 'item', and if wanted {_OTHERS}"),
    }
)


def _options(row: _Row, kind: SourceKind, enabled: bool) -> Mapping[str, Any]:
    options = row.values.get("options") or {}
    if not isinstance(options, dict):
        row.fail("options", f"must be keys and values, not {options!r}", f"known options: {', '.join(OPTIONS)}")
        return {}
    for key, value in options.items():
        if key not in OPTIONS:
            row.fail(f"options.{key}", "unknown option", f"known options: {', '.join(OPTIONS)}")
        elif not OPTIONS[key][0](value):
            row.fail(f"options.{key}", f"{value!r} does not fit", f"write {OPTIONS[key][1]}")
    if kind is SourceKind.PAGE and enabled and "selectors" not in options:
        row.fail("options.selectors", "is missing", f"a page needs {OPTIONS['selectors'][1]}")
    return MappingProxyType(dict(options))
