"""The traps of the model: words that look like the conflict and are something else, in five languages."""

from datetime import UTC, datetime

import pytest

from ceasewire.items import Salience, Tagging, TagKind, Verdict
from ceasewire.pipeline.tag import tag_item
from tests.unit.conflicts import found, own


def tag(text: str, language: str, day: str = "") -> Tagging:
    published = datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None
    return tag_item(own(), title="", text=text, language=language, published_at=published)


def reported(tagging: Tagging) -> set[str]:
    return {
        one.id
        for one in tagging.tags
        if one.kind is TagKind.TOPIC and one.salience is Salience.REPORTED and not one.derived
    }


def test_the_post_that_the_project_starts_from() -> None:
    text = "#Кремль: Встреча с Ильхамом Алиевым и Николом Пашиняном"
    tagging = tag(text, "ru", "2021-01-11")
    assert tagging.verdict is Verdict.RELEVANT
    topic = next(one for one in tagging.tags if one.id == "talks_mediation")
    assert [(piece.start, piece.end) for piece in topic.evidence] == [(9, 35)]
    assert {one.id for one in tagging.tags if one.kind is TagKind.ACTOR} == {"russia", "pashinyan", "aliyev"}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ru", "«Карабах» победил и вышел в плей-офф"),
        ("az", "“Qarabağ” Bakıda qalib gəldi, “Qarabağ”ın qolları"),
        ("en", "“Qarabag” beat Braga in the Champions League"),
        ("tr", "Karabağ, Şampiyonlar Ligi maçında Kopenhag'ı yendi"),
        ("tr", "Ferencvaros – Karabağ: 1-3"),
        ("az", "Neftçi - Qarabağ 0:2"),
        ("en", "Qarabag 2-1 Sheriff"),
        ("en", "Qarabag, the club from war-torn Agdam exiled since 1993, won its Europa League qualifier in Baku"),
        ("en", "FC Qarabag won the first match in territory liberated from Armenian occupation in thirty years"),
        ("ru", "Клуб из оккупированного Агдама «Карабах» сыграл вничью с «Арсеналом»"),
        ("hy", "Ադրբեջանում ընկերության մարտավարությունը փոխվել է"),  # tactics, not battle
        ("en", "Azerbaijan expects two million tourists this year"),
        ("ru", "Суд в Баку приговорил журналиста за контрабанду валюты"),
        ("en", "Armenia and Georgia agree on repair of border bridge at Sadakhlo"),
        ("ru", "На армяно-иранской границе задержан грузовик с героином, таможня в Мегри вскрыла томаты"),
        ("ru", "Два азербайджанских пограничника ранены в перестрелке с контрабандистами у Ирана"),
        ("ru", "Мост на трассе Ереван — Горис закрыт на ремонт"),
        ("en", "Azerbaijan Airlines jet crashes, shrapnel holes seen in its tail"),
        ("en", "Israel and Iran trade missile fire; Azerbaijani airspace sees detours"),
        ("ru", "В Калачинске и Калачинском районе отменили уроки"),
        ("ru", "Пашинян потребовал «единогласной капитуляции» правящей партии Армении"),
        ("hy", "Մարտի 8-ին Հայաստանում տոն է"),
        ("hy", "Հայաստանի բանկերը գրավի պայմանները մեղմել են"),
        ("hy", "Ոսկու հանքերը Հայաստանում 1990-ականներից են գործում"),
        ("az", "Ermənistanda minaatan avadanlıq sərgidə göstərilib"),
        ("az", "Ermənistan vətəndaşı Bakıda polis tərəfindən saxlanılıb"),
        ("az", "Məhəmməd Füzulinin divanı Bakıda yenidən çap olunub"),
        ("hy", "Սյունիքում ճանապարհները դժվարանցանելի են, սպասվում է ձյուն"),
        ("ru", "В Сюнике гололёд, трасса Горис — Капан закрыта для грузовиков"),
        ("tr", "Türkiye ile Ermenistan arasında normalleşme: sınır kapısı için görüşmeler"),
        ("ru", "Турция и Армения договорились открыть границу для дипломатов"),
        ("hy", "Մարտունիում սպասվում է առանց տեղումների եղանակ"),
        ("en", "Armenia beat Azerbaijan in the final round of the chess olympiad"),
        ("en", "Putin and Erdogan discuss Syria"),
    ],
)
def test_what_only_looks_like_the_conflict_is_not_relevant(language: str, text: str) -> None:
    assert tag(text, language).verdict is not Verdict.RELEVANT


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ru", "Карабах остался без газа"),
        ("tr", "Karabağ'da çatışmalar sürüyor"),
        ("az", "Qarabağ bölgəsində atәşkәs pozulub"),  # Cyrillic schwa
        ("az", "Daglig Qarabagda ateskes pozulub"),  # no diacritics
        ("hy", "Արցախում ական է պայթել"),
        ("hy", "Ալիեւն ու Փաշինեանը Մոսկվայում հանդիպում են ունեցել նախագահ Պուտինի հետ"),  # Western spelling
        ("ru", "«Карабах — это Азербайджан», — заявил Алиев"),
        ("tr", "Ermәnistan sınırında Azerbaycan mevzilerine ateş açıldı"),  # Cyrillic schwa on a Turkish page
        ("hy", "Ստեփանակաերտում լույս չկա"),  # misspelled
        ("en", "Armenian forces opened fire at night"),  # one side only
        ("en", "Thousands march in Yerevan against land handed to Azerbaijan"),
        ("en", "Mirzoyan and Bayramov in Washington"),  # of both sides, no word for the topic
        ("en", "DNA samples match remains found near Jabrayil, Karabakh"),  # a match of another kind
        ("ru", "Под обстрелом в Карабахе фермеры потеряли сто голов скота"),  # heads, no goals
        ("ru", "Волков осмотрел посты миротворцев в Карабахе"),  # a general, no wolves
        ("tr", "Aliyev: Karabağ için Minsk formatı bitti"),  # a format, no shirt
    ],
)
def test_the_conflict_is_seen_through_spellings(language: str, text: str) -> None:
    assert tag(text, language).verdict is Verdict.RELEVANT


@pytest.mark.parametrize(
    ("language", "text", "topic"),
    [
        ("en", "An incident at the border of Armenia and Azerbaijan left one soldier wounded", "border_delimitation"),
        ("en", "The truce in Nagorno-Karabakh, mediated by Moscow, holds", "talks_mediation"),
        ("en", "Remains of a medieval bridge found near Shusha, Karabakh", "missing_remains"),
        ("en", "Russian peacekeepers patrol the Lachin corridor in Karabakh", "transport_unblocking"),
        ("en", "Nagorno-Karabakh rebuilds its schools after the war", "armed_clashes"),
        ("tr", "44 günlük Karabağ savaşının ardından okullar açıldı", "armed_clashes"),
        ("hy", "44-օրյա պատերազմից հետո Արցախում նոր դպրոց է բացվել", "armed_clashes"),
        ("ru", "После войны в Карабахе восстановили школу", "armed_clashes"),
        ("en", "The unrecognised republic of Artsakh opens a school", "status_recognition"),
        ("hy", "90-ական թվականներին Արցախում դպրոց է կառուցվել", "landmines"),
        ("en", "Prisoners of war return to Armenia from Azerbaijan", "armed_clashes"),
        ("en", "Azerbaijan hands over ten captives to Armenia in Karabakh", "territorial_control"),
        ("en", "Russian peacekeepers leave the Kalbajar district of Karabakh", "territorial_control"),
        ("ru", "Российские миротворцы покидают Карабах", "displaced_return"),
        ("en", "Karabakh rescuers have found 1,500 bodies since the November truce", "ceasefire_agreement"),
        ("en", "Azerbaijan buys missiles and howitzers after the Karabakh war", "armed_clashes"),
        ("en", "Leaders sign a statement ending six weeks of fighting in Nagorno-Karabakh", "armed_clashes"),
        ("tr", "Karabağ gazisi sinir hastası oldu", "border_delimitation"),
    ],
)
def test_a_word_in_another_sense_or_in_the_background_is_not_reported(language: str, text: str, topic: str) -> None:
    tagging = tag(text, language)
    assert tagging.verdict is Verdict.RELEVANT
    assert topic not in reported(tagging)


@pytest.mark.parametrize(
    ("language", "text", "topic"),
    [
        ("en", "Paris urges Baku and Yerevan to stop the fighting in Karabakh", "intl_reaction"),
        ("hy", "Երևանում երթ է՝ Տավուշի հողերի հանձնման դեմ", "domestic_protest"),
        ("tr", "Bakü'de Karabağ'ın eski yöneticisine 20 yıl hapis cezası", "war_crimes_courts"),
        ("az", "Zəngilan işğaldan azad edilib", "territorial_control"),
        ("en", "Aliyev and Pashinyan spent four hours together in Brussels", "talks_mediation"),
        ("ru", "Пашинян и Алиев пожали руки в Праге", "talks_mediation"),
    ],
)
def test_what_is_told_without_the_word_for_it_is_reported(language: str, text: str, topic: str) -> None:
    assert topic in reported(tag(text, language))


@pytest.mark.parametrize(
    ("language", "text", "actor"),
    [
        ("en", "MOSCOW (AP) - Shelling hit Stepanakert in Nagorno-Karabakh", "russia"),
        ("en", "Moscow Times: truce holds in Karabakh", "russia"),
        ("ru", "Москва, 10 ноября. В Карабахе обстрелян Мартуни", "russia"),
        ("ru", "Лейла Алиева приехала в Шушу после обстрела Карабаха", "aliyev"),
    ],
)
def test_datelines_agencies_and_namesakes_are_no_actors(language: str, text: str, actor: str) -> None:
    assert actor not in {one.id for one in tag(text, language).tags if one.kind is TagKind.ACTOR}


def test_actors_are_seen_in_western_armenian() -> None:
    tagging = tag("Փաշինեանի եւ Ալիեւի հանդիպումը Մոսկուայի մէջ", "hy")
    assert {one.id for one in tagging.tags if one.kind is TagKind.ACTOR} >= {"pashinyan", "aliyev"}


@pytest.mark.parametrize(
    ("title", "text", "topic", "expected"),
    [
        ("Battle at Hadrut in Karabakh", "Four soldiers were killed.", "casualties", True),
        ("Thousands rally in Yerevan over Karabakh", "More than 200 were killed at the border.", "casualties", False),
        ("", "The UN urged an immediate ceasefire in Karabakh", "ceasefire_agreement", False),
        ("", "Ադրբեջանը դադարեցրել է կրակը Արցախում, հրադադար է", "ceasefire_agreement", True),
        ("", "Rusya Karabağ'da ateşkes istedi", "ceasefire_agreement", False),
        ("", "Antiterror tədbirləri Qarabağda dayandırılıb", "armed_clashes", False),
    ],
)
def test_details_demands_and_what_is_over(title: str, text: str, topic: str, expected: bool) -> None:
    language = "hy" if "է" in text else "az" if "ə" in text else "tr" if "ş" in text else "en"
    tagging = tag_item(own(), title=title, text=text, language=language, published_at=None)
    assert tagging.verdict is Verdict.RELEVANT
    assert (topic in reported(tagging)) is expected


@pytest.mark.parametrize(
    ("day", "topic"), [("2020-12-01", "ceasefire_agreement"), ("2023-12-01", "peace_treaty"), ("2021-03-01", "")]
)
def test_the_same_words_mean_another_treaty_in_another_year(day: str, topic: str) -> None:
    given = reported(tag("Armenia and Azerbaijan on the peace agreement for Karabakh", "en", day))
    assert given == {topic or "ceasefire_agreement"}


@pytest.mark.parametrize(("day", "expected"), [("2023-02-01", True), ("2021-02-01", False)])
def test_the_lachin_corridor_is_the_blockade_in_its_time_only(day: str, expected: bool) -> None:
    given = reported(tag("Artsakh: what happens in the Lachin corridor", "en", day))
    assert ("blockade_humanitarian" in given) is expected


def test_ones_own_side_next_to_war_proves_nothing() -> None:
    assert tag("Հայաստանում ականի պայթյուն է եղել", "hy").verdict is not Verdict.RELEVANT
    assert tag("Ադրբեջանում ականի պայթյուն է եղել", "hy").verdict is Verdict.RELEVANT


def test_an_airport_is_no_president() -> None:
    assert found(own(), "Самолёт вылетел из аэропорта имени Гейдара Алиева", "ru", "aliyev")  # matched …
    tagging = tag("Карабах: аэропорт имени Гейдара Алиева принял беженцев", "ru")
    assert "aliyev" not in {one.id for one in tagging.tags}  # … and dropped


def test_places_have_both_names() -> None:
    for text, language in (("Khankendi today", "en"), ("Ստեփանակերտ", "hy"), ("Xankəndidə", "az"), ("Ханкенди", "ru")):
        assert "stepanakert" in {one.id for one in tag(text, language).tags}
