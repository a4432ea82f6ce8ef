"""Folding for matching, and the way back to the original."""

import unicodedata
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceasewire.items import Verdict
from ceasewire.pipeline.tag import tag_item
from tests.unit.conflicts import found, own, with_terms

LETTERS = "aаəәıİiIеёéßﬁև՛́\u00ad\u200c «»“”'’\"-–.\n\x00\ue000ĞğŞşարցախհկKарабахshell truce"


@pytest.mark.parametrize(
    ("language", "term", "text", "slice_"),
    [
        ("ru", "обстрелы", "ОБСТРЕЛЫ", "ОБСТРЕЛЫ"),
        ("ru", "самолет~", "самолёты", "самолёты"),
        ("ru", "карабах~", "Кара\u00adбах", "Кара\u00adбах"),
        ("ru", "карабах~", "Караба́х", "Караба́х"),
        ("ru", "связь", "Cвязь", "Cвязь"),  # Latin C
        ("en", "minsk group", "Ｍｉｎｓｋ　Ｇｒｏｕｐ", "Ｍｉｎｓｋ　Ｇｒｏｕｐ"),
        ("en", "offensive", "oﬀensive", "oﬀensive"),
        ("az", "ağdərə", "Ağdәrә", "Ağdәrә"),  # Cyrillic schwa
        ("az", "istiqamət*", "İstiqamətində", "İstiqamətində"),
        ("az", "istiqamət*", "I\u0307stiqamətində", "I\u0307stiqamətində"),  # decomposed
        ("tr", "sığınmacı~", "sıg\u0306ınmacı", "sıg\u0306ınmacı"),
        ("hy", "ալիև~", "Ալիեւի", "Ալիեւի"),  # u+0565 u+0582 for u+0587
        ("hy", "ալիեւ~", "Ալիևի", "Ալիևի"),
        ("hy", "արցախ~", "Արցա՛խը", "Արցա՛խը"),
    ],
)
def test_spellings_meet_and_the_span_is_the_original(language: str, term: str, text: str, slice_: str) -> None:
    assert found(with_terms(language, term), f"… {text} …", language) == [slice_]


def test_ascii_folding_only_where_the_text_has_no_letter_of_its_own() -> None:
    conflict = with_terms("az", "döyüş*", "şəhid*")
    assert found(conflict, "Doyusler davam edir, 2 sehid", "az") == ["Doyusler", "sehid"]
    assert found(conflict, "Doyusler davam edir, 2 şəhid", "az") == ["şəhid"]


def test_a_folded_span_ends_inside_a_letter_of_two_as_the_whole_letter() -> None:
    assert found(with_terms("hy", "բարե*"), "բարև", "hy") == ["բարև"]


@settings(deadline=None)  # the first example loads the model
@given(st.text(alphabet=st.one_of(st.sampled_from(LETTERS), st.characters()), max_size=120), st.text(max_size=20))
def test_any_text_is_tagged_without_an_error_and_every_span_is_its_slice(text: str, title: str) -> None:
    body = f"{text} Карабах Artsakh {text} ceasefire հրադադար"
    tagging = tag_item(own(), title=title, text=body, language=None, published_at=None)
    fields = {"title": title, "text": body}
    pieces = [*tagging.evidence, *(piece for tag in tagging.tags for piece in tag.evidence)]
    assert all(fields[piece.field][piece.start : piece.end] == piece.text for piece in pieces)
    assert all(piece.start < piece.end for piece in pieces)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_the_verdict_does_not_hang_on_the_form_of_normalisation(form: Literal["NFC", "NFD", "NFKC", "NFKD"]) -> None:
    text = unicodedata.normalize(form, "Dağlıq Qarabağda atəşkəs pozulub, şəhid var")
    tagging = tag_item(own(), title="", text=text, language="az", published_at=None)
    assert tagging.verdict is Verdict.RELEVANT
