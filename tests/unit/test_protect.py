"""Protection: what is found, what the model gets to see, and that everything is put back exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceasewire.pipeline.protect import (
    Kind,
    as_hashtag,
    hashtag_words,
    lost,
    protect,
    render_code,
    restore,
    trim,
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Подробнее: https://example.org/a?b=1&c=2.", [("url", "https://example.org/a?b=1&c=2")]),
        ("снимок pic.twitter.com/sAmple1", [("url", "pic.twitter.com/sAmple1")]),
        ("пишите press@mission.example, ждём", [("email", "press@mission.example")]),
        ("Как сообщил @mission_am сегодня", [("handle", "@mission_am")]),
        ("#Карабах и #Հայաստան", [("hashtag", "#Карабах"), ("hashtag", "#Հայաստան")]),
        ("Сбит Су-25, комплекс С-300 цел", [("code", "С-300")]),
        ("дрон TB2 и 5G", [("code", "TB2"), ("code", "5G")]),
        ("звоните +374 10 555 123", [("number", "+374 10 555 123")]),
        ("перемещено 1 234 567 человек", [("number", "1 234 567")]),
        ("10 ноября 2020 года погибли 5 человек", []),
        ("место #1 и цена 5 руб.", []),
    ],
)
def test_what_is_protected(text: str, found: list[tuple[str, str]]) -> None:
    assert [(piece.kind.value, piece.text) for piece in protect(text).pieces] == found


def test_every_number_where_asked() -> None:
    pieces = protect("9 ноября в 14:30 погибли 5 человек", numbers=True).pieces
    assert [piece.text for piece in pieces] == ["9", "14:30", "5"]


@pytest.mark.parametrize(
    ("text", "core"),
    [
        ("#Кремль: Встреча в Москве https://t.co/x pic.twitter.com/y", "Встреча в Москве"),
        ("Огонь прекращён. #Карабах #мир", "Огонь прекращён."),
        ("@mission: Сводка", "Сводка"),
        ("  https://example.org  ", ""),
        ("Встретился с @mission", "Встретился с X1X"),  # a word of the sentence: it stays
        ("#Армения победила", "X1X победила"),
        ("Без всего", "Без всего"),
    ],
)
def test_what_the_model_sees(text: str, core: str) -> None:
    assert trim(protect(text)).core == core


def test_a_marker_that_the_text_holds_is_not_used() -> None:
    protected = protect("код X1 на https://example.org")
    assert restore(protected.text, protected.pieces) == "код X1 на https://example.org"
    assert not protected.pieces[-1].placeholder.startswith("X1")


def test_a_lost_or_doubled_placeholder_is_told() -> None:
    pieces = protect("@one и @two и @three").pieces
    assert [piece.text for piece in lost("X1X and X3X X3X", pieces)] == ["@two", "@three"]


def test_render_writes_a_piece_otherwise() -> None:
    protected = protect("комплекс С-300")
    assert restore("system X1X", protected.pieces, lambda piece: render_code(piece.text)) == "system S-300"
    assert protected.pieces[0].kind is Kind.CODE


def test_words_of_a_hashtag() -> None:
    assert hashtag_words("#НагорныйКарабах_сегодня") == "Нагорный Карабах сегодня"
    assert as_hashtag("Nagorno-Karabakh today") == "#NagornoKarabakhToday"
    assert as_hashtag("...") == ""


TEXTS = st.text() | st.lists(
    st.sampled_from(["X1X", "XQ1XQ", "X", "Q", "1", "2", " ", "#а", "@ab", "https://a.b", "T72", "1/2", ":", "\n"]),
    max_size=30,
).map("".join)


@given(TEXTS, st.booleans())
def test_any_text_is_restored_exactly(text: str, numbers: bool) -> None:
    protected = protect(text, numbers=numbers)
    assert restore(protected.text, protected.pieces) == text
    trimmed = trim(protected)
    assert trimmed.lead + trimmed.core + trimmed.tail == protected.text
