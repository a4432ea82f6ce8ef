"""The term syntax: what parses, what is refused, and what each form matches."""

import pytest

from ceasewire.conflict.terms import TermError, parse_term
from tests.unit.conflicts import found, with_terms


@pytest.mark.parametrize(
    ("term", "reason"),
    [
        ("(a|(b|c))", "nested"),
        ("(a|b", "not closed"),
        ("a ..9 b", "not between"),
        ("a ..0 b", "not between"),
        ("..2 a", "starts with a gap"),
        ("a ..2", "ends with a gap"),
        ("(a|)", "empty"),
        ("posts?", "regular expression"),
        ("a~b", "no word"),
        ("~", "no word"),
        ('word"', "does not open"),
        ("  ", "empty"),
    ],
)
def test_a_broken_term_is_refused_with_its_reason(term: str, reason: str) -> None:
    with pytest.raises(TermError, match=reason):
        parse_term(term)


@pytest.mark.parametrize(
    ("language", "term", "text", "expected"),
    [
        ("en", "mine", "a mine, mines, mined", ["mine"]),
        ("en", "mine~", "a mine, mines, mined, minestrone", ["mine", "mines"]),
        ("ru", "бард~", "в Барде и бардак", ["Барде"]),
        ("az", "mina", "minaatan, mina", ["mina"]),
        ("en", "demin*", "demining; undemined", ["demining"]),
        ("ru", "лачинск*", "Калачинский район, Лачинский район", ["Лачинский"]),
        ("en", "line of contact", "the line-of-contact and the line, of contact", ["line-of-contact"]),
        ("ru", "армяно азербайджанск*", "Армяно-азербайджанская граница", ["Армяно-азербайджанская"]),
        ("en", "swap ..2 prisoners", "swap of their prisoners", ["swap of their prisoners"]),
        ("en", "swap ..2 prisoners", "swap of all their prisoners", []),
        ("en", "swap ..2 prisoners", "A swap. More prisoners came", []),
        ("en", "(arms|weapon~) (sale~|deal)", "weapons sales, arms deal", ["weapons sales", "arms deal"]),
        ("en", "=POW~", "a POW, two POWs, pow wow", ["POW", "POWs"]),
        ("hy", "=ՊԲ~", "ՊԲ-ն հայտնում է, պբ", ["ՊԲ"]),
        ("hy", "^ական~", "90-ական թվականներ, ական է պայթել", ["ական"]),
        ("ru", '"карабах~"', "«Карабах» победил, Карабах ждёт", ["Карабах"]),
        ("az", '"qarabağ"*', "“Qarabağ”ın qələbəsi", ["Qarabağ”ın"]),
        ("tr", "karabağ~", "Karabağ'ın, Karabağda", ["Karabağ'ın", "Karabağda"]),
        ("tr", "!sınır*", "sınır hattı, sinir hastası", ["sınır"]),
        ("tr", "!sınır*", "SINIR HATTI", ["SINIR"]),
        ("en", "mine", "landmine _mine mine_", []),
    ],
)
def test_each_form_matches_what_it_says(language: str, term: str, text: str, expected: list[str]) -> None:
    assert found(with_terms(language, term), text, language) == expected


def test_a_term_of_a_language_written_alike_does_not_match() -> None:
    conflict = with_terms("tr", "stat*")
    assert found(conflict, "The statement of the state", "en") == []
    assert found(conflict, "The statement of the state", None) == ["statement", "state"]


def test_a_term_never_reaches_from_the_title_into_the_text() -> None:
    conflict = with_terms("en", "prisoner swap", "prisoner ..3 swap")
    document = conflict.matcher.document("No prisoner", "swap agreed", 200)
    assert conflict.matcher.find(document, "en", None) == []
