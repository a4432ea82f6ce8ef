"""Reading a value of a YAML file by what it must be; every error names file, line, key and remedy."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from ceasewire.errors import ConfigError
from ceasewire.yamlfile import YamlFile


class Node:
    """The value under `keys` in a file. Readers raise ConfigError when it is not what they read."""

    def __init__(self, file: YamlFile, keys: tuple[str | int, ...] = ()) -> None:
        self.file = file
        self.keys = keys
        value = file.data
        for key in keys:
            value = value[key]
        self.value = value

    @property
    def where(self) -> str:
        """`file:line` of the value."""
        return self.file.where(self.keys)

    def error(self, message: str, remedy: str = "", *, key: str | int | None = None) -> ConfigError:
        """The error to raise about this value, or about one key in it."""
        keys = self.keys if key is None else (*self.keys, key)
        return self.file.error(keys, message, remedy)

    def only(self, allowed: str | Iterable[str]) -> "Node":
        """Itself, a mapping, if it has no other keys than these (a string of words, or a list)."""
        names = sorted(allowed.split() if isinstance(allowed, str) else allowed)
        for key in self.mapping():
            if key not in names:
                near = difflib.get_close_matches(str(key), names, n=1)
                remedy = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(names)}"
                raise self.error("unknown key", remedy, key=key)
        return self

    def mapping(self) -> Mapping[str, Any]:
        """The value as a mapping."""
        if not isinstance(self.value, dict):
            raise self.error(f"must be a mapping, is {_kind(self.value)}", "write `key: value` lines under it")
        return self.value

    def has(self, key: str) -> bool:
        """Does the mapping have a key with a value?"""
        return self.mapping().get(key) is not None

    def at(self, key: str | int) -> "Node":
        """The value under a key that must be there."""
        if isinstance(key, str) and not self.has(key):
            raise self.error(f"{key!r} is missing", f"add `{key}: …` here")
        return Node(self.file, (*self.keys, key))

    def items(self) -> Iterator[tuple[str, "Node"]]:
        """Key and value of each entry of the mapping."""
        for key in self.mapping():
            if not isinstance(key, str):
                raise self.error(f"key {key!r} is {_kind(key)}", "put it in quotation marks")
            yield key, Node(self.file, (*self.keys, key))

    def elements(self) -> list["Node"]:
        """The elements of the list."""
        if not isinstance(self.value, list):
            raise self.error(f"must be a list, is {_kind(self.value)}", "write [a, b]")
        return [Node(self.file, (*self.keys, index)) for index in range(len(self.value))]

    def text(self, key: str, default: str | None = None) -> str:
        """A string under a key; without a default it must be there."""
        if default is not None and not self.has(key):
            return default
        return self.at(key).string()

    def string(self) -> str:
        """The value as a non-empty string."""
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.error(f"must be text, is {_kind(self.value)}", "put it in quotation marks")
        return self.value

    def strings(self) -> tuple[str, ...]:
        """The value as a list of strings."""
        return tuple(element.string() for element in self.elements())

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings under a key, empty if it is not there."""
        return self.at(key).strings() if self.has(key) else ()

    def number(self, key: str, default: float | None = None) -> float:
        """A number under a key; without a default it must be there."""
        if default is not None and not self.has(key):
            return default
        value = self.at(key).value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(f"must be a number, is {_kind(value)}", key=key)
        return value

    def integer(self, key: str, default: int | None = None) -> int:
        """A whole number under a key."""
        value = self.number(key, default)
        if value != int(value):
            raise self.error("must be a whole number", key=key)
        return int(value)

    def flag(self, key: str, default: bool = False) -> bool:
        """true or false under a key."""
        if not self.has(key):
            return default
        value = self.at(key).value
        if not isinstance(value, bool):
            raise self.error(f"must be true or false, is {_kind(value)}", key=key)
        return value

    def day(self, key: str) -> date | None:
        """A date under a key, None if it is not there."""
        if not self.has(key):
            return None
        value = self.at(key).value
        if type(value) is not date:
            raise self.error(f"must be a date, is {_kind(value)}", "write it as 2020-11-10", key=key)
        return value

    def choice(self, key: str, allowed: Iterable[str], default: str | None = None) -> str:
        """One of some words under a key."""
        names = list(allowed)
        value = self.text(key, default)
        if value not in names:
            raise self.error(f"{value!r} is not known", f"one of: {', '.join(names)}", key=key)
        return value


def _kind(value: Any) -> str:
    names = {dict: "a mapping", list: "a list", str: "text", bool: "true/false", date: "a date", type(None): "empty"}
    return names.get(type(value), f"the number {value}" if isinstance(value, int | float) else type(value).__name__)
