"""Translation with real CTranslate2 packages: sample model, memory, pivot, prefixes, prefork, trying again."""

import json
import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from ceasewire.conflict.load import load_conflicts
from ceasewire.items import NotNeeded, TextForTranslation, Translation, TranslationOutcome, Unavailable
from ceasewire.pipeline.glossary import Glossary, GlossaryEntry, glossary_from
from ceasewire.yamlfile import read_yaml
from worker.adapters import sample_model
from worker.adapters.argos import ArgosTranslator, read_glossary
from worker.adapters.argos_engine import Engine, Search
from worker.adapters.argos_install import PackPlan, install_archive, pack
from worker.adapters.argos_package import InstalledPackage, list_packages, read_packages
from worker.adapters.argos_sentences import SentenceTranslator
from worker.adapters.argos_tokenizers import BpeTokenizer
from worker.adapters.sample_model import build_sample_packages

CONFIG = Path(__file__).parents[2] / "config"
DICTIONARY = CONFIG / "sample" / "dictionary.yaml"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packages")
    build_sample_packages(DICTIONARY, folder)
    return folder


def text(body: str, language: str = "ru", title: str = "") -> TextForTranslation:
    return TextForTranslation(item_id=1, title=title, text=body, language=language)


def translated(outcome: TranslationOutcome) -> Translation:
    assert isinstance(outcome, Translation), outcome
    return outcome


class Memory:
    """A memory that counts what it was asked."""

    def __init__(self) -> None:
        self.pairs: dict[str, str] = {}
        self.hits = 0

    def get(self, keys: Sequence[str]) -> Mapping[str, str]:
        found = {key: self.pairs[key] for key in keys if key in self.pairs}
        self.hits += len(found)
        return found

    def put(self, pairs: Mapping[str, str]) -> None:
        self.pairs.update(pairs)


# --- what a reader gets ----------------------------------------------------------------------------------------


def test_the_kremlins_post_becomes_readable(packages: Path) -> None:
    post = text("#Кремль: Встреча с Ильхамом Алиевым и Николом Пашиняном https://example.org/x")
    outcome = translated(ArgosTranslator(packages).translate([post])[0])
    assert outcome.text == "#Kremlin: Meeting with Ilham Aliyev and Nikol Pashinyan https://example.org/x"
    assert outcome.confidence == "sample"
    assert "sample" in outcome.package
    assert outcome.warnings == ()


def test_the_models_in_use_are_those_that_the_translations_name(packages: Path) -> None:
    translator = ArgosTranslator(packages)
    [russian] = [model for model in translator.models() if model.language == "ru"]
    outcome = translated(translator.translate([text("Встреча")])[0])
    assert (outcome.package, outcome.package_version, outcome.confidence) == (
        russian.package,
        russian.version,
        russian.confidence,
    )


def test_all_four_languages_of_the_sample_can_be_translated(packages: Path) -> None:
    assert ArgosTranslator(packages).available() == {"ru", "hy", "az", "tr"}


def test_title_and_paragraphs_keep_their_places(packages: Path) -> None:
    item = text("Встреча в Москве.\n\nОбстрел! Встреча.\n", title="Встреча")
    outcome = translated(ArgosTranslator(packages).translate([item])[0])
    assert outcome.title == "Meeting"
    assert [len(paragraph) > 0 for paragraph in outcome.text.split("\n")] == [True, False, True, False]
    assert outcome.text.startswith("Meeting in Moscow.\n\n")


def test_what_the_model_does_not_know_is_warned_about(packages: Path) -> None:
    outcome = translated(ArgosTranslator(packages).translate([text("Абракадабра встреча")])[0])
    assert "Абракадабра" in outcome.text
    assert [warning.code for warning in outcome.warnings] == ["untranslated"]


def test_outcomes_come_in_the_order_of_texts(packages: Path) -> None:
    texts = [text("Hello", "en"), text("Встреча"), text("გამარჯობა", "ka"), text("?", "und"), text("Россия")]
    outcomes = ArgosTranslator(packages).translate(texts)
    assert outcomes[0] == NotNeeded("en")
    assert translated(outcomes[1]).text == "Meeting"
    assert outcomes[2] == Unavailable("ka", "no model for ka", "ceasewire models install ka")
    assert isinstance(outcomes[3], Unavailable)
    assert "not determined" in outcomes[3].reason
    assert translated(outcomes[4]).text == "Russia"


def test_the_projects_glossary_gives_names_their_one_form(packages: Path) -> None:
    glossary = glossary_from(read_yaml(CONFIG / "glossary.yaml"))
    item = text("Встреча в Нагорном Карабахе")
    outcome = translated(ArgosTranslator(packages, glossary=glossary).translate([item])[0])
    assert outcome.text == "Meeting in Nagorno-Karabakh"


@pytest.mark.parametrize(
    ("language", "source", "english"),
    [("ru", "Обстрел Шуши", "Shushi / Shusha"), ("hy", "Շուշի", "Shushi"), ("az", "Şuşada atəşkəs", "Shusha")],
)
def test_a_place_of_two_names_is_called_as_its_side_calls_it(
    tmp_path: Path, language: str, source: str, english: str
) -> None:
    """By a model that writes one of them for all."""
    names = {"ru": "Шуши", "hy": "Շուշի", "az": "Şuşada"}
    build(tmp_path, language, {names[language]: "Susa"})
    glossary = read_glossary(CONFIG, load_conflicts(CONFIG / "conflicts").values())
    [outcome] = ArgosTranslator(tmp_path / "built", glossary=glossary).translate([text(source, language)])
    assert english in translated(outcome).text.split(" of ")[-1]
    assert "Susa" not in translated(outcome).text


def test_a_batch_gives_what_single_texts_give(packages: Path) -> None:
    bodies = ["Встреча в Москве.", "Россия и Армения", "10 ноября 2020 года", "Обстрел на границе! " * 30, "—"]
    translator = ArgosTranslator(packages)
    together = translator.translate([text(body) for body in bodies])
    assert together == [translator.translate([text(body)])[0] for body in bodies]


def test_a_sentence_longer_than_the_model_takes_is_translated_in_parts(packages: Path) -> None:
    words = " ".join(["встреча с Россией,"] * 400)
    outcome = translated(ArgosTranslator(packages).translate([text(words)])[0])
    assert outcome.text.lower().count("meeting") == 400


# --- memory ----------------------------------------------------------------------------------------------------


def test_a_sentence_is_translated_once(packages: Path) -> None:
    memory = Memory()
    translator = ArgosTranslator(packages)
    first = translator.translate([text("Встреча в Москве. Обстрел.")], memory)
    assert len(memory.pairs) == 2
    assert memory.hits == 0
    again = ArgosTranslator(packages).translate([text("Встреча в Москве. Обстрел.")], memory)
    assert again == first
    assert memory.hits == 2


def test_other_settings_do_not_share_memories(packages: Path) -> None:
    memory = Memory()
    ArgosTranslator(packages, beam=2).translate([text("Встреча")], memory)
    ArgosTranslator(packages, beam=4).translate([text("Встреча")], memory)
    assert memory.hits == 0


def test_what_was_remembered_under_another_glossary_is_not_taken(packages: Path) -> None:
    memory = Memory()
    ArgosTranslator(packages).translate([text("Встреча")], memory)
    glossary = Glossary([GlossaryEntry("Summit", {"ru": ("встреч*",)}, ("Meeting",))])
    outcome = translated(ArgosTranslator(packages, glossary=glossary).translate([text("Встреча")], memory)[0])
    assert memory.hits == 0
    assert outcome.text == "Summit"
    assert outcome.settings == {"beam": 2, "glossary": glossary.version}


# --- packages --------------------------------------------------------------------------------------------------


def build(folder: Path, code: str, words: dict[str, str]) -> InstalledPackage:
    """A word-by-word model of one's own."""
    file = folder / "dictionary.yaml"
    file.write_text(
        json.dumps({"marks": {".": "."}, "languages": {code: {"name": code, "words": words}}}, ensure_ascii=False)
    )
    (built,) = build_sample_packages(file, folder / "built")
    return read_packages(built)[0]


def install(folder: Path, package: InstalledPackage, target: Path, to: str = "en", name: str = "", **plan: str) -> None:
    """Pack a model as a real package and install it."""
    model = PackPlan(
        package.folder / "model",
        package.folder / "sentencepiece.model",
        {package.from_code: ""},
        to,
        name=name,
        **plan,  # type: ignore[arg-type]
    )
    install_archive(pack(model, folder / f"{package.from_code}.argosmodel"), target)


def test_a_real_package_outranks_the_sample_as_soon_as_it_is_there(tmp_path: Path) -> None:
    installed = tmp_path / "packages"
    build_sample_packages(DICTIONARY, installed)
    translator = ArgosTranslator(installed)
    assert translated(translator.translate([text("встреча")])[0]).confidence == "sample"
    install(tmp_path, build(tmp_path, "ru", {"встреча": "rendezvous"}), installed)
    outcome = translated(translator.translate([text("встреча")])[0])
    assert (outcome.text, outcome.package, outcome.confidence) == ("rendezvous", "translate-ru_en", "good")


def test_a_package_that_comes_and_goes_is_seen(tmp_path: Path) -> None:
    installed = tmp_path / "packages"
    translator = ArgosTranslator(installed)
    assert translator.available() == frozenset()
    install(tmp_path, build(tmp_path, "az", {"sülh": "peace"}), installed)
    assert translator.available() == {"az"}
    assert translated(translator.translate([text("sülh", "az")])[0]).confidence == "low"


def test_a_language_without_a_direct_package_goes_through_another(tmp_path: Path) -> None:
    installed = tmp_path / "packages"
    install(tmp_path, build(tmp_path, "ka", {"მშვიდობა": "мир"}), installed, to="ru")
    install(tmp_path, build(tmp_path, "ru", {"мир": "peace"}), installed)
    outcome = translated(ArgosTranslator(installed).translate([text("მშვიდობა", "ka")])[0])
    assert outcome.text == "peace"
    assert outcome.package == "translate-ka_ru+translate-ru_en"
    assert outcome.package_version == "1.0+1.0"


def test_one_multilingual_model_serves_two_languages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shape of M2M-100: a language token before the source, one that starts the target, EOS added by us."""
    monkeypatch.setattr(sample_model, "SPECIAL", (*sample_model.SPECIAL, "__hy__", "__ka__", "__en__"))
    package = build(tmp_path, "hy", {"խաղաղություն": "peace", "მშვიდობა": "peace"})
    config = package.folder / "model" / "config.json"
    config.write_text(config.read_text().replace('"add_source_eos": true', '"add_source_eos": false'))
    plan = PackPlan(
        package.folder / "model",
        package.folder / "sentencepiece.model",
        {"hy": "__hy__", "ka": "__ka__"},
        "en",
        target_prefix="__en__",
        add_source_eos=True,
        name="many-to-many",
    )
    installed = install_archive(pack(plan, tmp_path / "m.argosmodel"), tmp_path / "packages")
    assert [one.from_code for one in installed] == ["hy", "ka"]
    translator = ArgosTranslator(tmp_path / "packages")
    outcomes = translator.translate([text("խաղաղություն", "hy"), text("მშვიდობა", "ka")])
    assert [translated(outcome).text for outcome in outcomes] == ["peace", "peace"]
    assert translated(outcomes[1]).package == "many-to-many"


def test_a_damaged_package_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "metadata.json").write_text("{")
    (tmp_path / ".staging-1").mkdir()
    found, problems = list_packages(tmp_path)
    assert found == []
    assert "broken" in str(problems[0])
    assert ArgosTranslator(tmp_path).available() == frozenset()


# --- tokenizers ------------------------------------------------------------------------------------------------


def test_byte_pair_encoding_joins_what_it_parted(tmp_path: Path) -> None:
    model = tmp_path / "bpe.model"
    model.write_text("#version: 0.2\nм и\nми р</w>\n", encoding="utf-8")
    tokenizer = BpeTokenizer(model)
    assert tokenizer.encode("мир") == ["мир"]
    assert tokenizer.encode("ми") == ["м@@", "и"]
    sentence = 'The so-called "line" (1,5 km) isn\'t closed: 10 % & more.'
    assert tokenizer.decode(tokenizer.encode(sentence)) == sentence.replace("10 %", "10%")


# --- processes and threads -------------------------------------------------------------------------------------


def _translate_in_child(translator: ArgosTranslator, answers: "multiprocessing.SimpleQueue[str]") -> None:
    answers.put(translated(translator.translate([text("Встреча")])[0]).text)


def test_a_translator_made_before_a_fork_works_in_the_child(packages: Path) -> None:
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    child = context.Process(target=_translate_in_child, args=(ArgosTranslator(packages), answers))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert answers.get() == "Meeting"


def test_threads_share_one_translator(packages: Path) -> None:
    translator = ArgosTranslator(packages)
    results: list[str] = []

    def work() -> None:
        results.extend(translated(o).text for o in translator.translate([text("Встреча"), text("Россия")]))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(results) == ["Meeting"] * 6 + ["Russia"] * 6


def test_argostranslate_writes_nothing_into_the_home(tmp_path: Path) -> None:
    script = "from worker.adapters.argos_library import argos_module; import logging;" + (
        "argos_module('package'); print(logging.getLogger('argostranslate.utils').getEffectiveLevel())"
    )
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "30"
    assert list(tmp_path.iterdir()) == []


# --- another way -----------------------------------------------------------------------------------------------


class ScriptedEngine:
    """Stands for a model with a fault; `behave` answers one text."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self.answers = answers
        self.seen: list[tuple[str, Search]] = []

    def translate(self, sentences: Sequence[str], search: Search) -> list[str]:
        self.seen += [(sentence, search) for sentence in sentences]
        return [self.answers.get(sentence, sentence) for sentence in sentences]


def retry(engine: ScriptedEngine, sentence: str, tmp_path: Path) -> tuple[str, list[str]]:
    package = InstalledPackage(tmp_path, "translate-ru_en", "1", "ru", "en", "Russian", False, "", "", "")
    engines: list[Engine] = [engine]  # type: ignore[list-item]
    translator = SentenceTranslator((package,), engines, "ru", Glossary(), {"beam": 2}, None)
    result = translator.translate([sentence])[sentence]
    return result.text, [warning.code for warning in result.warnings]


def test_a_lost_number_is_tried_again_with_numbers_protected(tmp_path: Path) -> None:
    engine = ScriptedEngine(
        {"Погибли 15 военных": "50 servicemen were killed", "Погибли X1X военных": "X1X servicemen were killed"}
    )
    assert retry(engine, "Погибли 15 военных", tmp_path) == ("15 servicemen were killed", [])
    assert engine.seen[1][1] == Search(beam=4, no_repeat=4)


def test_a_lost_handle_is_tried_again_cut_at_the_handle(tmp_path: Path) -> None:
    engine = ScriptedEngine(
        {"Сводку от X1X опубликовали": "The summary was published", "Сводку от": "Summary by", "опубликовали": "is out"}
    )
    assert retry(engine, "Сводку от @mission опубликовали", tmp_path) == ("Summary by @mission is out", [])


def test_what_no_way_mends_is_kept_with_its_warning(tmp_path: Path) -> None:
    engine = ScriptedEngine({"Огонь не открывали": "They opened fire"})
    assert retry(engine, "Огонь не открывали", tmp_path) == ("They opened fire", ["negation_lost"])
