"""The recorded sample is what its README says: shapes, counts, the post in two articles, the copied wire report."""

import json
import re
from collections import Counter
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import lxml.html
from lxml import etree

from ceasewire.items import DateKind, ItemKind, New, ParsedFeed, SourceConfig, SourceForPoll
from ceasewire.pipeline.decode import decode
from ceasewire.pipeline.embeds import articles
from ceasewire.pipeline.identity import drafts, judge
from ceasewire.pipeline.parse import parse_source
from ceasewire.sources import load_sources
from ceasewire.yamlfile import read_yaml
from worker.adapters.sample import RESPONSES, Answer, read_answers
from worker.adapters.sample_model import read_dictionaries

ARCHIVE = Path(__file__).parents[2] / "config" / "sample"
ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
POST = "#Кремль: Встреча с Ильхамом Алиевым и Николом Пашиняном"

MONTHS = (
    *("Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran"),
    *("Temmuz", "Ağustos", "Eylül", "Ekim", "Kasım", "Aralık"),
)
WEEKDAYS = ("Pazartesi", "Salı", "Çarşamba", "Perşembe", "Cuma", "Cumartesi", "Pazar")

ENTRIES = {
    "kremlin-shaped.atom": ("ru", 8),
    "severny-telegraf.rss": ("ru", 10),
    "s/ceasewire_sample.html": ("ru", 8),
    "masis-lur.rss": ("hy", 9),
    "mamuli-bazhin.html": ("hy", 4),
    "xezer-xeber.rss": ("az", 8),
    "sahil-agentliyi.rss": ("az", 6),
    "bogaz-postasi.rss": ("tr", 7),
    "caucasus-herald.atom": ("en", 7),
    "lakeside-review.rss": ("en", 6),
    "mission-notes.json": ("en", 5),
}


def raw(name: str) -> bytes:
    return (ARCHIVE / name).read_bytes()


def items(name: str) -> list[etree._Element]:
    root = etree.fromstring(raw(name))
    return [*root.iter("item"), *root.iter(f"{ATOM}entry")]


def count_entries(name: str) -> int:
    if name.endswith(".json"):
        return len(json.loads(raw(name))["items"])
    if name.endswith(".html"):
        page = lxml.html.fromstring(raw(name))
        return len(page.findall(".//div[@data-post]") + page.findall(".//div[@class='press-item']"))
    return len(items(name))


def texts(name: str, tag: str) -> list[str]:
    return [item.findtext(tag) or "" for item in items(name)]


def shingles(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", re.sub(r"<[^>]+>", " ", text).lower())
    return set(zip(words, words[1:], words[2:], strict=False))


def test_the_feeds_hold_what_the_readme_says() -> None:
    readme = raw("README.md").decode()
    counted = Counter[str]()
    for name, (language, count) in ENTRIES.items():
        found = count_entries(name)
        assert found == count, name
        assert re.search(rf"`{re.escape(name)}` .*\| {count} {language} \|", readme), name
        counted[language] += found
    assert counted == {"ru": 26, "hy": 13, "az": 14, "tr": 7, "en": 18}
    assert f"{counted.total()} entries" in readme


def test_every_source_says_that_it_is_a_sample() -> None:
    sources = load_sources(ARCHIVE / "sources.yaml", sample=True)
    assert len(sources) == len(ENTRIES)
    assert all("sample" in source.name and source.sample and source.enabled for source in sources)
    assert all(source.timezone and source.side and source.language for source in sources)


def test_addresses_lead_to_no_real_outlet() -> None:
    allowed = re.compile(
        r"(.+\.example|t\.me|twitter\.com|t\.co|platform\.twitter\.com|jsonfeed\.org|purl\.org|www\.w3\.org)"
    )
    for name in ENTRIES:
        for host in re.findall(
            r"https?://([^/\"'<\s?]+)", raw(name).decode("cp1251" if "severny" in name else "utf-8")
        ):
            assert allowed.fullmatch(host), (name, host)


def test_the_telegraph_is_windows_1251_and_says_so_only_in_its_declaration() -> None:
    body = raw("severny-telegraf.rss")
    assert body.startswith(b'<?xml version="1.0" encoding="windows-1251"?>')
    assert "Северный телеграф".encode("cp1251") in body
    assert b"\xd0\xa1" not in body  # UTF-8 for С
    assert "charset" not in raw("responses.yaml").decode().split("/severny-telegraf.rss:")[1].splitlines()[0]
    assert sum(date.endswith("MSK") for date in texts("severny-telegraf.rss", "pubDate")) == 1


def test_azerbaijani_quirks() -> None:
    assert len(set(texts("xezer-xeber.rss", "guid"))) == 1
    assert len(set(texts("xezer-xeber.rss", "link"))) == 8
    assert all(text.startswith("<![CDATA[") for text in texts("xezer-xeber.rss", "description"))
    assert b"<language>en-us</language>" in raw("xezer-xeber.rss")
    assert {item.find(tag) for item in items("sahil-agentliyi.rss") for tag in ("guid", "description")} == {None}
    assert all(
        re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", date) for date in texts("sahil-agentliyi.rss", "pubDate")
    )


def test_turkish_dates_are_right_to_the_weekday() -> None:
    for written in texts("bogaz-postasi.rss", "pubDate"):
        day, month, year, weekday, _time = written.split()
        assert WEEKDAYS[date(int(year), MONTHS.index(month) + 1, int(day)).weekday()] == weekday, written


def test_english_weekdays_are_right() -> None:
    for name in ("severny-telegraf.rss", "masis-lur.rss", "xezer-xeber.rss", "lakeside-review.rss"):
        for written in texts(name, "pubDate"):
            weekday, day = written.split(", ")
            assert datetime.strptime(day[:11], "%d %b %Y").strftime("%a") == weekday, written


def test_the_embedded_post_is_of_11_january_2021() -> None:
    (article,) = [text for text in texts("caucasus-herald.atom", f"{ATOM}content") if "<blockquote" in text]
    (block,) = lxml.html.fromstring(f"<div>{article}</div>").findall("blockquote[@class='twitter-tweet']")
    (text,) = block.findall("p[@lang='ru'][@dir='ltr']")
    (link,) = block.findall("a")
    assert text.text == f"{POST} "
    assert "— Кремль (@KremlinRussia) " in "".join(map(str, block.itertext()))
    found = re.fullmatch(r"https://twitter.com/KremlinRussia/status/(\d+)\?ref_src=\S+", link.get("href") or "")
    assert found
    status = int(found[1])
    posted_at = datetime.fromtimestamp(((status >> 22) + 1288834974657) / 1000, UTC)
    assert datetime(2021, 1, 11, 13, tzinfo=UTC) <= posted_at < datetime(2021, 1, 11, 15, tzinfo=UTC)
    assert link.text == "January 11, 2021"


def test_another_article_carries_the_same_post_as_plain_text() -> None:
    (article,) = [text for text in texts("lakeside-review.rss", CONTENT) if "@KremlinRussia" in text]
    assert f"<p>{POST}</p>\n<p>— Кремль (@KremlinRussia) January 11, 2021</p>" in article


def test_two_articles_are_copies_of_one_wire_report_and_no_others_are() -> None:
    bodies = texts("caucasus-herald.atom", f"{ATOM}content") + texts("lakeside-review.rss", CONTENT)
    pairs = [(a, b) for i, a in enumerate(bodies) for b in bodies[i + 1 :]]
    alike = [(a, b) for a, b in pairs if len(shingles(a) & shingles(b)) / len(shingles(a) | shingles(b)) >= 0.35]
    assert [("Red Cross" in a, "Meridian Wire" in b) for a, b in alike] == [(True, True)]


def test_the_archive_spans_the_years() -> None:
    years = {year for name in ENTRIES for year in re.findall(rb"\b(202\d)[-\d ]", raw(name))}
    assert years >= {str(year).encode() for year in range(2020, 2027)}


@cache
def parsed() -> dict[str, ParsedFeed]:
    """Each source of the archive as the pipeline reads it, by its file's name."""
    answers = read_answers(ARCHIVE)
    files = {row["file"]: path for path, row in read_yaml(ARCHIVE / RESPONSES).data.items()}
    sources = {urlsplit(source.url).path: source for source in load_sources(ARCHIVE / "sources.yaml", sample=True)}
    return {name: _parse(sources[files[name]], answers[files[name]]) for name in ENTRIES}


def _parse(config: SourceConfig, answer: Answer) -> ParsedFeed:
    decoded = decode(answer.body, answer.content_type)
    return parse_source(decoded, for_poll(config), config.url, datetime(2026, 6, 1, tzinfo=UTC))


def for_poll(config: SourceConfig) -> SourceForPoll:
    return SourceForPoll(
        id=config.id,
        name=config.name,
        url=config.url,
        kind=config.kind,
        language=config.language,
        timezone=config.timezone,
        sample=config.sample,
        options=config.options,
        etag=None,
        last_modified=None,
        body_sha256=None,
    )


def test_the_parser_reads_every_entry_with_its_address_and_time() -> None:
    for name, feed in parsed().items():
        language, count = ENTRIES[name]
        assert len(feed.entries) == count, name
        assert {(entry.language or language)[:2] for entry in feed.entries} == {language}, name
        assert all(entry.url and entry.published_at for entry in feed.entries), name
        assert len({entry.url for entry in feed.entries}) == count, name


def test_dates_without_an_offset_are_read_in_the_time_zone_of_the_source() -> None:
    feeds = parsed()
    assumed = {
        name for name, feed in feeds.items() if {entry.date_kind for entry in feed.entries} == {DateKind.ASSUMED}
    }
    assert assumed == {"sahil-agentliyi.rss", "bogaz-postasi.rss", "mamuli-bazhin.html"}
    first = {name: feeds[name].entries[0].published_at for name in assumed}
    assert first["sahil-agentliyi.rss"] == datetime(2025, 11, 20, 13, 25, tzinfo=UTC)
    assert first["bogaz-postasi.rss"] == datetime(2026, 3, 11, 8, 35, tzinfo=UTC)
    assert first["mamuli-bazhin.html"] == datetime(2025, 11, 14, 6, 30, tzinfo=UTC)


def test_moscow_time_is_no_universal_time() -> None:
    (entry,) = [entry for entry in parsed()["severny-telegraf.rss"].entries if "Лачинский" in entry.title]
    assert entry.published_at == datetime(2023, 7, 26, 17, 15, tzinfo=UTC)


def test_the_post_in_both_articles_is_one_item() -> None:
    source = for_poll(load_sources(ARCHIVE / "sources.yaml", sample=True)[0])
    read = [article for feed in parsed().values() for article in articles(feed)]
    found = [draft for article in read for draft in drafts(article, source.id) if article.posts]
    posts = [draft for draft in found if draft.kind is ItemKind.POST]
    assert [post.handle for post in posts] == ["KremlinRussia"] * 2
    assert all(post.text.startswith(POST) for post in posts)
    assert len({post.parent for post in posts}) == 2
    stored = [judged.draft for judged in judge(found, {}) if isinstance(judged, New)]
    (post,) = [draft for draft in stored if draft.kind is ItemKind.POST]
    assert post.published_at.date() == date(2021, 1, 11)


def test_every_word_has_its_english_in_the_sample_dictionary() -> None:
    words = {each.language: each.words.keys() for each in read_dictionaries(ARCHIVE / "dictionary.yaml")}
    assert words.keys() == {"ru", "hy", "az", "tr"}
    for name, feed in parsed().items():
        language = ENTRIES[name][0]
        text = " ".join(f"{entry.title} {entry.text}" for entry in feed.entries if language != "en")
        missing = set(re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", text)) - words.get(language, set())
        assert not missing, name
