"""The rules of the language detector without any model: cleaning, letters, and the decision on made-up statistics."""

from collections.abc import Collection, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceasewire.pipeline.detect import DetectorSettings, detect
from ceasewire.pipeline.detect_clean import mask, normalise
from ceasewire.pipeline.detect_letters import language_by_letters, leading_script, words_by_script
from ceasewire.pipeline.detect_words import alien_letters, common_words

# --- cleaning --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Встреча https://t.co/AbC123 в Москве", "Встреча в Москве"),
        ("Görüş pic.twitter.com/x9Yz0 bugün", "Görüş bugün"),
        ("am.usembassy.gov/alert/ Բարև", "Բարև"),
        ("RT @MFA_Press: հայտարարություն", ": հայտարարություն"),
        ("пишите на press@example.org сегодня", "пишите на сегодня"),
        ("tel 2020: 44 günlük", "tel : günlük"),
        ("#ЛинияСоприкосновения #стоп_огонь", "Линия Соприкосновения стоп огонь"),
        ("#USAidWorkers", "US Aid Workers"),
        ("  два \t слова\xa0", "два слова"),
        ("и\u0306", "й"),
        ("İSTANBUL'DA ATEŞKES", "istanbul'da ateşkes"),
        ("т.е. U.S. остаётся", "т.е. U.S. остаётся"),
    ],
)
def test_cleaning_keeps_what_says_something_about_the_language(text: str, words: str) -> None:
    assert normalise(mask(text)) == words


@given(st.text())
def test_a_mask_moves_nothing(text: str) -> None:
    masked = mask(text)
    assert len(masked) == len(text)
    assert all(new in (old, " ") for old, new in zip(text, masked, strict=True))


# --- letters ---------------------------------------------------------------------------------------------------


def test_words_are_sorted_by_script() -> None:
    found = words_by_script("Baku — Баку, Բաքու, ბაქო; باكو באקו Μπακού 巴库")
    assert {script: words[0] for script, words in found.items()} == {
        "Latn": "Baku",
        "Cyrl": "Баку",
        "Armn": "Բաքու",
        "Geor": "ბაქო",
        "Arab": "باكو",
        "Hebr": "באקו",
        "Grek": "Μπακού",
        "Zzzz": "巴库",
    }


@pytest.mark.parametrize(
    ("letters", "script"),
    [
        ({"Latn": 60, "Cyrl": 30}, "Cyrl"),  # a third of all
        ({"Latn": 61, "Cyrl": 29}, "Latn"),
        ({"Latn": 41, "Armn": 29, "Cyrl": 20}, "Latn"),
        ({"Armn": 35, "Cyrl": 30}, "Armn"),
        ({}, "Latn"),
    ],
)
def test_latin_names_do_not_decide(letters: Mapping[str, int], script: str) -> None:
    assert leading_script(letters) == script


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("азәрбајҹан республикасы", "az"),
        ("ермәнистан јенә", "az"),
        ("бүгін қазақстан үкіметі", "und"),
        ("зустріч у києві", "uk"),
        ("угода про мир і безпеку", "uk"),
        ("беларусі адбылася ўрачыстая", "be"),
        ("встречи были", "ru"),
        ("это", "ru"),
        ("първият българин", "bg"),
        ("њујорк", "und"),
        ("дорога", None),
    ],
)
def test_cyrillic_letters(text: str, language: str | None) -> None:
    assert language_by_letters(text, "Cyrl") == language


def test_one_foreign_letter_in_a_long_text_is_a_name() -> None:
    text = "президент вручил награду режиссёру әнуару и выступил с речью перед собравшимися на площади людьми"
    assert language_by_letters(text, "Cyrl") != "und"


def test_schwa_is_azerbaijani_and_alone_in_it() -> None:
    assert language_by_letters("qələbə", "Latn") == "az"
    assert language_by_letters("zafer", "Latn") is None
    assert {code for code, aliens in alien_letters(frozenset("ə"), "Latn").items() if not aliens} == {"az"}


def test_arabic_letters_of_other_languages() -> None:
    assert language_by_letters("پاکستان میں", "Arab") == "und"  # Urdu ں
    assert language_by_letters("ایران و ارمنستان", "Arab") is None


def test_common_words_count_once_and_half_with_a_capital() -> None:
    assert common_words(["the", "the", "of"])["en"] == 2.0
    assert common_words(["The"])["en"] == 0.5
    assert "ru" not in common_words(["або"])


# --- the decision, with statistics made for the purpose --------------------------------------------------------


class Told:
    """Statistics that say what the test says."""

    def __init__(self, scores: Mapping[str, float], second: Mapping[str, float] | None = None) -> None:
        self._scores, self._second = scores, second or {}
        self.asked_again = 0

    def scores(self, text: str) -> Mapping[str, float]:
        return self._scores

    def second_opinion(self, text: str, candidates: Collection[str]) -> Mapping[str, float]:
        self.asked_again += 1
        return self._second


NAMES = "Vorel Tandis Quo"  # no common word, no telling letter
SETTINGS = DetectorSettings(languages=("en", "fr", "de", "ru", "uk"))


def test_an_unsure_answer_is_und() -> None:
    found = detect(NAMES, Told({"en": 1.0, "fr": 1.0, "de": 0.9}), SETTINGS)
    assert (found.code, found.method) == ("und", "none")


def test_the_second_opinion_is_asked_where_it_can_change_the_answer() -> None:
    sure = Told({"en": 5.0, "fr": 0.0, "de": 0.0}, {"fr": 1.0})
    assert detect(NAMES, sure, SETTINGS).code == "en"
    assert sure.asked_again == 0
    close = Told({"en": 1.0, "fr": 0.99, "de": -9.0}, {"fr": 1.0})
    assert detect(NAMES, close, SETTINGS).code == "fr"
    assert close.asked_again == 1


def test_confidence_is_what_both_say_together() -> None:
    found = detect(NAMES, Told({"en": 0.0, "fr": 0.0, "de": -99.0}, {"fr": 1.0}), SETTINGS)
    assert found.confidence == pytest.approx((0.5 + 0.3) / 1.3, abs=0.001)


def test_a_foreign_language_is_und_and_only_in_a_longer_text() -> None:
    foreign = {"en": 0.0, "fr": -9.0, "de": -9.0, "xx": 9.0}
    assert detect(NAMES + " Orlim Adorna Wilke", Told(foreign), SETTINGS).method == "statistics"
    assert detect(NAMES + " Orlim Adorna Wilke", Told(foreign), SETTINGS).code == "und"
    assert detect(NAMES, Told(foreign), SETTINGS).code == "en"


def test_a_language_without_rival_must_beat_its_whole_script() -> None:
    only_english = DetectorSettings(languages=("en",))
    assert detect(NAMES, Told({"en": 0.0, "nl": 0.0, "sv": 0.0}), only_english).code == "und"
    assert detect(NAMES, Told({"en": 5.0, "nl": 0.0, "sv": 0.0}), only_english).code == "en"


def test_common_words_outweigh_names() -> None:
    assert detect("Vorel and the Tandis", Told({"en": 0.0, "fr": 2.0, "de": 0.0}), SETTINGS).code == "en"
