"""`ceasewire sources` as a user runs it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ceasewire.errors import ConfigError
from ceasewire.items import Publisher, SourceConfig, SourceKind
from ceasewire.opml import read_opml
from ceasewire.store.session import Store
from ceasewire.store.sources import SourceStatus
from worker.commands.sources import command, describe

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SOURCES = """\
sources:
  - {id: a, name: A, url: 'https://a.example/rss', kind: feed, publisher: ngo, language: en}
  - {id: b, name: B, url: 'https://t.me/s/channel_b', kind: telegram, publisher: ngo, language: ru}
  - {id: c, name: C, url: 'https://c.example/rss', kind: feed, publisher: ngo, enabled: false, disabled_reason: dead}
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "sample").mkdir()
    (tmp_path / "sources.yaml").write_text(SOURCES)
    (tmp_path / "sample" / "sources.yaml").write_text(SOURCES.replace("https://a.example", "{sample}"))
    monkeypatch.setenv("CEASEWIRE_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("CEASEWIRE_DATA_DIR", str(tmp_path))
    return tmp_path


def run(*arguments: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(command, arguments, input=given)


def test_check_says_what_is_on_and_why_the_rest_is_off(config: Path) -> None:
    result = run("check", "--off")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[:2] == [f"{config}/sources.yaml: right; 2 on (en 1, ru 1), 1 off", "  c: dead"]
    assert f"{config}/sample/sources.yaml: right" in result.stdout


def test_check_fails_with_file_and_line_and_goes_on_to_the_next_file(config: Path) -> None:
    (config / "sources.yaml").write_text(SOURCES.replace("kind: feed", "kind: rss", 1))
    result = run("check")
    assert result.exit_code == 1
    assert f"{config}/sources.yaml:2: sources.0.kind: 'rss'" in result.stderr
    assert f"{config}/sample/sources.yaml: right" in result.stdout


def test_list_shows_what_load_brought_in(config: Path) -> None:
    Store(f"sqlite:///{config}/ceasewire.sqlite3").upgrade()
    empty = run("list")
    assert isinstance(empty.exception, ConfigError)
    assert "sources load" in empty.exception.remedy
    assert run("load").exit_code == 0
    lines = run("list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["a", "b", "c"]
    assert "never polled" in lines[0]
    assert lines[2].endswith("off: dead")
    assert run("list", "b").stdout.splitlines() == [lines[1]]
    assert isinstance(run("list", "nope").exception, ConfigError)


def test_opml_goes_out_without_what_no_reader_can_read(config: Path) -> None:
    result = run("export-opml", "--off")
    assert [outline.url for outline in read_opml(result.stdout.encode(), "out")] == [
        "https://a.example/rss",
        "https://c.example/rss",
    ]
    assert result.stderr == "left out, no feeds: b\n"


def test_imported_rows_can_be_appended_to_the_file(config: Path) -> None:
    opml = """<opml><body><outline text="A" xmlUrl="https://a.example/rss"/>
    <outline text="D" xmlUrl="https://d.example/rss"/></body></opml>"""
    result = run("import-opml", "-", given=opml.encode())
    assert result.stderr == "1 new, 1 known, doubled or without a web address\n"
    with (config / "sources.yaml").open("a") as file:
        file.write(result.stdout)
    assert "2 on (en 1, ru 1), 2 off" in run("check").stdout


def status(**changes: object) -> SourceStatus:
    config = SourceConfig(
        "a", "A", "https://a.example", SourceKind.FEED, "en", None, Publisher.NGO, None, None, True, None
    )
    values: dict[str, object] = dict.fromkeys(SourceStatus.__dataclass_fields__)
    values |= {"config": config, "items_per_day": 2.0, "next_poll_reason": "", "last_reason": ""}
    return SourceStatus(**(values | changes))  # type: ignore[arg-type]


def test_a_line_tells_the_last_poll_the_next_and_the_silence() -> None:
    line = describe(
        status(
            last_outcome="timeout",
            last_polled_at=NOW - timedelta(minutes=5),
            last_reason="no answer in 30 s",
            next_poll_at=NOW + timedelta(hours=3),
            next_poll_reason="second failure",
            last_new_item_at=NOW - timedelta(days=6),
        ),
        NOW,
    )
    assert line == (
        "timeout 5 min ago (no answer in 30 s); next in 3 h: second failure; 2.0 items a day; "
        "silent since 2026-05-26 12:00 UTC"
    )
    assert describe(status(next_poll_at=NOW), NOW) == "never polled; due now; 2.0 items a day"
