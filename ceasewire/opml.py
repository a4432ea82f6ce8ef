"""OPML 2.0 in and out (http://opml.org/spec2.opml): the lists of feeds that feed readers exchange."""

import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import count, groupby
from urllib.parse import urlsplit

from lxml import etree

from ceasewire.errors import ConfigError
from ceasewire.items import SourceConfig, SourceKind
from ceasewire.sources import LANGUAGES, comparable, url_fault


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of a list. `group` names the outlines around it, the outermost first; empty at the top."""

    name: str
    url: str
    language: str | None
    group: str


def read_opml(body: bytes, name: str) -> tuple[Outline, ...]:
    """Feeds of an OPML document, in its order; `name` is how errors call it.

    Raises:
        ConfigError: it is no XML, or not OPML.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise ConfigError(f"not well-formed XML: {error.msg}", about=f"{name}:{error.lineno}") from error
    body_element = root.find("body")
    if root.tag.lower() != "opml" or body_element is None:
        raise ConfigError(f"<{root.tag}> instead of <opml> with a <body>", about=name, remedy="export the list as OPML")
    return tuple(_outlines(body_element, ()))


def _outlines(parent: etree._Element, groups: tuple[str, ...]) -> Iterator[Outline]:
    for element in parent.iterfind("outline"):
        # Tools disagree about xmlUrl and xmlurl.
        values = {str(key).lower(): str(value).strip() for key, value in element.attrib.items()}
        title = values.get("title") or values.get("text") or ""
        if url := values.get("xmlurl"):
            yield Outline(title or url, url, values.get("language") or None, " / ".join(groups))
        yield from _outlines(element, (*groups, title) if title else groups)


def write_opml(sources: Iterable[SourceConfig], title: str) -> str:
    """The feeds among `sources` as OPML, grouped by country. Other kinds have nothing that a feed reader can read."""
    opml = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(opml, "head"), "title").text = title
    body = etree.SubElement(opml, "body")
    feeds = sorted((each for each in sources if each.kind is SourceKind.FEED), key=_country)
    for country, members in groupby(feeds, key=_country):
        group = etree.SubElement(body, "outline", text=country or "elsewhere")
        for source in members:
            values = {"type": "rss", "text": source.name, "title": source.name, "xmlUrl": source.url}
            etree.SubElement(group, "outline", values | ({"language": source.language} if source.language else {}))
    etree.indent(opml)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(opml, encoding="unicode") + "\n"


def _country(source: SourceConfig) -> str:
    return source.country or ""


def new_rows(outlines: Iterable[Outline], known: Collection[SourceConfig]) -> Iterator[str]:
    """Rows for `sources.yaml`, disabled, of the feeds whose address is polled by none of `known`.

    What OPML does not say, whose side a source is on for one, is left for a person; the row says so.
    """
    addresses = {comparable(source.url) for source in known}
    ids = {source.id for source in known}
    for outline in outlines:
        if url_fault(outline.url) or comparable(outline.url) in addresses:
            continue
        addresses.add(comparable(outline.url))
        ids.add(new := _free_id(outline.url, ids))
        yield _row(new, outline)


def _free_id(url: str, taken: Collection[str]) -> str:
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    base = "-".join(re.findall(r"[a-z0-9]+", host)) or "source"
    numbered = (f"{base}-{number}" for number in count(2))
    return base if base not in taken else next(each for each in numbered if each not in taken)


def _row(new: str, outline: Outline) -> str:
    group = f" ({outline.group})" if outline.group else ""
    reason = (
        f"from an OPML list{group}, not yet seen answering; publisher is a guess, country, side, timezone are missing"
    )
    language = (outline.language or "").lower().partition("-")[0]
    lines = [
        f"  - id: {new}",
        f"    name: {_quoted(outline.name)}",
        f"    url: {_quoted(outline.url)}",
        "    kind: feed",
        "    publisher: independent",
        *([f"    language: {_quoted(language)}"] if language in LANGUAGES else []),
        "    enabled: false",
        f"    disabled_reason: {_quoted(reason)}",
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A YAML string on one line: JSON's are a part of YAML's."""
    return json.dumps(" ".join(text.split()), ensure_ascii=False)
