"""Names of the conflict file in translations: one form each, and each side's own."""

from pathlib import Path

import pytest

from ceasewire.conflict.load import load_conflicts
from ceasewire.pipeline.glossary import Glossary
from worker.adapters.argos import read_glossary

CONFIG = Path(__file__).parents[2] / "config"


@pytest.fixture(scope="module")
def glossary() -> Glossary:
    return read_glossary(CONFIG, load_conflicts(CONFIG / "conflicts").values())


@pytest.mark.parametrize(
    ("language", "source", "draft", "text"),
    [
        # each side's own name, in any case and ending, whatever the model made of it
        ("hy", "Շուշիում", "in Shusha", "in Shushi"),
        ("az", "Şuşada", "in Susa", "in Shusha"),
        ("az", "ŞUŞADAN", "from Shushi", "from Shusha"),
        ("az", "Xankəndidə", "in Stepanakert", "in Khankendi"),
        ("hy", "Քարվաճառի մոտ", "near Kelbajar", "near Karvachar"),
        ("az", "Xocavəndin", "of Martuni", "of Khojavend"),
        # a language of no side: both names, unless the text itself has chosen
        ("ru", "под Шушой", "near Shusha", "near Shushi / Shusha"),
        ("ru", "Шуши", "Shushi / Shusha", "Shushi / Shusha"),
        ("fr", "à Chouchi", "in Chouchi", "in Shushi / Shusha"),
        ("ru", "в Степанакерте", "in Stepanakiert", "in Stepanakert"),
        ("ru", "в Ханкенди", "in Hankendi", "in Khankendi"),
        ("ru", "Лачинский коридор", "Lacin corridor", "Lachin corridor"),
        ("tr", "Şuşa'da", "in Susa", "in Shusha"),
        # people, part by part
        ("az", "İlham Əliyevin", "of İlham Eliyev", "of Ilham Aliyev"),
        ("az", "Nikol Paşinyanla", "with Nikol Pasinyan", "with Nikol Pashinyan"),
        ("tr", "Erdoğan'ın", "Erdogan's", "Erdoğan's"),
        # a town of its own among a place's terms, a surname that is a town's name too
        ("az", "Horadizdə", "in Horadiz", "in Horadiz"),
        ("ru", "Иванян сказал", "Ivanyan said", "Ivanyan said"),
        ("ru", "в Ходжалы", "in Khodzhaly", "in Khojaly"),
        # nothing to do with the sentence
        ("ru", "в Ереване", "in Shusha", "in Shusha"),
        ("ru", "Мехрибан Алиева", "Mehriban Aliyeva", "Mehriban Aliyeva"),
    ],
)
def test_names_have_one_form(glossary: Glossary, language: str, source: str, draft: str, text: str) -> None:
    assert glossary.apply(source, draft, language) == text


def test_what_is_right_is_left_as_it_is(glossary: Glossary) -> None:
    both = "between Kalbajar and Karvachar"
    assert glossary.apply("Քելբաջարի և Քարվաճառի միջև", both, "hy") == both
    assert glossary.apply("Шуша", glossary.apply("Шуша", "Shusha", "ru"), "ru") == "Shushi / Shusha"


def test_a_description_is_no_name(glossary: Glossary) -> None:
    """`Tartar, Barda, Ganja (shelled Azerbaijani towns)` would be nonsense in a sentence."""
    assert not any("," in entry.render or "(" in entry.render for entry in glossary.entries)
