"""Faithfulness checks: each fault is found, and good translations stay without a warning."""

import gzip
import os
from pathlib import Path

import pytest

from ceasewire.pipeline.faithful import check

GOOD = [
    ("ru", "10 ноября 2020 года в 14:30 погибли 5 человек.", "On November 10, 2020, at 2:30 p.m., five people died."),
    ("ru", "Заявление от 09.11.2020 подписано.", "The statement of November 9, 2020 has been signed."),
    ("ru", "Из Карабаха выехали 100 417 человек.", "100,417 people have left Karabakh."),
    ("ru", "Ущерб составил 3,5 млн долларов.", "The damage amounted to 3.5 million dollars."),
    ("ru", "Не только Баку, но и Ереван согласился.", "Baku as well as Yerevan has agreed."),
    ("ru", "Стороны не договорились.", "The sides failed to agree."),
    ("hy", "Կողմերը չեն ստորագրել փաստաթուղթը 2021 թվականին։", "The sides did not sign the document in 2021."),
    ("az", "Tərəflər sənədi imzalamayıb.", "The parties have not signed the document."),
    ("tr", "Taraflar 44 gün sonra anlaşmaya varamadı.", "The sides could not agree after 44 days."),
    ("tr", "Üç asker öldü.", "3 soldiers were killed."),
    ("ru", "Да.", "Yes."),
    ("ru", "@mission https://example.org/2020", "@mission https://example.org/2020"),
]


@pytest.mark.parametrize(("language", "source", "translation"), GOOD)
def test_good_translations_have_no_warning(language: str, source: str, translation: str) -> None:
    assert check(source, translation, language) == ()


FAULTY = [
    ("number_lost", "ru", "Погибли 15 военных, ранены 23.", "15 servicemen were killed and others wounded."),
    ("number_lost", "ru", "Погибли 15 военных.", "50 servicemen were killed."),
    ("number_added", "ru", "Погибли военные.", "27 servicemen were killed."),
    (
        "date_changed",
        "ru",
        "Встреча пройдёт в Москве 10 января в Кремле.",
        "The meeting will be on 10 March in Moscow.",
    ),
    ("negation_lost", "ru", "Азербайджан не открывал огонь.", "Azerbaijan opened fire."),
    ("negation_lost", "hy", "Ադրբեջանը չի բացել միջանցքը։", "Azerbaijan has opened the corridor."),
    ("negation_lost", "az", "Ermənistan sazişi imzalamadı.", "Armenia signed the agreement."),
    ("negation_lost", "tr", "Koridor açık değil.", "The corridor is open."),
    ("too_short", "ru", "Министерство обороны сообщило о нарушении режима прекращения огня у села.", "The ministry."),
    ("too_long", "ru", "Министерство сообщило о нарушении.", "The ministry of defence said in a statement " * 3),
    ("loop", "ru", "Стороны обсудили положение в регионе и пути.", "The sides discussed the, the, the, the, the."),
    ("loop", "ru", "Миротворцы сопроводили колонну в город.", "to the city and to the city and to the city and"),
    ("untranslated", "ru", "Миротворцы сопроводили колонну.", "Peacekeepers сопроводили колонну."),
    ("untranslated", "tr", "Taraflar sınır hattında yeniden görüştü.", "Taraflar sınır hattında yeniden görüştü."),
    ("empty", "ru", "Миротворцы сопроводили колонну.", " "),
]


@pytest.mark.parametrize(("code", "language", "source", "translation"), FAULTY)
def test_faults_are_found(code: str, language: str, source: str, translation: str) -> None:
    assert code in [warning.code for warning in check(source, translation, language)]


SHARED = Path(os.environ.get("CEASEWIRE_SHARED", Path(__file__).parents[3] / "shared"))
FLORES = SHARED / "data" / "languages" / "flores"


@pytest.mark.skipif(not FLORES.is_dir(), reason="no parallel texts beside the repository (CEASEWIRE_SHARED)")
@pytest.mark.parametrize(("language", "share"), [("ru", 0.03), ("hy", 0.01), ("az", 0.05), ("tr", 0.025)])
def test_human_translations_are_rarely_warned_about(language: str, share: float) -> None:
    sources, references = (
        gzip.decompress((FLORES / f"{code}.txt.gz").read_bytes()).decode().splitlines() for code in (language, "en")
    )
    warned = [s for s, r in zip(sources, references, strict=True) if check(s, r, language)]
    assert len(warned) <= share * len(sources), warned[:5]


def test_a_town_named_after_a_month_is_no_date() -> None:
    source = "Նոյեմբերյանում հանդիպել են երկու երկրների ներկայացուցիչները"
    assert not check(source, "Representatives of the two countries met in Noyemberyan", "hy")
