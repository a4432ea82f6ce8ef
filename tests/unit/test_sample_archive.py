"""The recorded sample is what its README says: shapes, counts, the post in two articles, the copied wire report."""

import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import lxml.html
from lxml import etree

from ceasewire.sources import load_sources

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


def texts(name: str, tag: str) -> list[str]:
    return [item.findtext(tag) or "" for item in items(name)]


def shingles(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", re.sub(r"<[^>]+>", " ", text).lower())
    return set(zip(words, words[1:], words[2:], strict=False))


def test_the_feeds_hold_what_the_readme_says() -> None:
    readme = raw("README.md").decode()
    counted = Counter[str]()
    for name, (language, count) in ENTRIES.items():
        if name.endswith(".html"):
            found = len(lxml.html.fromstring(raw(name)).findall(".//div[@data-post]"))
        elif name.endswith(".json"):
            found = len(json.loads(raw(name))["items"])
        else:
            found = len(items(name))
        assert found == count, name
        assert re.search(rf"`{re.escape(name)}` .*\| {count} {language} \|", readme), name
        counted[language] += found
    assert counted == {"ru": 26, "hy": 9, "az": 14, "tr": 7, "en": 18}
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
    for date in texts("bogaz-postasi.rss", "pubDate"):
        day, month, year, weekday, _time = date.split()
        assert WEEKDAYS[datetime(int(year), MONTHS.index(month) + 1, int(day)).weekday()] == weekday, date


def test_english_weekdays_are_right() -> None:
    for name in ("severny-telegraf.rss", "masis-lur.rss", "xezer-xeber.rss", "lakeside-review.rss"):
        for date in texts(name, "pubDate"):
            weekday, day = date.split(", ")
            assert datetime.strptime(day[:11], "%d %b %Y").strftime("%a") == weekday, date


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
