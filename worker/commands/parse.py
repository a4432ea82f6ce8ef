"""`ceasewire parse`: a feed, a Telegram preview or an article page in, one JSON line per item or embedded post out."""

import gzip
import re
import sys
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO

import click

from ceasewire.errors import Permanent
from ceasewire.items import NO_OPTIONS, Article, DateKind, ItemDraft, SourceForPoll, SourceKind
from ceasewire.pipeline.article import is_page, read_page
from ceasewire.pipeline.decode import decode
from ceasewire.pipeline.identity import articles, drafts
from ceasewire.pipeline.parse import parse_source
from worker.commands.jsonlines import write_record

MAX_BYTES = 50_000_000
_GZIP = b"\x1f\x8b"


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--url", default=None, help="Where the file came from: the base of relative links.")
@click.option("--content-type", default=None, help="Its Content-Type header, e.g. 'text/xml; charset=windows-1251'.")
@click.option("--timezone", default=None, help="Zone of dates without an offset, e.g. Asia/Baku.")
def command(file: BinaryIO, url: str | None, content_type: str | None, timezone: str | None) -> None:
    """Read FILE (`-` is standard input; gzip is unpacked) and write JSON lines.

    \b
    One line per entry, each followed by the posts that it embeds:
      id, guid, key, kind (entry|post), url, title, text, language_declared, published_at, author, platform,
      handle, post_id, parent (the id of the entry that embeds the post)

    id is the feed's own guid where it has one that is unique, else key, the identity under which it is stored.

    published_at is null where the file names no date. Example:
      ceasewire parse feed.xml | ceasewire detect
    """
    name: str = url or getattr(file, "name", None) or "standard input"
    body = _unpacked(file.read(MAX_BYTES + 1), name)
    source = SourceForPoll(
        id=name, name=name, url=name, kind=SourceKind.FEED, language=None, timezone=timezone, sample=False,
        options=NO_OPTIONS, etag=None, last_modified=None, body_sha256=None,
    )  # fmt: skip
    found, warnings = _read(body, content_type, source)
    for warning in warnings:
        click.echo(f"ceasewire: {name}: {warning}", err=True)
    ids = _Ids()
    for article in found:
        for record in _records(article, source, ids):
            write_record(record)
    sys.stdout.flush()


def _read(body: bytes, content_type: str | None, source: SourceForPoll) -> tuple[tuple[Article, ...], tuple[str, ...]]:
    decoded, now = decode(body, content_type), datetime.now(UTC)
    if is_page(decoded.text) or _is_called_page(source.url, content_type):
        return read_page(decoded, source, source.url, now), ()
    parsed = parse_source(decoded, source, source.url, now)
    return articles(parsed), parsed.warnings


def _is_called_page(name: str, content_type: str | None) -> bool:
    """An excerpt of a page may hold no tag at all; its name says what it is."""
    return bool(re.search(r"\.html?(?:\.gz)?$", name)) and "xml" not in (content_type or "")


def _unpacked(body: bytes, name: str) -> bytes:
    """The bytes themselves, or what gzip holds, up to a size no feed has."""
    try:
        if body.startswith(_GZIP):
            body = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(body, MAX_BYTES + 1)
    except (zlib.error, gzip.BadGzipFile) as error:
        raise Permanent(f"cannot be unpacked: {error}", about=name) from error
    if len(body) > MAX_BYTES:
        raise Permanent(f"larger than {MAX_BYTES} bytes", about=name)
    return body


class _Ids:
    """An id per record: the feed's own guid as long as it is unique, else the item's first key."""

    def __init__(self) -> None:
        self._of_key: dict[str, str] = {}
        self._taken: set[str] = set()

    def of(self, draft: ItemDraft) -> str:
        """The id of a draft; the same for the same key."""
        key = draft.keys[0]
        if key not in self._of_key:
            chosen = draft.guid if draft.guid and draft.guid not in self._taken else key
            self._taken.add(chosen)
            self._of_key[key] = chosen
        return self._of_key[key]

    def of_key(self, key: str | None) -> str | None:
        """The id under which a parent was written."""
        return None if key is None else self._of_key.get(key, key)


def _records(article: Article, source: SourceForPoll, ids: _Ids) -> Iterator[dict[str, Any]]:
    for draft in drafts(article, source.id):
        yield _record(draft, ids)


def _record(draft: ItemDraft, ids: _Ids) -> dict[str, Any]:
    dated = draft.date_kind is not DateKind.FIRST_SEEN
    return {
        "id": ids.of(draft),
        "guid": draft.guid,
        "key": draft.keys[0],
        "kind": draft.kind.value,
        "url": draft.url,
        "title": draft.title,
        "text": draft.text,
        "language_declared": draft.declared_language,
        "published_at": draft.published_at.isoformat() if dated else None,
        "author": draft.author,
        "platform": draft.platform,
        "handle": draft.handle,
        "post_id": draft.post_id,
        "parent": ids.of_key(draft.parent),
    }
