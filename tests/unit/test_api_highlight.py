"""Marks and excerpts: every code point once, in order, whatever overlaps."""

from hypothesis import given
from hypothesis import strategies as st

from api.page.highlight import EXCERPT, Mark, excerpt, segments

TEXT = "Встреча в Кремле о перемирии"


def test_marks_split_the_text() -> None:
    parts = segments(TEXT, [Mark(10, 16, "actor", "actor-russia")])
    assert [(part.text, part.kinds) for part in parts] == [
        ("Встреча в ", ""),
        ("Кремле", "actor"),
        (" о перемирии", ""),
    ]


def test_overlapping_marks_name_all_their_tags() -> None:
    parts = segments(TEXT, [Mark(0, 16, "topic", "topic-talks"), Mark(10, 16, "actor", "actor-russia")])
    assert [part.tags for part in parts] == [("topic-talks",), ("topic-talks", "actor-russia"), ()]
    assert [part.kinds for part in parts] == ["topic", "actor topic", ""]


def test_marks_beyond_the_text_are_left_out() -> None:
    assert segments("short", [Mark(2, 99, "topic", "t"), Mark(-1, 2, "topic", "t")]) == segments("short", [])


marks = st.lists(st.builds(Mark, st.integers(0, 60), st.integers(0, 60), st.just("topic"), st.sampled_from("ab")))


@given(st.text(max_size=50), marks, st.integers(0, 50), st.integers(0, 60))
def test_nothing_is_lost_or_doubled(text: str, marks_: list[Mark], start: int, end: int) -> None:
    start = min(start, len(text))
    end = max(start, end)
    assert "".join(part.text for part in segments(text, marks_, start, end)) == text[start:end]


def test_a_short_text_is_shown_whole() -> None:
    assert excerpt("x" * EXCERPT, [Mark(0, 1, "topic", "t")]).end == EXCERPT


def test_an_excerpt_goes_to_the_first_match_and_cuts_between_words() -> None:
    text = "слово " * 300 + "перемирие " + "слово " * 300
    at = text.index("перемирие")
    part = excerpt(text, [Mark(at, at + 9, "topic", "t")])
    assert part.before
    assert part.after
    assert part.start < at < part.end
    assert text[part.start - 1] == " "
    assert text[part.end] == " "


def test_without_a_match_the_beginning_is_shown() -> None:
    part = excerpt("слово " * 300, [])
    assert (part.start, part.before, part.after) == (0, False, True)
