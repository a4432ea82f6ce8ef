"""What is a copy of what: cuts, credits and edits; and what only looks like one."""

from datetime import timedelta

import pytest

from ceasewire.pipeline.agencies import find_origin, without_dateline
from ceasewire.pipeline.story import Fingerprint, Likeness, bands, compare, fingerprint, furniture, sentence_set

HOUR, DAY = timedelta(hours=1), timedelta(hours=24)
REPORT = """Министры иностранных дел двух стран провели в среду переговоры в Тбилиси при посредничестве грузин.
Встреча продолжалась около четырёх часов и завершилась без подписания совместного заявления, сообщили участники.
По словам главы армянской делегации, стороны обсудили график работы комиссии по границе и возвращение задержанных лиц.
Азербайджанский министр назвал беседу полезной и добавил, что следующий раунд может пройти в Брюсселе в конце месяца.
Посредники передали обеим сторонам карту 14 участков дороги, которые предлагается открыть для грузового сообщения.
Наблюдатели отмечают, что прежние договорённости о проверке колонн так и не были выполнены ни одной из сторон."""
OTHER = """Парламент принял во втором чтении поправки к закону о местном самоуправлении, меняющие порядок выборов мэров.
Документ поддержали 74 депутата, против выступила оппозиция, заявившая о намерении обратиться в Конституционный суд.
Закон вступит в силу через шесть месяцев после подписания президентом и не затронет уже назначенные голосования."""
BULLETIN = (
    "По данным министерства обороны, {day} ноября с {since} до {until} подразделения противной стороны из стрелкового "
    "оружия обстреляли позиции в направлении села {village}. Потерь среди личного состава нет, обстановка на линии "
    "соприкосновения остаётся под контролем наших частей."
)


def text(body: str, title: str = "", language: str = "ru", without: frozenset[str] = frozenset()) -> Fingerprint:
    return fingerprint(title, body, language, without)


def copies(one: Fingerprint, other: Fingerprint, apart: timedelta = HOUR, same_source: bool = False) -> bool:
    """Whether the one is found from the other and taken for a copy, in both directions."""
    found = [compare(*pair, apart, same_source=same_source) is not None for pair in ((one, other), (other, one))]
    assert found[0] == found[1]
    return found[0] and not set(bands(one)).isdisjoint(bands(other))


def first_words(share: float) -> str:
    words = REPORT.split()
    return " ".join(words[: int(len(words) * share)])


@pytest.mark.parametrize(
    "copy",
    [
        REPORT.upper(),
        first_words(0.8),
        first_words(0.5),
        first_words(0.3),
        " ".join(REPORT.split()[20:]),
        f"ЕРЕВАН, 3 МАРТА. /ТАСС/. {REPORT}",
        f"{REPORT}\nПодписывайтесь на наш канал, чтобы первыми узнавать новости дня.",
        REPORT.replace("переговоры", "консультации").replace("полезной", "важной").replace("карту", "схему"),
        f"БАКУ, 3 марта — Интерфакс. {first_words(0.5)}",
    ],
)
def test_a_copy_is_found_however_it_was_cut_and_credited(copy: str) -> None:
    assert copies(text(REPORT, "Министры встретились"), text(copy, "Переговоры в Тбилиси"))


def test_other_news_another_language_and_another_week_are_no_copies() -> None:
    assert not copies(text(REPORT), text(OTHER))
    assert not copies(text(REPORT), text(REPORT, language="uk"))
    assert not copies(text(REPORT), text(REPORT), apart=timedelta(hours=73))


def test_likeness_of_equal_texts_is_whole() -> None:
    assert compare(text(REPORT), text(REPORT), HOUR, same_source=False) == Likeness(1.0, 1.0)


def test_bulletins_made_from_one_form_are_news_each() -> None:
    monday = text(BULLETIN.format(day=23, since="18:40", until="23:55", village="Юхары"))
    tuesday = text(BULLETIN.format(day=24, since="17:05", until="22:10", village="Ашагы"))
    assert not copies(monday, tuesday)
    assert copies(monday, monday)


def test_what_differs_in_one_number_a_day_later_is_news() -> None:
    longer = f"{OTHER}\n{REPORT}"
    changed = text(longer.replace("74", "75"))
    assert copies(text(longer), changed)
    assert not copies(text(longer), changed, apart=DAY)


def test_a_source_repeats_itself_only_word_for_word() -> None:
    assert copies(text(REPORT), text(REPORT), same_source=True)
    assert not copies(text(REPORT), text(first_words(0.8)), same_source=True)


def test_a_statement_quoted_deep_in_an_article_does_not_make_it_a_copy() -> None:
    around = OTHER.replace("Парламент", "Сенат")
    quoting = " ".join([OTHER, around, BULLETIN, REPORT, around, OTHER, around])
    assert not copies(text(first_words(0.3)), text(quoting))


# --- short texts -------------------------------------------------------------------------------------------------


def test_a_headline_is_a_copy_only_word_for_word() -> None:
    said = "Глава МИД заявил о готовности подписать мирный договор"
    assert copies(text("", said), text("", said.upper() + "!"))
    assert not copies(text("", said), text("", said.replace("заявил о", "заявил о не")))
    assert not copies(text("", said), text("", said), same_source=True)
    assert not copies(text("", "Фото дня"), text("", "Фото дня"))


def test_a_headline_is_no_copy_of_the_article_below_it() -> None:
    assert not copies(text("", "Министры встретились в Тбилиси, переговоры шли четыре часа"), text(REPORT))


# --- furniture ---------------------------------------------------------------------------------------------------

IMPRINT = (
    "Материал подготовлен редакцией портала, при полном или частичном использовании активная ссылка обязательна. "
    "Мнение авторов может не совпадать с мнением редакции. Подписывайтесь на наш канал и сообщайте нам о новостях."
)
FIRST, SECOND = "В столице открылась новая школа.", "Завтра в горах ожидается снег."


def test_an_imprint_under_two_notices_does_not_make_them_one() -> None:
    assert not copies(text(f"{FIRST} {OTHER.splitlines()[0]} {IMPRINT}"), text(f"{SECOND} {IMPRINT}"))
    learnt = furniture(map(sentence_set, [f"{FIRST}\n{IMPRINT}", f"{SECOND}\n{IMPRINT}", REPORT]))
    assert text(f"{SECOND} {IMPRINT}", without=learnt).words == text(SECOND).words
    assert not copies(text(f"{SECOND} {IMPRINT}", without=learnt), text(f"{FIRST} {IMPRINT}"))


def test_what_stands_in_one_other_text_only_is_no_furniture() -> None:
    assert furniture(map(sentence_set, [REPORT, OTHER])) == frozenset()


def test_bands_are_the_same_in_every_process_and_fit_a_database() -> None:
    known = text("", "Глава МИД заявил о готовности подписать мирный договор")
    assert bands(known) == (4306426990461607465,)
    assert all(-(2**63) <= band < 2**63 for band in bands(text(REPORT)))
    assert bands(text("")) == ()


# --- origin ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "author", "said", "agency"),
    [
        ("tass-ru", None, "Москва. Рейтер сообщает", "TASS"),
        ("paper", None, "МОСКВА, 24 ноября. /ТАСС/. Министр заявил", "TASS"),
        ("paper", "РИА Новости", "Министр заявил", "RIA Novosti"),
        ("paper", None, "Министр заявил, передаёт «Интерфакс» со ссылкой на ведомство", "Interfax"),
        ("paper", None, "ԵՐԵՎԱՆ, 24 ՆՈՅԵՄԲԵՐԻ, ԱՐՄԵՆՊՐԵՍ: Նախարարը հայտարարեց", "Armenpress"),
        ("paper", None, "Nazir bildirib. Bu barədə AZƏRTAC xəbər verir", "Azertac"),
        ("paper", None, "APA-nın məlumatına görə, nazir bildirib", "APA"),
        ("paper", None, "Anadolu Ajansı'nın haberine göre bakan açıkladı", "Anadolu"),
        ("paper", None, "Bakan açıkladı. " * 30 + "(AA)", "Anadolu"),
        ("paper", None, "BAKU, Azerbaijan (AP) — The minister said", "AP"),
        ("paper", "By Reuters Staff", "The minister said", "Reuters"),
        ("paper", None, "TBILISI (AFP) - The minister said", "AFP"),
        ("paper", None, "Trend of the year: report says apart from APAs, Sputnik is a vaccine", None),
        ("paper", None, "The minister said. " * 30 + "He denied what Reuters wrote. " + "He left. " * 30, None),
    ],
)
def test_the_agency_is_the_publisher_or_the_one_credited(
    source: str, author: str | None, said: str, agency: str | None
) -> None:
    assert find_origin(source, author, said) == agency


def test_place_day_and_agency_before_a_text_are_no_part_of_it() -> None:
    assert without_dateline("ЕРЕВАН, 3 МАРТА, АРМЕНПРЕСС. Министр") == ". Министр"
    late = "Министр иностранных дел республики заявил агентству ТАСС"
    assert without_dateline(late) == late
