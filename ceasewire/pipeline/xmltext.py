"""The text of an XML feed made fit for the parser: junk cut, characters repaired, bombs refused, a true declaration.

feedparser reads well-formed XML with expat and falls back to a looser, slower parser for the rest. What is repaired
here stays with expat.
"""

import re
from collections.abc import Iterator
from html.entities import html5

from ceasewire.errors import Permanent

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 §2.2
_ROOT = re.compile(r"<(?:\?xml\b|(?:\w+:)?(?:rss|rdf|feed|channel)\b|!DOCTYPE\s+(?:rss|rdf|feed))", re.IGNORECASE)
_CLOSE = re.compile(r"</(?:\w+:)?(?:rss|rdf|feed)\s*>", re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml\b[^>]*\?>")
_TRUE_DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>\n'
_AMPERSAND = re.compile(r"&(?:#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|(\w{1,32});)?")
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_MAX_ATTRIBUTES = 250
_TOO_MANY_ATTRIBUTES = re.compile(
    r"<[^\s<>!?/]+(?:\s+[^\s=<>\"']+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))"
    rf"{{{_MAX_ATTRIBUTES}}}"
)
_MAX_DEPTH = 5000
_TAG = re.compile(r"</?[A-Za-z_]|/>")
_TAIL = 100_000  # characters in which a feed's end is looked for
_CDATA = "<![CDATA["
_ITEM = re.compile(r"<(?:item|entry)[\s>]")
_OPENING = re.compile(r"<!--|<!\[CDATA\[")


def clean_xml(text: str, url: str) -> bytes:
    """UTF-8 bytes with a declaration that says so.

    Raises:
        Permanent: more attributes on an element, or elements inside each other, than any feed has: the parser's time
            grows with the square of either.
    """
    _check_attributes(text, url)
    text = _DECLARATION.sub("", _document(_FORBIDDEN.sub("", text)), count=1)
    pieces = list(_repaired(text))
    if _depth(pieces) > _MAX_DEPTH:
        raise Permanent(f"more than {_MAX_DEPTH} elements inside each other", about=url)
    return _TRUE_DECLARATION + "".join(pieces).encode()


def first_items(text: str, most: int) -> tuple[str, int]:
    """The text with its first `most` items alone, and how many were left out: thousands would only cost memory."""
    if text.count("<item") + text.count("<entry") <= most:
        return text, 0
    starts = [match.start() for match in _ITEM.finditer(text)]
    end = max(text.rfind(closing) + len(closing) for closing in ("</item>", "</entry>"))
    if len(starts) <= most or end <= starts[most]:
        return text, 0
    return text[: starts[most]] + text[end:], len(starts) - most


def as_written(text: str, url: str) -> bytes:
    """As `clean_xml`, for a document that may turn out well-formed as it is: nothing is repaired."""
    _check_attributes(text, url)
    return _TRUE_DECLARATION + _DECLARATION.sub("", text, count=1).encode("utf-8", "surrogatepass")


def _check_attributes(text: str, url: str) -> None:
    if _TOO_MANY_ATTRIBUTES.search(text):
        raise Permanent(f"an element has more than {_MAX_ATTRIBUTES} attributes", about=url)


def _document(text: str) -> str:
    """Without what a broken server prints before the feed and after it."""
    start = _ROOT.search(text)
    text = text[start.start() :] if start else text
    ends = [match.end() for match in _CLOSE.finditer(text, max(0, len(text) - _TAIL))]
    return text[: ends[-1]] if ends else text


def _depth(pieces: list[str]) -> int:
    """How many elements are open at once; unclosed ones count, as they do for the parser."""
    depth = deepest = 0
    for tag in (match.group() for piece in pieces if not piece.startswith(_CDATA) for match in _TAG.finditer(piece)):
        depth += -1 if "/" in tag else 1
        deepest = max(deepest, depth)
    return deepest


def _repaired(text: str) -> Iterator[str]:
    """CDATA sections as they are, comments left out, the text between with its references repaired."""
    keep_unknown = "<!ENTITY" in text[:4096]
    at = 0
    for start in (match.start() for match in _OPENING.finditer(text)):
        if start < at:
            continue
        yield _repair(text[at:start], keep_unknown=keep_unknown)
        is_cdata = text.startswith(_CDATA, start)
        closing = "]]>" if is_cdata else "-->"
        end = text.find(closing, start + 4)
        if end < 0:  # never closed: swallows nothing, and a flood of such marks costs the loose parser dearly
            rest = text[start:] if is_cdata else text[start:].replace("<!--", "&lt;!--")
            yield _repair(rest, keep_unknown=keep_unknown)
            return
        at = end + len(closing)
        if is_cdata:
            yield text[start:at]
    yield _repair(text[at:], keep_unknown=keep_unknown)


def _repair(text: str, *, keep_unknown: bool) -> str:
    """Bare ampersands, forbidden numbers, and HTML's named entities, which XML does not know."""

    def repaired(match: re.Match[str]) -> str:
        reference, name = match.group(), match.group(1)
        if reference == "&":
            return "&amp;"
        if name is None:
            return "" if _is_forbidden(reference) else reference
        if name in _XML_ENTITIES:
            return reference
        if name + ";" in html5:
            return "".join(f"&#{ord(character)};" for character in html5[name + ";"])
        return reference if keep_unknown else f"&amp;{name};"

    return _AMPERSAND.sub(repaired, text)


def _is_forbidden(reference: str) -> bool:
    digits = reference[2:-1]
    number = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
    return number > 0x10FFFF or bool(_FORBIDDEN.match(chr(number)))
