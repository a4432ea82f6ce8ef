"""Plain items of RSS are read as feedparser reads them; whatever is not plain is left to it."""

from datetime import UTC, datetime
from unittest.mock import patch

import pytest

from ceasewire.items import NO_OPTIONS, Decoded, ParsedFeed, SourceForPoll, SourceKind
from ceasewire.pipeline import parse
from ceasewire.pipeline.plainrss import PlainRss, split_plain_rss

SEEN = datetime(2026, 3, 2, 9, tzinfo=UTC)
URL = "https://a.example/rss"
SOURCE = SourceForPoll("a", "A", URL, SourceKind.FEED, "ru", None, False, NO_OPTIONS, None, None, None)
NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:yandex="http://news.yandex.ru" xmlns:georss="http://www.georss.org/georss"'
)
PLAIN = {
    "usual": "<title>Մինսկի խումբը</title><link>https://a.example/1</link><guid>https://a.example/1</guid>"
    "<pubDate>Mon, 02 Mar 2026 08:15:00 +0400</pubDate><description>&lt;p&gt;Сообщение&lt;/p&gt;</description>",
    "guid as link": "<title>Saziş</title><guid isPermaLink='true'>https://a.example/2</guid>",
    "guid beside a link": "<guid>https://a.example/guid</guid><link>https://a.example/3</link><title>t</title>",
    "guid that is no link": "<guid isPermaLink='false'>42</guid><title>t</title>",
    "empty link": "<link/><guid>https://a.example/4</guid><title>t</title>",
    "text after lead": "<title>t</title><description>Lead.</description><content:encoded>"
    "<![CDATA[<p>Lead.</p><p>And more.</p>]]></content:encoded>",
    "lead after text": "<title>t</title><content:encoded>&lt;p&gt;All of it&lt;/p&gt;</content:encoded>"
    "<description>Another lead, said otherwise.</description>",
    "text alone": "<title>t</title><content:encoded>&lt;p&gt;All of it&lt;/p&gt;</content:encoded>",
    "credited": "<title>t</title><dc:creator>\n Анна Петросян \n</dc:creator><dc:date>2026-03-01T10:00:00Z</dc:date>",
    "query in link": "<title>t</title><link>https://a.example/?id=5&amp;amp;lang=ru&amp;x;=1</link>",
    "urn for a link": "<title>t</title><link>urn:uuid:5</link>",
    "what is not read": "<title>t</title><category>Новости</category><enclosure url='https://a.example/1.jpg'/>"
    "<media:thumbnail url='https://a.example/t.jpg'/><yandex:genre>message</yandex:genre><source url='x'>S</source>",
    "undated": "<title>   spaced\n out </title><description/>",
}
NOT_PLAIN = {
    "markup in a title": "<title>&lt;b&gt;Bold&lt;/b&gt; words</title>",
    "entity in a title": "<title>Kars &amp;amp; Ardahan</title>",
    "elements in a text": "<title>t</title><description><p>Inside</p></description>",
    "mis-encoded": "<title>cafÃ©</title>",
    "letters of cp1252": "<title>it\u0092s</title>",
    "two titles": "<title>one</title><title>two</title>",
    "an address for an author": "<title>t</title><author>desk@a.example (Desk)</author>",
    "title of a picture": "<title>t</title><media:title>picture</media:title>",
    "group of pictures": "<title>t</title><media:group><media:content url='https://a.example/1.jpg'/></media:group>",
    "link of another kind": "<title>t</title><atom:link rel='alternate' href='https://a.example/other'/>",
    "declared type": "<title type='html'>t</title>",
    "slashes": "<title>t</title><link>http:////a.example/1</link>",
    "unknown element": "<title>t</title><fulltext>All of it</fulltext>",
    "odd guid": "<title>t</title><guid href='x'>1</guid>",
}


def document(*items: str, channel: str = "<title>A</title><link>https://a.example/</link>", rss: str = "") -> str:
    body = "".join(f"<item>{item}</item>" for item in items)
    return f'<?xml version="1.0"?>\n<rss version="2.0" {NAMESPACES} {rss}><channel>{channel}{body}</channel></rss>'


def read(text: str) -> ParsedFeed:
    return parse.parse_source(Decoded(text, "utf-8", "utf-8", 0), SOURCE, URL, SEEN)


def read_by_feedparser(text: str) -> ParsedFeed:
    with patch.object(parse, "split_plain_rss", return_value=None):
        return read(text)


def split(text: str) -> PlainRss | None:
    return split_plain_rss(text.encode())


@pytest.mark.parametrize("item", PLAIN.values(), ids=PLAIN.keys())
def test_plain_items_are_read_as_by_feedparser(item: str) -> None:
    text = document(item)
    found = split(text)
    assert found
    assert found.plain.keys() == {0}
    assert read(text) == read_by_feedparser(text)


@pytest.mark.parametrize("item", NOT_PLAIN.values(), ids=NOT_PLAIN.keys())
def test_other_items_are_left_to_feedparser(item: str) -> None:
    text = document(item)
    found = split(text)
    assert found
    assert not found.plain
    assert read(text) == read_by_feedparser(text)


def test_both_kinds_keep_their_places() -> None:
    mixed = [each for pair in zip(PLAIN.values(), NOT_PLAIN.values(), strict=False) for each in pair]
    text = document(*mixed)
    found = split(text)
    assert found
    assert list(found.plain) == list(range(0, len(mixed), 2))
    assert found.total == len(mixed)
    assert read(text) == read_by_feedparser(text)


@pytest.mark.parametrize(
    "text",
    [
        document(PLAIN["usual"]).replace("2.0", "0.91"),
        document(PLAIN["usual"], rss='xml:lang="ru"'),
        document(PLAIN["usual"], channel="<title>A</title><image><item>no</item></image>"),
        document(PLAIN["usual"]).replace("</channel></rss>", ""),
        document("<title>Fish & chips</title>"),
        document(PLAIN["usual"]).replace("<rss", '<!DOCTYPE rss [<!ENTITY a "b">]><rss'),
        document(PLAIN["usual"], f"<title>t</title><description>{'мир ' * 600_000}</description>"),
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title><entry><title>t</title></entry></feed>',
    ],
    ids=["another version", "a language", "an item elsewhere", "cut", "not well-formed", "entities", "large", "Atom"],
)
def test_other_documents_are_left_to_feedparser(text: str) -> None:
    assert split(text) is None
    assert read(text) == read_by_feedparser(text)


def test_no_tree_is_made_of_endless_tags() -> None:
    assert split(document(PLAIN["usual"], "<title>t</title>" + "<category/>" * 90_000)) is not None
    assert split(document(PLAIN["usual"], "<title>t</title>" + "<category/>" * 110_000)) is None


def test_what_the_channel_says_holds_for_plain_items() -> None:
    text = document(*PLAIN.values(), channel="<title>A</title><language>hy-AM</language><ttl>30</ttl>")
    parsed = read(text)
    assert parsed.feed.language == "hy-am"
    assert parsed.feed.ttl_seconds == 1800
    assert parsed == read_by_feedparser(text)


def test_a_feed_with_one_bad_reference_is_repaired_and_then_plain() -> None:
    text = document(*PLAIN.values(), "<title>Fish & chips&nbsp;</title>")
    with patch.object(parse, "_raw", side_effect=AssertionError("left to feedparser")):
        parsed = read(text)
    assert parsed.entries[-1].title == "Fish & chips"
    assert parsed == read_by_feedparser(text)


def test_an_address_that_is_none_costs_no_other_entry() -> None:
    text = document(PLAIN["usual"], "<title>t</title><link>http://[broken/1</link>")
    parsed = read(text)
    assert [entry.url for entry in parsed.entries] == ["https://a.example/1", None]
    assert parsed == read_by_feedparser(text)


def test_items_beyond_the_limit_are_counted_and_cost_no_reading() -> None:
    text = document(*[PLAIN["usual"].replace("example/1", f"example/{n}") for n in range(2_500)])
    with patch.object(parse, "_run_feedparser", wraps=parse._run_feedparser) as run:
        parsed = read(text)
    assert len(parsed.entries) == 2_000
    assert parsed.entries[-1].url == "https://a.example/1999"
    assert parsed.warnings == ("2500 entries, of which only the first 2000 were read",)
    assert len(run.call_args.args[0]) < 2_000
