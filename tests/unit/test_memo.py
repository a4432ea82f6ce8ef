"""The memo of entries: it spares work, is bounded, and what is read with it is what is read without."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ceasewire.errors import CeasewireError
from ceasewire.items import Decoded, ItemDraft, ParsedFeed, SourceForPoll, SourceKind
from ceasewire.pipeline.decode import decode
from ceasewire.pipeline.identity import drafts_of
from ceasewire.pipeline.memo import EACH, NOTHING, Memo
from ceasewire.pipeline.parse import parse_source

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
FORMATS = (".rss", ".atom", ".json")
SAMPLES = [
    path
    for path in sorted((Path(__file__).resolve().parents[2] / "config" / "sample").iterdir())
    if path.suffix in FORMATS
]
EMBED = (
    '<p>He wrote:</p><blockquote class="twitter-tweet"><p lang="ru">Встреча</p>&mdash; Kremlin (@KremlinRussia) '
    '<a href="https://twitter.com/KremlinRussia/status/1348600000000000000">January 11, 2021</a></blockquote>'
)
BODIES = ("", "Talks in Moscow.", "<p>Talks &amp; roads.</p>", EMBED, '<a href="/x">here</a>', "(@a) January 11, 2021")
DATES = ("", "Sun, 01 Nov 2026 09:00:00 +0400", "01.11.2026 09:00", "yesterday, 10:00", "сегодня, 14:05", "10:15", "no")


def source(id_: str = "a", timezone: str | None = None, language: str | None = None) -> SourceForPoll:
    url = f"https://{id_}.example/feed"
    return SourceForPoll(id_, "A", url, SourceKind.FEED, language, timezone, False, {}, None, None, None)


def read(text: str, of: SourceForPoll, at: datetime, memo: Memo) -> tuple[ParsedFeed, list[ItemDraft]] | str:
    try:
        parsed = parse_source(Decoded(text, "utf-8", "utf-8", 0), of, of.url, at, memo)
    except CeasewireError as error:
        return error.message
    return parsed, drafts_of(parsed, of.id, memo)


class Counting:
    """A function that counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, word: str) -> str:
        self.calls += 1
        if word == "bad":
            raise ValueError(word)
        return word.upper()


class TestMemo:
    def test_what_was_asked_before_is_not_worked_out_again(self) -> None:
        memo, shout = Memo(10 * EACH), Counting()
        assert [memo.ask(shout, "a", size=len), memo.ask(shout, "a", size=len)] == ["A", "A"]
        assert shout.calls == 1

    def test_what_was_not_asked_for_longest_goes_first(self) -> None:
        memo, shout = Memo(2 * (EACH + 1)), Counting()
        for word in ("a", "b", "a", "c", "a"):
            memo.ask(shout, word, size=len)
        assert shout.calls == 3
        memo.ask(shout, "b", size=len)
        assert shout.calls == 4

    def test_what_is_larger_than_all_of_it_is_not_kept(self) -> None:
        memo, shout = Memo(EACH + 3), Counting()
        for word in ("abc", "far too long", "abc"):
            memo.ask(shout, word, size=len)
        assert shout.calls == 2

    def test_an_error_is_not_kept(self) -> None:
        memo, shout = Memo(10 * EACH), Counting()
        for _ in range(2):
            with pytest.raises(ValueError, match="bad"):
                memo.ask(shout, "bad", size=len)
        assert shout.calls == 2

    def test_one_of_no_bytes_keeps_nothing(self) -> None:
        shout = Counting()
        for _ in range(2):
            NOTHING.ask(shout, "a", size=len)
        assert shout.calls == 2


ENTRIES = st.tuples(
    st.integers(0, 3),  # link
    st.integers(0, 3),  # guid; several entries may share it
    st.sampled_from(("", "Talks", "Roads &lt;b&gt;open&lt;/b&gt;", "Встреча")),
    st.sampled_from(BODIES),
    st.sampled_from(DATES),
)
Versions = Sequence[tuple[list[tuple[int, int, str, str, str]], SourceForPoll, int, bool]]
SOURCES = (source(), source("b"), source(timezone="Asia/Baku"), source(language="az"))
VERSIONS = st.lists(
    st.tuples(st.lists(ENTRIES, max_size=6), st.sampled_from(SOURCES), st.integers(0, 72), st.booleans()), max_size=6
)


def rss(entries: Sequence[tuple[int, int, str, str, str]]) -> str:
    items = "".join(
        f"<item><title>{title}</title><link>https://news.example/{link}</link><guid isPermaLink='false'>{guid}</guid>"
        f"<description>{escape(body)}</description><pubDate>{date}</pubDate></item>"
        for link, guid, title, body, date in entries
    )
    return f"<rss version='2.0'><channel><title>N</title>{items}</channel></rss>"


def atom(entries: Sequence[tuple[int, int, str, str, str]]) -> str:
    items = "".join(
        f"<entry><title type='html'>{title}</title><link href='https://news.example/{link}'/><id>tag:{guid}</id>"
        f"<content type='html'>{escape(body)}</content><updated>{date}</updated></entry>"
        for link, guid, title, body, date in entries
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><title>N</title>{items}</feed>"


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(VERSIONS, st.sampled_from((100_000_000, 3 * EACH)))
def test_any_sequence_of_versions_reads_as_it_does_without(versions: Versions, most_bytes: int) -> None:
    """Entries come, go, change, share guids; sources share entries; words of dates mean another day each time."""
    memo = Memo(most_bytes)
    for entries, of, hours, as_atom in versions:
        text, at = (atom if as_atom else rss)(entries), START + timedelta(hours=hours)
        assert read(text, of, at, memo) == read(text, of, at, NOTHING)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_the_sample_reads_as_it_does_without(path: Path) -> None:
    text, memo = decode(path.read_bytes(), None).text, Memo(100_000_000)
    for hours in (0, 0, 30):
        at = START + timedelta(hours=hours)
        assert read(text, source(), at, memo) == read(text, source(), at, NOTHING)
