"""Feeds of all formats and faults to entries; every failure names the address and is one of ours."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceasewire.errors import CeasewireError, ConfigError, NotAFeed, Permanent
from ceasewire.items import DateKind, Decoded, ParsedFeed, SourceForPoll, SourceKind
from ceasewire.pipeline.decode import decode
from ceasewire.pipeline.entries import MAX_BODY, Reading
from ceasewire.pipeline.parse import parse_source
from ceasewire.pipeline.telegram import older_page

SEEN = datetime(2021, 1, 11, 12, tzinfo=UTC)
URL = "https://example.org/feeds/news.xml"


def parse(text: str | bytes, *, language: str | None = None, timezone: str | None = None) -> ParsedFeed:
    body = text if isinstance(text, bytes) else text.encode()
    feed = SourceForPoll("sample", "Sample", URL, SourceKind.FEED, language, timezone, False, {}, None, None, None)
    return parse_source(decode(body, None), feed, URL, SEEN)


def rss(*items: str, channel: str = "") -> str:
    content = "".join(f"<item>{item}</item>" for item in items)
    namespaces = 'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    return f'<?xml version="1.0"?><rss version="2.0" {namespaces}><channel>{channel}{content}</channel></rss>'


def source(kind: SourceKind, **options: Any) -> SourceForPoll:
    return SourceForPoll("sample", "Sample", URL, kind, "az", "Asia/Baku", False, options, None, None, None)


def test_rss() -> None:
    parsed = parse(
        rss(
            "<title>Talks &amp;amp; tea</title><link>/news/1?a=1&amp;b=2</link><guid isPermaLink='false'>n1</guid>"
            "<pubDate>Mon, 11 Jan 2021 14:20:00 +04</pubDate><dc:creator>A. Writer</dc:creator>"
            "<description>Lead with other words.</description>"
            "<content:encoded><![CDATA[<p>First.</p><p>Second<br>line.</p><script>x()</script>]]></content:encoded>",
            channel="<title>Sample</title><link>https://example.org/</link><language>ru-RU</language><ttl>20</ttl>",
        )
    )
    (entry,) = parsed.entries
    assert (parsed.feed.title, parsed.feed.format, parsed.feed.ttl_seconds) == ("Sample", "rss20", 1200)
    assert (entry.title, entry.url, entry.guid) == ("Talks & tea", "https://example.org/news/1?a=1&b=2", "n1")
    assert entry.text == "Lead with other words.\n\nFirst.\n\nSecond\nline."
    assert entry.published_at == datetime(2021, 1, 11, 10, 20, tzinfo=UTC)
    assert (entry.author, entry.language, entry.date_kind) == ("A. Writer", "ru-ru", DateKind.EXACT)


def test_atom_with_xhtml_and_without_a_date() -> None:
    parsed = parse(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Sample</title><entry xml:lang="hy">'
        "<id>urn:1</id>"
        '<title type="html">&lt;b&gt;Bold&lt;/b&gt; title</title><link href="https://example.org/1"/>'
        '<summary>Short</summary><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Short and long.</p>'
        "</div></content></entry></feed>"
    )
    (entry,) = parsed.entries
    assert (entry.title, entry.text, entry.language) == ("Bold title", "Short and long.", "hy")
    assert (entry.published_at, entry.date_kind) == (SEEN, DateKind.FIRST_SEEN)


def test_json_feed() -> None:
    item = {
        "id": 7,
        "url": "https://example.org/7",
        "content_text": "One.\n\nTwo.",
        "date_published": "2021-01-11T10:20Z",
    }
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "S", "language": "tr", "items": [item, "junk"]}
    parsed = parse(json.dumps(feed))
    (entry,) = parsed.entries
    assert (entry.guid, entry.text, entry.language, entry.title) == ("7", "One.\n\nTwo.", "tr", "")
    assert parsed.warnings == ("1 items are no objects",)


def test_plain_text_descriptions_keep_their_paragraphs() -> None:
    (entry,) = parse(rss("<title>t</title><description>One.\n\nTwo &amp;lt; three.</description>")).entries
    assert entry.text == "One.\n\nTwo < three."


def test_cdata_escaped_as_text_and_cdata_in_cdata() -> None:
    (first, second) = parse(
        rss(
            "<title>a</title><description>&lt;![CDATA[Mətn birinci.]]&gt;</description>",
            "<title><![CDATA[<![CDATA[b]]]]><![CDATA[>]]></title><description>x</description>",
        )
    ).entries
    assert first.text == "Mətn birinci."
    assert second.title == "b"


def test_one_guid_for_every_item_is_seen_through() -> None:
    items = [
        f"<title>t{n}</title><link>https://example.org/{n}</link><guid>https://example.org/</guid>" for n in (1, 2)
    ]
    parsed = parse(rss(*items))
    assert [entry.guid for entry in parsed.entries] == [None, None]
    assert "one guid on several entries" in parsed.warnings[0]


def test_one_link_for_every_item_identifies_none() -> None:
    items = [f"<title>t{n}</title><link>https://example.org/live#p{n}</link><guid>g{n}</guid>" for n in (1, 2)]
    assert [entry.own_link for entry in parse(rss(*items)).entries] == [False, False]


def test_entries_over_the_cap_are_said() -> None:
    parsed = parse(rss(*[f"<title>t{n}</title>" for n in range(2001)]))
    assert len(parsed.entries) == 2000
    assert "2001" in " ".join(parsed.warnings)


@pytest.mark.parametrize(
    "broken",
    [
        "\n\n" + rss("<title>Заголовок</title>"),
        "<br /><b>Warning</b>: foo in /a.php on line 3<br />" + rss("<title>Заголовок</title>"),
        rss("<title>Заголовок</title>") + "<!-- cached --><script>1</script>",
        rss("<title>Заголовок</title><x:y>1</x:y>"),
        rss("<title>Заголовок\x0b</title>"),
        rss("<title>Заголовок</title><link>https://example.org/?a=1&b=2</link>"),
        rss("<title>Заголовок</title><description>&nbsp;&laquo;x&raquo; &unknown; AT&T &#11;</description>"),
        rss("<title>Заголовок</title>")
        .replace('version="2.0"', 'version="2.0" version="2.0"', 1)
        .replace("?>", "?>", 1),
        rss("<title>Заголовок</title>", "<title>Cut").removesuffix("</item></channel></rss>"),
        rss("<title>Заголовок</title><!-- never closed"),
        rss("<title>Заголовок</title>").replace('/content/"', "/content/", 1),
    ],
)
def test_broken_feeds_keep_their_entries(broken: str) -> None:
    assert parse(broken).entries[0].title == "Заголовок"


@pytest.mark.parametrize("text", ["", " \n", "<!DOCTYPE html><html><body>Not found</body></html>", "<!-- a --><html>"])
def test_pages_and_empty_bodies_are_no_feeds(text: str) -> None:
    with pytest.raises(NotAFeed, match=URL):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "{}",
        '{"items": ',
        "[" * 100_000,
        '{"items":' + "[" * 100_000,
        '<rss version="2.0" ' + " ".join(f'a{n}="&gt;"' for n in range(400)) + "/>",
        '<rss version="2.0"><channel>' + "<a>" * 6000,
    ],
)
def test_what_is_no_feed_or_too_much_is_an_error_that_names_the_address(text: str) -> None:
    with pytest.raises(Permanent, match=URL):
        parse(text)


def test_an_empty_feed_is_a_feed() -> None:
    assert parse(rss()).entries == ()


def test_damage_is_said() -> None:
    body = rss("<title>" + "Заголовок" * 50 + "</title>").encode().replace("З".encode(), b"\xd0", 1)
    assert "1 characters could not be read" in parse(body).warnings[-1]


def test_a_mirrored_account_gives_posts() -> None:
    item = (
        "<title>Talks have begun</title><dc:creator>@SampleKremlin</dc:creator><description>&lt;p&gt;Talks have begun"
        "&lt;/p&gt;</description><link>https://mirror.example/SampleKremlin/status/1348619172541980672#m</link>"
    )
    channel = "<link>https://mirror.example/SampleKremlin</link><language>en-us</language>"
    (entry,) = parse(rss(item, channel=channel)).entries
    assert (entry.platform, entry.handle, entry.post_id) == ("x", "SampleKremlin", "1348619172541980672")
    assert entry.language is None


def message(number: int, text: str, extra: str = "") -> str:
    return (
        f'<div class="tgme_widget_message js-widget_message" data-post="samplechannel/{number}">{extra}'
        '<a class="tgme_widget_message_owner_name"><span>Sample</span></a>'
        f'<div class="tgme_widget_message_text js-message_text">{text}</div>'
        '<time class="message_video_duration">0:12</time>'
        f'<a class="tgme_widget_message_date"><time datetime="2021-01-11T10:{number}:00+00:00">x</time></a></div>'
    )


def test_telegram_preview() -> None:
    reply = '<a class="tgme_widget_message_reply"><div class="tgme_widget_message_text">Other</div></a>'
    page = f"<html><body>{message(20, 'Bir<br/><br/>İki')}{message(21, 'Üç', reply)}</body></html>"
    parsed = parse_source(Decoded(page, "utf-8", "utf-8", 0), source(SourceKind.TELEGRAM), URL, SEEN)
    first, second = parsed.entries
    assert (first.platform, first.handle, first.post_id, first.text) == (
        "telegram",
        "samplechannel",
        "20",
        "Bir\n\nİki",
    )
    assert (first.url, first.author, first.language) == ("https://t.me/samplechannel/20", "Sample", "az")
    assert first.published_at == datetime(2021, 1, 11, 10, 20, tzinfo=UTC)
    assert second.text == "Üç"
    assert older_page(parsed, "https://t.me/s/samplechannel") == "https://t.me/s/samplechannel?before=20"


def test_telegram_without_messages_is_an_error() -> None:
    with pytest.raises(NotAFeed, match="no message"):
        parse_source(Decoded("<html></html>", "utf-8", "utf-8", 0), source(SourceKind.TELEGRAM), URL, SEEN)


LISTING = (
    '<html lang="az"><body><div class="list"><div class="news item"><a class="t" href="/1">Başlıq bir</a>'
    '<span class="d">11 yanvar 2021, 14:20</span><p>Mətn.</p></div>'
    '<div class="news item"><a class="t" href="/2">İki</a><span class="d">bu gün</span></div></div></body></html>'
)


def test_listing_page() -> None:
    selectors = {"item": "div.list > .item", "title": "a.t", "link": "a.t@href", "date": ".d", "text": "p"}
    parsed = parse_source(decode(LISTING.encode(), None), source(SourceKind.PAGE, selectors=selectors), URL, SEEN)
    first, second = parsed.entries
    assert (first.title, first.url, first.text) == ("Başlıq bir", "https://example.org/1", "Mətn.")
    assert first.published_at == datetime(2021, 1, 11, 10, 20, tzinfo=UTC)
    assert (second.title, second.date_kind) == ("İki", DateKind.DAY)


def test_a_listing_page_that_changed_is_an_error() -> None:
    with pytest.raises(NotAFeed, match=r"\.gone"):
        parse_source(decode(LISTING.encode(), None), source(SourceKind.PAGE, selectors={"item": ".gone"}), URL, SEEN)


@pytest.mark.parametrize("selectors", [None, {}, {"item": "div", "lnk": "a"}, {"item": "div:has(a)"}, {"item": "a["}])
def test_wrong_selectors_are_errors(selectors: object) -> None:
    with pytest.raises(ConfigError):
        parse_source(decode(LISTING.encode(), None), source(SourceKind.PAGE, selectors=selectors), URL, SEEN)


PIECES = st.sampled_from(
    ["<rss version='2.0'>", "<item>", "</item>", "<title>", "&#xD800;", "]]>", "<![CDATA[", "<!--", "<a b=", "{"]
)


@settings(max_examples=150, deadline=None)
@given(
    st.binary()
    | st.lists(PIECES | st.text(max_size=5), max_size=12).map("".join).map(lambda text: text.encode("utf-8", "replace"))
)
def test_any_bytes_are_a_feed_or_an_error_of_ours(body: bytes) -> None:
    named: list[str] = []
    for kind in SourceKind:
        try:
            parse_source(decode(body, None), source(kind, selectors={"item": "p"}), URL, SEEN)
        except CeasewireError as raised:
            named.append(raised.about)
    assert all(named)


def test_a_reading_takes_the_first_date_that_is_one() -> None:
    found = Reading(URL, SEEN).date("soon", None, "2021-01-11")
    assert found is not None
    assert found.kind is DateKind.DAY


def test_a_monstrous_entry_is_cut_and_said_so() -> None:
    item = f"<item><title>Long</title><description>{'word ' * 300_000}</description></item>"
    parsed = parse(f"<rss version='2.0'><channel>{item}<item><title>Short</title></item></channel></rss>")
    assert [len(entry.html) for entry in parsed.entries] == [MAX_BODY, 0]
    assert "1 entries so long that only their first 1,000,000 characters were read" in parsed.warnings
