"""YAML files with the line of every value, so that an error about a value can say where it stands."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from ceasewire.errors import ConfigError

Location = tuple[str | int, ...]


class YamlFile:
    """A parsed file. `data` is plain dicts and lists; `where(keys)` is `file:line` of the value under `keys`."""

    def __init__(self, name: str, data: Any, lines: dict[Location, int]) -> None:
        self.name = name
        self.data = data
        self._lines = lines

    def where(self, keys: Sequence[str | int]) -> str:
        """`file:line` of the value under `keys`, or of the nearest parent that stands in the file."""
        at = tuple(keys)
        while at and at not in self._lines:
            at = at[:-1]
        return f"{self.name}:{self._lines.get(at, 1)}"

    def error(self, keys: Sequence[str | int], message: str, remedy: str = "") -> ConfigError:
        """The error to raise about the value under `keys`."""
        path = ".".join(str(key) for key in keys)
        return ConfigError(f"{path}: {message}" if path else message, about=self.where(keys), remedy=remedy)


def read_yaml(path: Path) -> YamlFile:
    """Read one file.

    Raises:
        ConfigError: the file is missing, is no UTF-8, no YAML, or holds a key twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError("no such file", about=str(path)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", about=str(path)) from error
    return parse_yaml(text, name=str(path))


def parse_yaml(text: str, name: str) -> YamlFile:
    """Parse YAML text; `name` is how errors call it. Raises ConfigError like `read_yaml`."""
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        lines: dict[Location, int] = {}
        if root is not None:
            _note_lines(root, (), lines, name)
        data = loader.construct_document(root) if root is not None else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"not valid YAML: {error.problem}", about=f"{name}:{line}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"not valid YAML: {error}", about=name) from error
    finally:
        loader.dispose()
    return YamlFile(name, data, lines)


def _note_lines(node: yaml.Node, at: Location, lines: dict[Location, int], name: str) -> None:
    lines[at] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            _note_lines(child, (*at, index), lines, name)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key_node, child in node.value:
            key = str(key_node.value)
            if key in seen:
                where = f"{name}:{key_node.start_mark.line + 1}"
                raise ConfigError(f"key {key!r} stands twice", about=where, remedy="merge or rename one of them")
            seen.add(key)
            _note_lines(child, (*at, key), lines, name)
            lines[(*at, key)] = key_node.start_mark.line + 1
