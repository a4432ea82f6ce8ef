"""The language detector with its models: languages, mixed texts, what it refuses to guess, and the filter."""

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from ceasewire.errors import ConfigError
from ceasewire.pipeline.detect import LANGUAGES, DetectorSettings, segments
from ceasewire.pipeline.detect_letters import script_of
from ceasewire.pipeline.detect_segments import split
from worker.adapters.language import ARBITER_LANGUAGES, Detector
from worker.commands.detect import command

RUSSIAN = "Министры обсудили положение на линии соприкосновения и обмен пленными."
ENGLISH = "The ministers discussed the situation on the line of contact."
TURKISH = "Bakanlar temas hattındaki durumu ve esir takasını görüştü."
AZERBAIJANI = "Nazirlər təmas xəttindəki vəziyyəti və əsirlərin dəyişdirilməsini müzakirə ediblər."
ARMENIAN = "Նախարարները քննարկել են իրավիճակը շփման գծում։"


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector()


# --- the source's word -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "declared", "code", "method"),
    [
        ("17:00 …", "hy", "hy", "declared"),  # no letters at all
        ("17:00 …", "ru-RU", "ru", "declared"),
        ("17:00 …", None, "und", "none"),
        ("17:00 …", "xx", "und", "none"),  # not a language that we answer
        ("Ok", "en", "en", "declared"),
        ("Ok", "ru", "und", "none"),  # the script says no
        (RUSSIAN, "en", "ru", "letters"),  # never against what is found
        ("O governo não quis comentar as negociações de paz", "es", "und", "statistics"),
        ("O governo não quis comentar as negociações de paz", "pt-BR", "pt", "declared"),
        ("Преговорите за мир ще продължат във вторник", "bg", "bg", "declared"),
    ],
)
def test_the_declared_language_is_a_last_resort(
    detector: Detector, text: str, declared: str | None, code: str, method: str
) -> None:
    found = detector.detect(text, declared)
    assert (found.code, found.method) == (code, method)
    assert found.confidence == {"declared": 0.5, "letters": 0.99}.get(method, 0.0)


# --- with its models -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (RUSSIAN, "ru"),
        (ENGLISH, "en"),
        (TURKISH, "tr"),
        (AZERBAIJANI, "az"),
        (ARMENIAN, "hy"),
        ("მინისტრებმა განიხილეს ვითარება", "ka"),
        ("Les ministres ont discuté de la situation", "fr"),
        ("Die Minister sprachen über die Lage", "de"),
        ("Los ministros hablaron de la situación", "es"),
        ("Міністри обговорили ситуацію на лінії зіткнення", "uk"),
        ("وزیران دربارهٔ وضعیت در خط تماس گفتگو کردند", "fa"),
        ("ناقش الوزراء الوضع على خط التماس", "ar"),
        ("השרים דנו במצב", "he"),
        ("Οι υπουργοί συζήτησαν", "el"),
        ("Bakı ilə Tiflis arasında yeni qatar", "az"),
        ("Bu gün danışıqlar davam edib", "az"),  # no ə in it
        ("Bugün görüşmeler devam etti", "tr"),
        ("ПАШИНЯН И АЛИЕВ ВСТРЕТИЛИСЬ В БРЮССЕЛЕ", "ru"),
        ("The Prime Minister", "en"),
        ("ATEŞKES BUGÜN YÜRÜRLÜĞE GİRDİ", "tr"),
        ("RT @newsdesk: Перемирие вступило в силу #Карабах https://t.co/aB3dE pic.twitter.com/q1W2", "ru"),
        ("#ԽաղաղՃանապարհ", "hy"),
        ("Заявление Caucasus Monitoring Group о событиях", "ru"),
    ],
)
def test_languages(detector: Detector, text: str, language: str) -> None:
    assert detector.detect(text).code == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "…",
        "44",
        "👍🏽🔥",
        "Ok",
        "https://example.org/novosti/segodnya",
        "@some_handle",
        "Преговорите за мир ще продължат във вторник в Брюксел",  # Bulgarian
        "Преговорите за мир ќе продолжат во вторник во Брисел",  # Macedonian
        "Преговори о миру биће настављени у уторак",  # Serbian
        "Бүгүн министрлер тынчтык боюнча сүйлөшүүлөрдү улантышты",  # Kyrgyz
        "As negociações de paz continuarão na terça-feira em Bruxelas",  # Portuguese
        "I negoziati di pace continueranno martedì a Bruxelles",  # Italian
        "De vredesbesprekingen worden dinsdag in Brussel voortgezet",  # Dutch
        "Negocierile de pace vor continua marți la Bruxelles",  # Romanian
        "和平谈判将于星期二继续举行",
    ],
)
def test_und_rather_than_a_guess(detector: Detector, text: str) -> None:
    assert detector.detect(text).code == "und"


def test_further_languages_are_configuration() -> None:
    wider = Detector(DetectorSettings().with_more(("pt", "bg", "be", "kk")))
    assert wider.detect("As negociações de paz continuarão na terça-feira").code == "pt"
    assert wider.detect("Преговорите за мир ще продължат във вторник в Брюксел").code == "bg"
    assert wider.detect("Перамовы аб міры працягнуцца ў аўторак").code == "be"
    assert wider.detect("Бейбіт келіссөздер сейсенбіде жалғасады").code == "kk"
    assert wider.detect(RUSSIAN).code == "ru"


def test_a_language_that_no_model_knows_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"'qq'.*choose among"):
        Detector(DetectorSettings().with_more(["qq"]))


def test_all_answers_are_known_to_the_arbiter_and_have_a_script() -> None:
    assert set(LANGUAGES) <= set(ARBITER_LANGUAGES)
    assert script_of("ru") == script_of("tg") == "Cyrl"
    assert script_of("tr") == "Latn"


def test_threads_may_share_a_detector_that_loads_meanwhile() -> None:
    fresh, texts = Detector(), [ENGLISH, TURKISH, AZERBAIJANI, "Edgar Vega", "Bu da, baz", "Su 100 fit"] * 8
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(fresh.detect, texts))
    alone = Detector()
    assert together == [alone.detect(text) for text in texts]


# --- mixed texts -----------------------------------------------------------------------------------------------


def test_a_russian_post_inside_an_english_article_is_russian(detector: Detector) -> None:
    article = f"{ENGLISH} They said so on Tuesday evening in Geneva.\n\n{RUSSIAN}\n\nThe talks will go on next week."
    parts = detector.segments(article)
    assert [part.language.code for part in parts] == ["en", "ru", "en"]
    assert article[parts[1].start : parts[1].end] == RUSSIAN
    found = detector.detect(article)
    assert (found.code, found.others) == ("en", ("ru",))


@pytest.mark.parametrize(
    ("one", "two", "languages"),
    [
        (RUSSIAN, ARMENIAN, ["ru", "hy"]),
        (AZERBAIJANI, RUSSIAN, ["az", "ru"]),
        (TURKISH, ENGLISH, ["tr", "en"]),
        (ENGLISH, ARMENIAN, ["en", "hy"]),
    ],
)
@pytest.mark.parametrize("between", ["\n\n", "\n", " ", " — «"])
def test_two_languages(detector: Detector, one: str, two: str, languages: list[str], between: str) -> None:
    found = detector.detect(one + between + two)
    assert {found.code, *found.others} == set(languages)
    assert [part.language.code for part in detector.segments(one + between + two)] == languages


def test_a_quotation_inside_a_sentence_is_a_part(detector: Detector) -> None:
    text = "The ministry wrote that «стороны договорились о прекращении огня с полуночи» in a post"
    assert [part.language.code for part in detector.segments(text)] == ["en", "ru"]


def test_a_name_or_a_number_inside_a_sentence_is_none(detector: Detector) -> None:
    text = "Представитель International Crisis Group сообщил об этом. 2023. Он был там."
    assert [part.language.code for part in detector.segments(text)] == ["ru"]
    assert detector.detect(text).others == ()


def test_a_list_of_names_is_none(detector: Detector) -> None:
    text = "Orbital Dynamics, Coastline и другие компании отчитаются на этой неделе о прибыли"
    assert [part.language.code for part in detector.segments(text)] == ["ru"]


def test_a_few_words_do_not_make_another_language(detector: Detector) -> None:
    text = "\n".join([ENGLISH] * 6 + ["Спасибо за внимание"])
    assert detector.detect(text).others == ()


def test_mostly_foreign_is_foreign(detector: Detector) -> None:
    text = "As negociações de paz continuarão na terça-feira em Bruxelas, disse o ministro.\n\n" + ENGLISH
    found = detector.detect(text)
    assert (found.code, found.others) == ("und", ("en",))


# --- the command -----------------------------------------------------------------------------------------------


def test_the_filter_answers_each_good_line_and_names_each_bad_one() -> None:
    lines = [
        json.dumps({"id": 1, "text": RUSSIAN + "\n\n" + ARMENIAN}),
        json.dumps({"id": 2}),
        "",
        json.dumps({"id": "c", "text": "17:00", "declared": "hy"}),
    ]
    result = CliRunner().invoke(command, input="\n".join(lines))
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"id": 1, "language": "ru", "confidence": 0.99, "method": "letters", "others": ["hy"]},
        {"id": "c", "language": "hy", "confidence": 0.5, "method": "declared", "others": []},
    ]
    assert result.stderr == "line 2: field 'text' is missing\n"
    assert result.exit_code == 1


# --- any text --------------------------------------------------------------------------------------------------

SHARED = Detector()  # hypothesis takes no fixture of a module; the models load with its first example
PIECES = st.sampled_from(
    [RUSSIAN, ENGLISH, TURKISH, AZERBAIJANI, ARMENIAN, "https://t.co/x", "@a", "#Ab_Cd", "\n", " ", ". ", "…", "«", "İ"]
)
ANY_TEXT = st.one_of(st.text(), st.lists(st.one_of(PIECES, st.text(max_size=5))).map("".join))
LONE_SURROGATES = st.text(st.characters(categories=["Cs", "Lu", "Zs"]))


@given(ANY_TEXT)
def test_parts_are_in_order_and_lose_only_white_space(text: str) -> None:
    at = 0
    for start, end in split(text):
        assert at <= start < end <= len(text)
        assert not text[at:start].strip()
        at = end
    assert not text[at:].strip()


@settings(deadline=None)
@given(st.one_of(ANY_TEXT, LONE_SURROGATES), st.none() | st.sampled_from(["ru", "", "-", "EN_us"]))
def test_any_text_has_an_answer_and_the_same_each_time(text: str, declared: str | None) -> None:
    found = SHARED.detect(text, declared)
    assert found.code in {*LANGUAGES, "und"}
    assert 0.0 <= found.confidence <= 1.0
    assert (found.code == "und") == (found.confidence == 0.0)
    assert found.code not in found.others
    assert SHARED.detect(text, declared) == found


@settings(deadline=None)
@given(ANY_TEXT)
def test_segments_are_slices_of_the_original(text: str) -> None:
    parts = segments(text, SHARED.statistics, DetectorSettings())
    spans = [(part.start, part.end) for part in parts]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    assert all(one.language.code != two.language.code for one, two in pairwise(parts))


@pytest.mark.parametrize(
    "text", ["." * 50_000 + "x", " " * 50_000 + "x", "a.b" * 20_000 + "@", "RT " * 20_000, "#A" * 20_000]
)
def test_no_text_takes_the_square_of_its_length(detector: Detector, text: str) -> None:
    assert detector.detect(text).code in {*LANGUAGES, "und"}
