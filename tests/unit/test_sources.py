"""The source list: what ships with the project, and every mistake a user can make in it."""

import os
from pathlib import Path

import pytest
import yaml

from ceasewire.errors import ConfigError
from ceasewire.items import Publisher, SourceConfig, SourceKind
from ceasewire.sources import load_sources, parse_sources
from ceasewire.yamlfile import parse_yaml

REPO = Path(__file__).parents[2]
SHARED = Path(os.environ.get("CEASEWIRE_SHARED", REPO.parent / "shared"))

GOOD = """\
sources:
  - id: ararat-post
    name: Ararat Post
    url: https://ararat-post.example/rss
    kind: feed
    publisher: independent
    language: hy
    country: AM
    side: armenia
    timezone: Asia/Yerevan
    options: {full_text: true, min_gap_seconds: 5}
    note: for people
"""


def load(text: str, *, sample: bool = False, base_url: str | None = None) -> tuple[SourceConfig, ...]:
    return parse_sources(parse_yaml(text, name="sources.yaml"), sample=sample, base_url=base_url)


def mistake(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(text)
    return str(caught.value)


def test_a_row_becomes_a_source() -> None:
    assert load(GOOD) == (
        SourceConfig(
            id="ararat-post",
            name="Ararat Post",
            url="https://ararat-post.example/rss",
            kind=SourceKind.FEED,
            language="hy",
            country="AM",
            publisher=Publisher.INDEPENDENT,
            side="armenia",
            timezone="Asia/Yerevan",
            enabled=True,
            disabled_reason=None,
            options={"full_text": True, "min_gap_seconds": 5},
        ),
    )


def test_a_source_may_leave_out_what_it_does_not_know() -> None:
    row = "sources: [{id: a, name: A, url: 'https://a.example', kind: feed, publisher: ngo}]"
    (source,) = load(row)
    assert (source.language, source.country, source.side, source.timezone, dict(source.options)) == (None,) * 4 + ({},)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("id: ararat-post", "id: Ararat Post", 2, "use lower-case letters"),
        ("  - id: ararat-post\n    name", "  - name", 2, "sources.0.id: is missing"),
        ("name: Ararat Post", "name: 2021", 3, "must be a text, not 2021"),
        ("name: Ararat Post", "name: ''", 3, "must be a text"),
        ("https://ararat-post.example/rss", "ararat-post.example/rss", 4, "no http or https address"),
        ("https://ararat-post.example/rss", "https://[::1/rss", 4, "is no address"),
        ("https://ararat-post.example/rss", "https://me:pass@ararat-post.example/", 4, "which logs would show"),
        ("https://ararat-post.example/rss", "https://ararat-post.example/a b", 4, "holds a space"),
        ("https://ararat-post.example/rss", '"{sample}/rss"', 4, "only in a recorded archive"),
        ("kind: feed", "kind: rss", 5, "feed, telegram, page"),
        ("kind: feed", "kind: telegram", 4, "https://t.me/s/CHANNEL"),
        ("kind: feed", "kind: page", 11, "a page needs CSS selectors: 'item'"),
        ("publisher: independent", "publisher: private", 6, "state, wire, independent, regional, ngo"),
        ("language: hy", "language: arm", 7, "no ISO 639-1 language"),
        ("language: hy", "language: no", 7, "in quotes"),  # YAML takes the bare code of Norwegian for false
        ("country: AM", "country: Armenia", 8, "ISO 3166-1"),
        ("side: armenia", "side: Armenian side", 9, "one lower-case word"),
        ("timezone: Asia/Yerevan", "timezone: AMT", 10, "Asia/Yerevan"),
        ("timezone: Asia/Yerevan", "timezone: ../etc/passwd", 10, "no IANA time zone"),
        ("    note: for people", "    enabled: false", 12, "is false without disabled_reason"),
        ("    note: for people", "    disabled_reason: dead", 12, "stands on an enabled source"),
        ("    note: for people", "    enabled: 'no'", 12, "true or false"),
        ("    note: for people", "    langauge: hy", 12, "unknown key"),
        ("full_text: true", "fulltext: true", 11, "unknown option"),
        ("full_text: true", "full_text: 1", 11, "true or false"),
        ("min_gap_seconds: 5", "min_gap_seconds: 0", 11, "seconds"),
        ("min_gap_seconds: 5", "min_interval_seconds: hourly", 11, "at most 86400"),
        ("min_gap_seconds: 5", 'user_agent: "a\\nb"', 11, "User-Agent"),
        ("{full_text: true, min_gap_seconds: 5}", "[full_text]", 11, "keys and values"),
        ("{full_text: true, min_gap_seconds: 5}", "{selectors: {link: a}}", 11, "CSS selectors: 'item'"),
        (
            "{full_text: true, min_gap_seconds: 5}",
            "{selectors: {item: li, url: a}}",
            11,
            "author, date, link, text, title",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line_and_a_remedy(old: str, new: str, line: int, said: str) -> None:
    assert old in GOOD
    message = mistake(GOOD.replace(old, new))
    assert message.startswith(f"sources.yaml:{line}: ")
    assert said in message


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    message = mistake(GOOD.replace("kind: feed", "kind: rss").replace("id: ararat-post", "id: A"))
    assert message.splitlines()[0] == "sources.yaml: 2 mistakes:"
    assert [line.split(":")[1] for line in message.splitlines()[1:]] == ["2", "5"]


@pytest.mark.parametrize("text", ["", "[]", "sources: {}", "sources:\n"])
def test_a_file_without_a_list_is_no_empty_list(text: str) -> None:
    assert "holds no list" in mistake(text)


def test_an_id_or_address_stands_once() -> None:
    twice = GOOD + GOOD.removeprefix("sources:\n").replace(
        "https://ararat-post.example/rss", "http://WWW.ararat-post.example/rss/"
    )
    message = mistake(twice)
    assert "sources.yaml:13: sources.1.id: 'ararat-post' stands in an earlier row too" in message
    assert "sources.yaml:15: sources.1.url" in message


def test_the_placeholder_of_an_archive_becomes_its_server() -> None:
    text = GOOD.replace("https://ararat-post.example", '"{sample}').replace("/rss", '/rss"')
    (source,) = load(text, sample=True, base_url="http://127.0.0.1:8000/")
    assert (source.url, source.sample) == ("http://127.0.0.1:8000/rss", True)
    (checked,) = load(text, sample=True)
    assert checked.url == "http://sample.invalid/rss"


def test_the_shipped_list_is_right() -> None:
    sources = load_sources(REPO / "config" / "sources.yaml")
    assert len(sources) >= 75
    assert all(source.timezone and source.side and source.country for source in sources)
    sides = {source.side for source in sources if source.enabled}
    assert sides == {"armenia", "azerbaijan", "russia", "turkey", "international"}
    assert {source.language for source in sources if source.enabled} == {"ru", "hy", "az", "tr", "en"}
    assert not any("example" in source.url or source.sample for source in sources)


def test_what_was_seen_answering_is_on_and_nothing_else() -> None:
    researched = SHARED / "data" / "sources.yaml"
    if not researched.exists():
        pytest.skip(f"{researched} is not here: set CEASEWIRE_SHARED")
    live = {row["url"]: row["status"].startswith("live") for row in yaml.safe_load(researched.read_text())["sources"]}
    sources = load_sources(REPO / "config" / "sources.yaml")
    assert {source.url: source.enabled for source in sources if source.url in live} == live
