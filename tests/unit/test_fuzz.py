"""Inputs that hypothesis invents, for everything that reads what strangers wrote: no error but those raised on purpose.

Run by `make fuzz-text`; what it finds becomes a test of its module.
"""

import contextlib
from datetime import UTC, datetime
from functools import cache
from html import escape
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ceasewire.conflict.load import load_conflicts
from ceasewire.conflict.model import Conflict
from ceasewire.errors import CeasewireError
from ceasewire.items import SourceForPoll, SourceKind
from ceasewire.pipeline.decode import decode
from ceasewire.pipeline.detect import DetectorSettings
from ceasewire.pipeline.embeds import extract_posts
from ceasewire.pipeline.html import sanitise
from ceasewire.pipeline.parse import parse_source
from ceasewire.pipeline.query import parse_query as parse_alert_query
from ceasewire.pipeline.tag import tag_item
from ceasewire.words import parse_query
from worker.adapters.language import Detector

pytestmark = pytest.mark.fuzz
CONFIG = Path(__file__).resolve().parents[2] / "config"
SOURCE = SourceForPoll(
    "a", "A", "https://a.example/feed", SourceKind.FEED, "az", "Asia/Baku", False, {}, None, None, None
)
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
LETTERS = "abcİıəğşçöüабвгёЁйыэաբգդև՞։ابک \t\n\u200b\u00ad\ufeff\x000123456789.,:;!?«»“”\"'()[]<>&#@/-–—_%"
MARKUP = (
    *("<![CDATA[", "]]>", "&#x0;", "&#1114112;", "&amp;", "<item>", "</item>", "<title>", "<link>", "<pubDate>", "<p>"),
    *("<blockquote class=twitter-tweet>", "<a href=//[>", "https://x.com/a/status/1", "http://[::1", "<!--", "-->"),
    *("</p>", "<script>", "t.me/s/x", "(@KremlinRussia)", "January 11, 2021", "pic.twitter.com/x", " OR ", " -"),
)
PIECES = st.one_of(
    st.text(st.sampled_from(LETTERS), max_size=40),
    st.text(max_size=20),
    st.sampled_from(MARKUP),
)
TEXTS = st.lists(PIECES, max_size=30).map("".join)
MANY = settings(max_examples=1_500, deadline=None, suppress_health_check=list(HealthCheck))


@cache
def conflict() -> Conflict:
    return load_conflicts(CONFIG / "conflicts")["karabakh"]


@cache
def detector() -> Detector:
    return Detector(DetectorSettings())


@MANY
@given(TEXTS)
def test_parser(text: str) -> None:
    feed = f"<?xml version='1.0'?><rss version='2.0'><channel><item>{text}</item></channel></rss>"
    for body in (feed, text):
        try:
            decoded = decode(body.encode("utf-8", "surrogatepass"), "application/rss+xml")
            parse_source(decoded, SOURCE, url="https://a.example/feed", first_seen_at=NOW)
        except CeasewireError:
            pass


@MANY
@given(TEXTS)
def test_embeds_and_html(text: str) -> None:
    for html in (text, f"<blockquote class='twitter-tweet'>{text}</blockquote>", f"<p>{escape(text)}</p>"):
        extract_posts(html, "https://a.example/x")
        clean = sanitise(html, "https://a.example/x")
        assert "<script" not in clean.lower()
        assert sanitise(clean, "https://a.example/x") == clean


@MANY
@given(TEXTS, st.sampled_from([None, "ru", "az", "xx", ""]))
def test_detector(text: str, declared: str | None) -> None:
    found = detector().detect(text, declared)
    assert found.code
    assert 0 <= found.confidence <= 1


@MANY
@given(TEXTS, TEXTS, st.sampled_from(["ru", "hy", "az", "tr", "en", "und"]))
def test_tagger(title: str, text: str, language: str) -> None:
    tagging = tag_item(conflict(), title=title, text=text, language=language, published_at=NOW)
    for tag in tagging.tags:
        for one in tag.evidence:
            told = title if one.field == "title" else text
            assert told[one.start : one.end] == one.text


@MANY
@given(TEXTS)
def test_query_language(text: str) -> None:
    for read in (parse_query, lambda q: parse_alert_query({"words": q})):
        with contextlib.suppress(CeasewireError, ValueError):
            read(text)
