"""Embed codes as strings in a page's scripts (shape E): the article's body as JSON, escaped in one way or another."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from lxml.html import HtmlElement

from ceasewire.items import EmbeddedPost
from ceasewire.pipeline.css import select
from ceasewire.pipeline.embeds_others import other_posts
from ceasewire.pipeline.embeds_x import x_posts
from ceasewire.pipeline.html import parse_html
from ceasewire.pipeline.urls import post_address, url_key

_CODE = re.compile(
    r"(?:<|\\+u003[cC]|&lt;)(blockquote|amp-twitter|div|iframe)\b"
    r"(?=(?:(?!>|\\+u003[eE]|&gt;).){0,600}?(?:twitter-tweet|twitter-video|data-tweet|instagram-media|fb-post))",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\u00|\\[\"/nrt\\]")
_JSON_START = re.compile(r"(?:^|[=(,])\s*[{\[]")
_MAX_STARTS = 20
_SEGMENT_LIMIT = 20_000
_ADDRESS_NAMES = ("canonical_url", "canonicalUrl", "canonical", "url", "webUrl", "link", "permalink", "website_url")
_CONTENT_NAMES = frozenset({"headline", "headlines", "title", "content_elements", "body", "articleBody", "blocks"})


def posts_in_scripts(root: HtmlElement, html: str, base_url: str | None) -> Iterator[EmbeddedPost]:
    """Posts in the page's JSON that belong to this article; those of others on the page are left out.

    An object with a headline and another address than `base_url` is another article. Where the page is an excerpt,
    or its script no JSON, the strings are found by their markup alone.
    """
    own = url_key(_canonical(root) or base_url or "")
    scripts = [each for each in root.iter("script") if "ld+json" not in (each.get("type") or "")]
    for script in scripts:
        text = script.text or ""
        if _CODE.search(text):
            yield from _posts_of_script(text, own)
    if not scripts or not html.lstrip().startswith("<"):
        yield from _posts_of_text(_outside_elements(html))


def _canonical(root: HtmlElement) -> str | None:
    """The page's own address, as it says itself."""
    links = [each.get("href") for each in select(root, "link[rel=canonical]")]
    names = [each.get("content") for each in select(root, 'meta[property="og:url"]')]
    return next((each for each in [*links, *names] if each), None)


def _posts_of_script(text: str, own: str | None) -> Iterator[EmbeddedPost]:
    data = _json_in(text)
    if data is None:
        yield from _posts_of_text(text)
        return
    for string in _own_strings(data, own):
        if string is not text and string.lstrip().startswith(("{", "[")):  # JSON inside a string of JSON
            yield from _posts_of_script(string, own)
        elif _ESCAPE.search(string):
            yield from _posts_of_text(string)
        else:
            yield from _posts_of_code(string)


def _json_in(text: str) -> Any:
    """The JSON of a script: all of it, or the first that is assigned or passed on and holds embed code."""
    starts = [match.end() - 1 for match in _JSON_START.finditer(text)][:_MAX_STARTS]
    for start in starts:
        try:
            value, end = json.JSONDecoder().raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        if _CODE.search(text, start, end):
            return value
    return None


def _own_strings(data: Any, own: str | None) -> Iterator[str]:
    """Strings with embed code, not those inside objects that are other articles; iterative, as JSON nests deeply."""
    waiting = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if not _is_other_article(value, own):
                waiting.extend(reversed(list(value.values())))
        elif isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, str) and _CODE.search(value):
            yield value


def _is_other_article(value: dict[str, Any], own: str | None) -> bool:
    if own is None or not _CONTENT_NAMES & value.keys():
        return False
    addresses = [value[name] for name in _ADDRESS_NAMES if isinstance(value.get(name), str)]
    pages = [each for each in addresses if each.startswith(("http", "/")) and len(each) > 1 and not post_address(each)]
    paths = [_path(each) for each in pages]
    return bool(paths) and _path(own.removeprefix("url:")) not in paths


def _path(url: str) -> str:
    without_query = re.sub(r"[?#].*$", "", url)
    return re.sub(r"^https?://[^/]+", "", without_query).rstrip("/")


def _posts_of_text(text: str) -> Iterator[EmbeddedPost]:
    """Embed codes in text that cannot be parsed: each from its opening mark to its closing one, unescaped."""
    end_of_last = 0
    for found in _CODE.finditer(text):
        if found.start() < end_of_last:
            continue
        closing = re.compile(rf"(?:/|\\+u002[fF]){found.group(1)}\s*(?:>|\\+u003[eE]|&gt;)")
        end = closing.search(text, found.start(), found.start() + _SEGMENT_LIMIT)
        if end:
            end_of_last = end.end()
            yield from _posts_of_code(_unescaped(text[found.start() : end.end()]))


def _outside_elements(html: str) -> str:
    return html if "\\u003" in html or '\\"' in html else ""


def _unescaped(code: str) -> str:
    """Undo the escapes of a JSON string, however often it was put into another."""
    for _ in range(3):
        if not _ESCAPE.search(code):
            break
        code = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m.group(1), 16)), code.replace("\\\\", "\\"))
        code = re.sub(r"\\([\"/'])", r"\1", code).replace("\\n", "\n").replace("\\r", "").replace("\\t", " ")
    return code


def _posts_of_code(code: str) -> Iterator[EmbeddedPost]:
    if "<" not in code:
        code = code.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
    root = parse_html(code)
    for _, post in (*x_posts(root), *other_posts(root)):
        yield replace(post, shape=f"{post.shape}-json")
