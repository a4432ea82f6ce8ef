"""OPML in and out: what feed readers write, however they write it, and rows that the loader takes."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from ceasewire.errors import ConfigError
from ceasewire.items import SourceConfig, SourceKind
from ceasewire.opml import Outline, new_rows, read_opml, write_opml
from ceasewire.sources import load_sources, parse_sources
from ceasewire.yamlfile import parse_yaml

REPO = Path(__file__).parents[2]
SHARED = Path(os.environ.get("CEASEWIRE_SHARED", REPO.parent / "shared"))

LIST = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.1"><head><title>My feeds</title></head><body>
  <outline text="Caucasus">
    <outline text="Armenia" title="Հայաստան">
      <outline text="Ararat Post" title="Արարատ &amp; փոստ" xmlUrl="https://ararat-post.example/rss" language="hy-AM"/>
    </outline>
    <outline text="Sevan Daily" xmlurl=" https://www.sevan-daily.example/feed?a=1&amp;b=2 "/>
  </outline>
  <outline text="no group" type="rss" xmlUrl="https://ararat-post.example/en/rss"/>
  <outline text="a bookmark" url="https://example.org/"/>
</body></opml>"""


def rows(outlines: tuple[Outline, ...], known: tuple[SourceConfig, ...] = ()) -> tuple[SourceConfig, ...]:
    return parse_sources(parse_yaml("sources:\n" + "\n".join(new_rows(outlines, known)), name="new.yaml"))


def test_feeds_are_read_with_the_names_of_their_groups() -> None:
    assert read_opml(LIST.encode(), "list.opml") == (
        Outline("Արարատ & փոստ", "https://ararat-post.example/rss", "hy-AM", "Caucasus / Հայաստան"),
        Outline("Sevan Daily", "https://www.sevan-daily.example/feed?a=1&b=2", None, "Caucasus"),
        Outline("no group", "https://ararat-post.example/en/rss", None, ""),
    )


def test_rows_are_disabled_sources_that_the_loader_takes() -> None:
    found = rows(read_opml(LIST.encode(), "list.opml"))
    assert [source.id for source in found] == ["ararat-post-example", "sevan-daily-example", "ararat-post-example-2"]
    assert [source.language for source in found] == ["hy", None, None]
    assert not any(source.enabled for source in found)
    assert "Caucasus / Հայաստան" in (found[0].disabled_reason or "")


def test_what_is_known_doubled_or_no_address_makes_no_row() -> None:
    known = rows((Outline("A", "http://a.example/rss/", None, ""),))
    outlines = [Outline("x", url, None, "") for url in ("https://www.a.example/rss", "feed:b", "https://c.example")]
    assert [source.url for source in rows((*outlines, outlines[2]), known)] == ["https://c.example"]
    assert [source.url for source in rows(tuple(outlines))] == ["https://www.a.example/rss", "https://c.example"]


def test_an_id_that_is_taken_gets_a_number() -> None:
    known = rows((Outline("A", "https://a.example/1", None, ""),))
    (row,) = new_rows([Outline("B", "https://a.example/2", None, "")], known)
    assert row.startswith("  - id: a-example-2\n")


@pytest.mark.parametrize("name", ['"quoted": # name', "- [list]", "line\nbreak", "no", "\\", "{sample}"])
def test_names_that_mean_something_in_yaml_stay_names(name: str) -> None:
    (source,) = rows((Outline(name, "https://a.example/rss", "no", ""),))
    assert source.name == " ".join(name.split())
    assert source.language == "no"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not well-formed XML"),
        (b"<opml>\n<body>\n<outline></body></opml>", "list.opml:3: not well-formed XML"),
        (b"<rss><channel/></rss>", "<rss> instead of <opml>"),
        (b"<opml><head/></opml>", "with a <body>"),
    ],
)
def test_what_is_no_opml_is_told(body: bytes, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_opml(body, "list.opml")
    assert said in str(caught.value)


def test_entities_are_not_expanded() -> None:
    secret = REPO / "pyproject.toml"
    body = f"""<!DOCTYPE opml [<!ENTITY e SYSTEM "file://{secret}">]>
    <opml><body><outline text="a" xmlUrl="https://a.example/rss"/>&e;</body></opml>"""
    assert read_opml(body.encode(), "list.opml") == (Outline("a", "https://a.example/rss", None, ""),)


def test_an_old_encoding_is_read_as_declared() -> None:
    body = '<?xml version="1.0" encoding="windows-1251"?><opml><body><outline text="Новости" xmlUrl="http://a.example"/></body></opml>'
    assert read_opml(body.encode("cp1251"), "list.opml")[0].name == "Новости"


def test_what_goes_out_comes_in_again() -> None:
    sources = load_sources(REPO / "config" / "sources.yaml")
    feeds = {source.url for source in sources if source.kind is SourceKind.FEED}
    assert len(feeds) < len(sources)
    read = read_opml(write_opml(sources, "Ceasewire <&>").encode(), "out.opml")
    assert {outline.url for outline in read} == feeds
    assert {outline.group for outline in read} >= {"AM", "AZ", "RU", "TR"}
    assert list(new_rows(read, sources)) == []


def test_a_source_without_a_country_goes_out_too() -> None:
    source = replace(rows((Outline("A", "https://a.example/rss", None, ""),))[0], country=None)
    assert read_opml(write_opml([source], "x").encode(), "x")[0].group == "elsewhere"


def test_a_real_list_becomes_rows() -> None:
    files = sorted((SHARED / "data" / "feeds" / "opml").glob("*.opml"))
    if not files:
        pytest.skip(f"no lists under {SHARED}: set CEASEWIRE_SHARED")
    for file in files:
        outlines = read_opml(file.read_bytes(), str(file))
        assert len(outlines) > 10
        assert rows(outlines)
