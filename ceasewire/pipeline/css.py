"""CSS selectors for listing pages, as XPath: types, `.class`, `#id`, attributes, descendants, `>` and commas.

The part of Selectors Level 3 that a source's row needs; anything else is refused by name.
"""

import re
from functools import lru_cache

from lxml import etree
from lxml.html import HtmlElement

from ceasewire.errors import ConfigError

_SIMPLE = re.compile(
    r"(?P<tag>\*|[a-zA-Z][\w-]*)|\.(?P<cls>-?[\w-]+)|\#(?P<id>[\w-]+)"
    r"|\[\s*(?P<attr>[\w:-]+)\s*(?:(?P<op>[~^$*|]?=)\s*(?:\"(?P<dq>[^\"]*)\"|'(?P<sq>[^']*)'|(?P<bare>[\w-]+))\s*)?\]"
    r"|:(?P<pseudo>first-child|last-child)"
)
_COMBINATOR = re.compile(r"\s*(>)\s*|\s+")


def select(root: HtmlElement, selector: str) -> list[HtmlElement]:
    """Elements below `root` that match, in document order.

    Raises:
        ConfigError: it is no selector, or uses a part that is not supported.
    """
    found: list[HtmlElement] = _compiled(selector)(root)  # type: ignore[assignment]
    return found


@lru_cache(maxsize=256)
def _compiled(selector: str) -> etree.XPath:
    try:
        return etree.XPath(" | ".join(_group(each.strip()) for each in _split_commas(selector)))
    except (ValueError, etree.XPathError) as error:
        raise ConfigError(
            f"cannot be used as a CSS selector: {error}",
            about=f"selector {selector!r}",
            remedy="use tags, .class, #id, [attribute=value], descendants, > and commas",
        ) from error


def _split_commas(selector: str) -> list[str]:
    return re.split(r",(?![^\[]*\])", selector)


def _group(selector: str) -> str:
    path, axis, at = "", ".//", 0
    if not selector:
        raise ValueError("it is empty")
    while at < len(selector):
        step, at = _compound(selector, at)
        path += axis + step
        combinator = _COMBINATOR.match(selector, at)
        if combinator and combinator.end() < len(selector):
            axis, at = ("/" if combinator.group(1) else "//"), combinator.end()
        elif at < len(selector):
            raise ValueError(f"{selector[at:]!r} is not supported")
    return path


def _compound(selector: str, at: int) -> tuple[str, int]:
    tag, conditions = "*", ""
    start = at
    while match := _SIMPLE.match(selector, at):
        if match["tag"]:
            if at != start:
                break
            tag = match["tag"] if match["tag"] == "*" else match["tag"].lower()
        else:
            conditions += _condition(match)
        at = match.end()
    if at == start:
        raise ValueError(f"{selector[at:]!r} is not supported")
    return tag + conditions, at


def _condition(match: re.Match[str]) -> str:
    if match["cls"]:
        return f"[{_has_word('@class', match['cls'])}]"
    if match["id"]:
        return f"[@id = {_quoted(match['id'])}]"
    if match["pseudo"]:
        side = "preceding" if match["pseudo"] == "first-child" else "following"
        return f"[not({side}-sibling::*)]"
    name = f"@{match['attr']}"
    if not match["op"]:
        return f"[{name}]"
    value = next(each for each in (match["dq"], match["sq"], match["bare"]) if each is not None)
    return f"[{_comparison(name, match['op'], value)}]"


def _comparison(name: str, operator: str, value: str) -> str:
    quoted = _quoted(value)
    if operator == "=":
        return f"{name} = {quoted}"
    if operator == "~=":
        return _has_word(name, value)
    if operator == "^=":
        return f"starts-with({name}, {quoted})"
    if operator == "$=":
        return f"substring({name}, string-length({name}) - {len(value) - 1}) = {quoted}"
    if operator == "*=":
        return f"contains({name}, {quoted})"
    return f"({name} = {quoted} or starts-with({name}, {_quoted(value + '-')}))"


def _has_word(name: str, word: str) -> str:
    return f"contains(concat(' ', normalize-space({name}), ' '), {_quoted(f' {word} ')})"


def _quoted(value: str) -> str:
    """XPath 1.0 has no escapes in strings."""
    if '"' not in value:
        return f'"{value}"'
    if "'" not in value:
        return f"'{value}'"
    raise ValueError("a value with both kinds of quotes is not supported")
