"""Sentence boundaries: the traps of each language, and that spans tile any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceasewire.pipeline.sentences import split

CASES = [
    # language, sentences as they must come out; joined by a space they are the input
    ("ru", ["Стороны встретились 10 ноября 2020 г. в Москве.", "Заявление подписали в полночь."]),
    ("ru", ["Это было в 2020 г.", "Затем начались переговоры."]),
    ("ru", ["Колонна вышла из г. Горис утром.", "Её сопровождали миротворцы."]),
    ("ru", ["Министр С.В. Лавров и И. Алиев обсудили маршрут.", "Дата не названа."]),
    ("ru", ["Погибли военные, врачи и др. люди, т.е. мирные жители.", "Есть раненые."]),
    ("ru", ["«Мы не уйдём!» — заявил он.", "Толпа молчала…", "Потом разошлась."]),
    ("ru", ["Ущерб составил 3,5 млн руб. в сутки.", "Почему?", "Ответа нет."]),
    ("ru", ["Обстрел вели у с. Норагюх и с. Тагавард (доклад, с. 12).", "Жертв нет."]),
    ("hy", ["Վարչապետը ժամանել է Մոսկվա։", "Հանդիպումը կսկսվի ժամը 10:30-ին:", "Մանրամասներ չկան։"]),
    ("hy", ["Կողմերը համաձայնել են. սահմանը կբացվի։", "Ի՞նչ է հաջորդը։"]),
    ("az", ["Görüş 5. mərtəbədə baş tutub.", "Prezident İ. Əliyev çıxış edib.", "Sənəd imzalanıb."]),
    ("az", ["Qala e.ə. 10-cu əsrdə tikilib.", "İndi muzeydir."]),
    ("az", ["Dr. Həsənov Bakıdadır.", "Danışıqlar davam edir."]),
    ("tr", ["II. Karabağ Savaşı 44 gün sürdü.", "Prof. Dr. Yılmaz anlattı.", "Ateşkes 10. maddede."]),
    ("tr", ["Kale M.Ö. 900 yılında yapıldı.", "Bugün müzedir."]),
    ("en", ["The U.S. President met Mr. Pashinyan at 5 p.m. in Moscow.", "They left the U.S.", "The talks go on."]),
    ("en", ['He said: "We stay."', "Nobody asked why.", "Talks resume on Jan. 11."]),
    ("ka", ["მოლაპარაკება მოსკოვში გაიმართა.", "მხარეები შეთანხმდნენ."]),
    ("fa", ["مذاکرات در مسکو برگزار شد.", "آیا توافق شد؟", "بله."]),
]


@pytest.mark.parametrize(("language", "sentences"), CASES)
def test_boundaries(language: str, sentences: list[str]) -> None:
    text = " ".join(sentences)
    assert [text[span.start : span.end].strip() for span in split(text, language)] == sentences


def test_a_line_break_always_ends_a_sentence() -> None:
    text = "\n Заголовок без точки\n\nПервый абзац, вторая\nстрока"
    assert [text[s.start : s.end] for s in split(text, "ru")] == [
        "\n Заголовок без точки\n\n",
        "Первый абзац, вторая\n",
        "строка",
    ]


def test_an_armenian_full_stop_is_no_boundary_and_a_russian_one_is() -> None:
    assert len(split("Ասել է. Այո", "hy")) == 1
    assert len(split("Сказал. Да", "ru")) == 2


def test_nothing_has_no_sentence() -> None:
    assert split("", "ru") == []


@given(st.text(), st.sampled_from(["ru", "hy", "az", "tr", "en", "ka", "und"]))
def test_spans_tile_any_text(text: str, language: str) -> None:
    spans = split(text, language)
    assert "".join(text[span.start : span.end] for span in spans) == text
    assert all(span.start < span.end for span in spans)


@given(
    st.lists(
        st.sampled_from(["Да", "г", "т", "С", ".", "!", "։", ":", "…", "»", "«", " ", "\n", "5", "x"]), max_size=40
    )
)
def test_spans_tile_texts_made_of_marks(parts: list[str]) -> None:
    text = "".join(parts)
    for language in ("ru", "hy", "tr"):
        assert "".join(text[s.start : s.end] for s in split(text, language)) == text
