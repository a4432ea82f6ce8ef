"""Real feeds, encodings and embedded posts, read and compared with a second, plain reading of the same files by lxml.

The data is not part of the project: the tests look for it in CEASEWIRE_SHARED, else beside the repository, and are
skipped where it is missing. `pytest -s` prints the figures.
"""

import csv
import gzip
import json
import os
import re
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from lxml import etree

from ceasewire.errors import Permanent
from ceasewire.items import NO_OPTIONS, DateKind, Decoded, Entry, ParsedFeed, SourceForPoll, SourceKind
from ceasewire.pipeline import parse
from ceasewire.pipeline.decode import decode
from ceasewire.pipeline.embeds import extract_posts
from ceasewire.pipeline.html import one_line, plain_text
from ceasewire.pipeline.identity import drafts_of
from ceasewire.pipeline.memo import NOTHING, Memo
from ceasewire.pipeline.parse import parse_source
from ceasewire.pipeline.plainrss import split_plain_rss

SHARED = Path(os.environ.get("CEASEWIRE_SHARED") or Path(__file__).parents[2].parent / "shared")
FEEDS = SHARED / "data" / "feeds"
SEEN = datetime(2026, 11, 24, tzinfo=UTC)
URL = "https://example.org/feed"
SOURCE = SourceForPoll("a", "A", URL, SourceKind.FEED, None, None, False, NO_OPTIONS, None, None, None)

pytestmark = pytest.mark.skipif(not FEEDS.is_dir(), reason=f"no shared data at {FEEDS} (set CEASEWIRE_SHARED)")


def read(body: bytes, content_type: str | None = None) -> tuple[Decoded, ParsedFeed]:
    decoded = decode(body, content_type)
    return decoded, parse_source(decoded, SOURCE, SOURCE.url, SEEN)


def local(element: Any) -> str:
    return etree.QName(element).localname.lower() if isinstance(element.tag, str) else ""


def texts(entry: Any, *names: str) -> list[str]:
    """What stands in an entry's children of these names, markup inside them included."""
    found = []
    for child in entry:
        if local(child) in names:
            inner = (child.text or "") + "".join(etree.tostring(each, encoding="unicode") for each in child)
            found.append(inner.strip())
    return [each for each in found if each]


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def losses(entry: Entry, plain: Any) -> Iterator[str]:
    titles = [child for child in plain if local(child) == "title" and child.prefix in (None, plain.prefix)]
    title = words(plain_text("".join(texts_of(titles[:1]))))
    if title - words(entry.title):
        yield f"title {title - words(entry.title)}"
    links = [child.get("href") or (child.text or "").strip() for child in plain if local(child) == "link"]
    if any(links) and not entry.url:
        yield "link"
    guids = texts(plain, "guid", "id")
    if guids and not entry.guid and "qafqazinfo" not in guids[0]:
        yield f"id {guids}"
    dates = texts(plain, "pubdate", "published", "updated", "date", "issued", "modified")
    if any("0001" not in each for each in dates) and entry.date_kind is DateKind.FIRST_SEEN:
        yield f"date {dates}"
    bodies = [words(plain_text(each)) for each in texts(plain, "encoded", "content", "description", "summary")]
    body = max(bodies, key=len, default=set())
    if body and len(body & words(f"{entry.text}")) < 0.9 * len(body):
        yield f"body {len(body & words(entry.text))} of {len(body)} words"


def texts_of(elements: list[Any]) -> list[str]:
    return ["".join(each.itertext()) for each in elements]


def plain_entries(body: bytes) -> list[Any]:
    root = etree.fromstring(body.lstrip(), etree.XMLParser(recover=True, huge_tree=True))
    return [each for each in root.iter() if local(each) in ("item", "entry")] if root is not None else []


def manifest() -> dict[str, dict[str, str]]:
    with (FEEDS / "MANIFEST.csv").open(encoding="utf-8") as file:
        return {Path(row["path"]).name: row for row in csv.DictReader(file) if "/real/" in row["path"]}


def test_real_feeds_are_read_without_loss() -> None:
    expected = manifest()
    lossy: dict[str, list[str]] = {}
    paths = sorted((FEEDS / "real").glob("*.gz"))
    for path in paths:
        body = gzip.decompress(path.read_bytes())
        _, parsed = read(body)
        problems = []
        if len(parsed.entries) < int(expected[path.name]["entries"]):
            problems.append(f"{len(parsed.entries)} of {expected[path.name]['entries']} entries")
        plain = plain_entries(body)
        if len(plain) == len(parsed.entries):
            pairs = zip(parsed.entries, plain, strict=True)
            problems += [
                f"{one_line(entry.title)[:30]}: {loss}" for entry, each in pairs for loss in losses(entry, each)
            ]
        else:
            print(path.name, "lxml", len(plain), "ours", len(parsed.entries))
        if problems:
            lossy[path.name] = problems
    print(f"\nreal feeds without loss: {len(paths) - len(lossy)} of {len(paths)}")
    print(json.dumps(lossy, ensure_ascii=False, indent=1))
    assert lossy == {}


def test_real_feeds_are_read_with_a_memo_as_without() -> None:
    memo = Memo(50_000_000)
    for path in sorted((FEEDS / "real").glob("*.gz")):
        decoded = decode(gzip.decompress(path.read_bytes()), None)
        for hours in (0, 24):
            seen, found = SEEN + timedelta(hours=hours), []
            for each in (memo, NOTHING):
                parsed = parse_source(decoded, SOURCE, SOURCE.url, seen, each)
                found.append((parsed, drafts_of(parsed, SOURCE.id, each)))
            assert found[0] == found[1], path.name


def test_plain_items_are_read_as_by_feedparser() -> None:
    bodies = [gzip.decompress(path.read_bytes()) for path in sorted((FEEDS / "real").glob("*.gz"))]
    bodies += [body for name, body in suite("feedparser-tests.tar.gz").items() if name.endswith(".xml")]
    plain = unlike = 0
    for body in bodies:
        found = split_plain_rss(body)
        plain += len(found.plain) if found else 0
        with patch.object(parse, "split_plain_rss", return_value=None):
            wanted = reading_of(body)
        unlike += reading_of(body) != wanted
    print(f"\nplain items in {len(bodies)} documents: {plain}; {unlike} documents read otherwise than by feedparser")
    assert plain > 1000
    assert unlike == 0


def reading_of(body: bytes) -> ParsedFeed | str:
    try:
        return read(body)[1]
    except Permanent as error:
        return str(error)


def suite(name: str) -> dict[str, bytes]:
    with tarfile.open(FEEDS / "suites" / name) as archive:
        members = [member for member in archive.getmembers() if member.isfile()]
        return {member.name.removeprefix("./"): archive.extractfile(member).read() for member in members}  # type: ignore[union-attr]


def test_cyrillic_mutations_are_read_without_loss() -> None:
    files = suite("mutations-cyrillic.tar.gz")
    _, reference = read(files["mutations/00_utf8_declared.xml"])
    told = {entry.title for entry in reference.entries}
    good = 0
    names = sorted(name for name in files if name.endswith(".xml"))
    for name in names:
        header = files[name.replace(".xml", ".headers")].decode().partition(":")[2].strip()
        _, parsed = read(files[name], header)
        if is_whole(name, parsed, told):
            good += 1
        else:
            print(name, header, [entry.title for entry in parsed.entries])
    print(f"\nmutations without loss: {good} of {len(names)}")
    assert good == len(names)


def is_whole(name: str, parsed: ParsedFeed, told: set[str]) -> bool:
    """All entries with their titles, but for one that the mutation itself changed; cut feeds have fewer."""
    known = sum(entry.title in told for entry in parsed.entries)
    entries = 3 if "truncated" in name or "duplicate" in name else len(told)
    legible = all(re.search("[а-я]{3}", entry.text) for entry in parsed.entries[:-1])
    return len(parsed.entries) >= entries and known >= len(parsed.entries) - 1 and legible


def test_encoding_suite() -> None:
    files = {
        name: body for name, body in suite("feedparser-tests.tar.gz").items() if name.startswith("tests/encoding/")
    }
    failed = {name: why for name, body in files.items() if (why := fault(body))}
    print(f"\nencoding suite: {len(files) - len(failed)} of {len(files)}; not: {failed}")
    assert len(failed) <= 2


def fault(body: bytes) -> str | None:
    """What is wrong with our reading of one case, by the expectation that it holds itself."""
    header = re.search(rb"Header:\s*Content-type:\s*(.*)", body.replace(b"\0", b""), re.IGNORECASE)
    decoded, parsed = read(body, header.group(1).decode().strip() if header else None)
    expectation = re.search(r"Expect:\s*(.*)", decoded.text)
    if not expectation:
        return f"not legible as {decoded.encoding}"
    encoding = re.search(r"encoding\s*==\s*u?['\"]([^'\"]+)", expectation.group(1))
    if encoding and encoding.group(1) != "us-ascii":
        try:
            wanted = body.decode(encoding.group(1), "strict").lstrip("\ufeff")
        except (LookupError, ValueError):
            wanted = decoded.text
        if wanted != decoded.text:
            return f"{decoded.encoding} by {decoded.method} instead of {encoding.group(1)}"
    return unlike_expected(parsed, expectation.group(1))


def unlike_expected(parsed: ParsedFeed, expectation: str) -> str | None:
    wanted = re.search(r"(entries\[0\]|feed)(?:\.|\[')(\w+)(?:'\])?\s*==\s*u?(['\"])(.*?)\3\s*$", expectation)
    if not wanted:
        return None
    text = wanted.group(4).encode().decode("unicode_escape") if "\\" in wanted.group(4) else wanted.group(4)
    where = parsed.entries[0] if wanted.group(1) != "feed" and parsed.entries else parsed.feed
    shown = " ".join(str(getattr(where, name, "") or "") for name in ("title", "text", "html"))
    return None if words(plain_text(text)) <= words(shown) else f"{text!r} not in {shown!r}"


def test_embedded_posts_are_found_and_none_invented() -> None:
    truth = json.loads((FEEDS / "embeds_truth.json").read_text(encoding="utf-8"))
    found = wanted = 0
    wrong: list[str] = []
    for name, posts in truth.items():
        body = (FEEDS / name).read_bytes()
        html = decode(gzip.decompress(body) if name.endswith(".gz") else body, "text/html").text
        got = {(post.platform, post.post_id): post for post in extract_posts(html, None)}
        for post in posts:
            wanted += 1
            ours = got.pop((post["platform"], post["id"]), None)
            text = " ".join((ours.text or "").split()) if ours else ""
            if ours and ours.handle == post["handle"] and text.startswith((post["text_start"] or "").strip()):
                found += 1
            else:
                wrong.append(f"{name}: {post['id']} read as {ours}")
        wrong += [f"{name}: invented {post}" for post in got.values()]
    print(f"\nposts: {found} of {wanted}, in {len(truth)} files, {len(wrong)} wrong")
    assert wrong == []
