"""Faults put into good translations on purpose: how many the checks find, and how seldom they warn without cause.

Each source has a good translation and wrong ones: a number, a date or a unit changed, digits swapped, a negation
dropped. `pytest -s` prints the table.
"""

from collections import Counter

import pytest

from ceasewire.pipeline.faithful import check

# language, source, good translation, {fault: wrong translation}
PAIRS: list[tuple[str, str, str, dict[str, str]]] = [
    ("ru", "Ночью погибли 36 военнослужащих.", "36 servicemen were killed during the night.",
     {"number": "63 servicemen were killed during the night."}),
    ("ru", "Двенадцать домов разрушены обстрелом.", "Twelve houses were destroyed by shelling.",
     {"words": "Twenty houses were destroyed by shelling."}),
    ("ru", "Три человека ранены, один в тяжёлом состоянии.", "Three people were injured, one of them seriously.",
     {"words": "Eight people were injured, one of them seriously."}),
    ("ru", "Переговоры состоятся 14 марта в Сочи.", "Talks will be held in Sochi on 14 March.",
     {"date": "Talks will be held in Sochi on 14 May.", "number": "Talks will be held in Sochi on 4 March."}),
    ("ru", "Рост составил 7,5 процента за год.", "Growth was 7.5 per cent over the year.",
     {"number": "Growth was 75 per cent over the year.", "unit": "Growth was 7.5 over the year."}),
    ("ru", "Вдоль линии разведено 250 км ограждений.", "250 km of fences were put up along the line.",
     {"unit": "250 m of fences were put up along the line."}),
    ("ru", "На дорогу выделено 40 млн долларов.", "40 million dollars were given for the road.",
     {"unit": "40 billion dollars were given for the road.", "number": "14 million dollars were given for the road."}),
    ("ru", "Никто из жителей не пострадал.", "None of the residents was hurt.",
     {"negation": "The residents were hurt."}),
    ("ru", "Колонна прошла без досмотра.", "The convoy passed without inspection.",
     {"negation": "The convoy passed with an inspection."}),
    ("ru", "Данных о пленных пока нет.", "There are no data on prisoners so far.",
     {"negation": "There are data on prisoners so far."}),
    ("ru", "Мы ни разу не нарушали перемирие.", "We have never violated the truce.",
     {"negation": "We have violated the truce."}),
    ("ru", "Встреча отложена на 5 дней.", "The meeting was put off by 5 days.",
     {"unit": "The meeting was put off by 5 weeks."}),
    ("hy", "Գիշերը զոհվել է 27 զինծառայող։", "27 servicemen were killed during the night.",
     {"number": "72 servicemen were killed during the night."}),
    ("hy", "Հանդիպումը կայանալու է մարտի 3-ին։", "The meeting will take place on March 3.",
     {"date": "The meeting will take place on May 3.", "number": "The meeting will take place on March 13."}),
    ("hy", "Երեք գյուղ մնացել է առանց գազի։", "Three villages were left without gas.",
     {"words": "Thirty villages were left with little gas.", "negation": "Three villages were left with gas."}),
    ("hy", "Ճանապարհը չի բացվելու այսօր։", "The road will not be opened today.",
     {"negation": "The road will be opened today."}),
    ("hy", "Ոչ մի զինվոր չի վիրավորվել։", "No soldier was wounded.", {"negation": "A soldier was wounded."}),
    ("hy", "Մենք չենք ընդունում այդ պայմանները։", "We do not accept these terms.",
     {"negation": "We accept these terms."}),
    ("hy", "Նրանք չեկան հանդիպմանը։", "They did not come to the meeting.",
     {"negation": "They came to the meeting."}),
    ("hy", "Սահմանը 12 կիլոմետր է։", "The border is 12 kilometres long.",
     {"unit": "The border is 12 metres long.", "number": "The border is 21 kilometres long."}),
    ("hy", "Աճը կազմել է 4 տոկոս։", "Growth was 4 percent.", {"unit": "Growth was 4 dollars."}),
    ("hy", "Վնասը 15 միլիոն դոլար է։", "The damage is 15 million dollars.",
     {"unit": "The damage is 15 thousand dollars."}),
    ("az", "Gecə 18 hərbçi yaralanıb.", "18 servicemen were wounded during the night.",
     {"number": "81 servicemen were wounded during the night."}),
    ("az", "Görüş 9 aprel tarixində keçiriləcək.", "The meeting will be held on April 9.",
     {"date": "The meeting will be held on August 9.", "number": "The meeting will be held on April 19."}),
    ("az", "Yeddi kənd azad edilib.", "Seven villages were liberated.",
     {"words": "Seventeen villages were liberated."}),
    ("az", "Bu barədə məlumat verilməyib.", "No information was given about this.",
     {"negation": "Information was given about this."}),
    ("az", "Ölən yoxdur.", "There are no dead.", {"negation": "There are dead."}),
    ("az", "Danışıqlar başlamayacaq.", "The talks will not begin.", {"negation": "The talks will begin."}),
    ("az", "Onlar razı deyillər.", "They do not agree.", {"negation": "They agree."}),
    ("az", "Yol açılmır.", "The road is not being opened.", {"negation": "The road is being opened."}),
    ("az", "Heyət icazəsiz daxil olub.", "The delegation entered without permission.",
     {"negation": "The delegation entered with permission."}),
    ("az", "Boru xətti 64 km uzunluğundadır.", "The pipeline is 64 km long.",
     {"unit": "The pipeline is 64 m long.", "number": "The pipeline is 46 km long."}),
    ("az", "İdxal 11 faiz artıb.", "Imports rose by 11 percent.", {"unit": "Imports rose by 11 tons."}),
    ("az", "Layihəyə 3 milyard manat ayrılıb.", "3 billion manats were allotted to the project.",
     {"unit": "3 million manats were allotted to the project."}),
    ("tr", "Saldırıda 24 kişi öldü.", "24 people died in the attack.", {"number": "42 people died in the attack."}),
    ("tr", "Zirve 6 Ekim günü yapılacak.", "The summit will be held on October 6.",
     {"date": "The summit will be held on June 6.", "number": "The summit will be held on October 16."}),
    ("tr", "Dokuz köy boşaltıldı.", "Nine villages were evacuated.", {"words": "Ninety villages were evacuated."}),
    ("tr", "Heyet sınırı geçmedi.", "The delegation did not cross the border.",
     {"negation": "The delegation crossed the border."}),
    ("tr", "Bunu kabul etmiyoruz.", "We do not accept this.", {"negation": "We accept this."}),
    ("tr", "Gözlemciler gelmeyecek.", "The observers will not come.", {"negation": "The observers will come."}),
    ("tr", "Anlaşma hazır değil.", "The agreement is not ready.", {"negation": "The agreement is ready."}),
    ("tr", "Kasabada elektrik yok.", "There is no electricity in the town.",
     {"negation": "There is electricity in the town."}),
    ("tr", "Konvoy izinsiz girdi.", "The convoy entered without permission.",
     {"negation": "The convoy entered with permission."}),
    ("tr", "Taraflar henüz konuşmadılar.", "The sides have not spoken yet.",
     {"negation": "The sides have spoken now."}),
    ("tr", "Demiryolu 85 kilometre uzunluğunda.", "The railway is 85 kilometres long.",
     {"unit": "The railway is 85 metres long.", "number": "The railway is 58 kilometres long."}),
    ("tr", "Enflasyon yüzde 19 oldu.", "Inflation was 19 percent.", {"unit": "Inflation was 19 points."}),
    ("tr", "Bütçe 2 milyar lira.", "The budget is 2 billion lira.", {"unit": "The budget is 2 million lira."}),
]  # fmt: skip
# Of 100 of each kind that must be found. What is missed is said here and not hidden.
FLOORS = {"number": 1.0, "date": 1.0, "unit": 0.9, "words": 1.0, "negation": 0.95}


def found(fault: str) -> tuple[int, int]:
    """How many faults of a kind have any warning, of how many."""
    hits = [bool(check(s, wrong[fault], language)) for language, s, _, wrong in PAIRS if fault in wrong]
    return sum(hits), len(hits)


@pytest.mark.parametrize("fault", FLOORS)
def test_faults_are_found(fault: str) -> None:
    hits, count = found(fault)
    missed = [
        (s, wrong[fault]) for language, s, _, wrong in PAIRS if fault in wrong and not check(s, wrong[fault], language)
    ]
    print(f"{fault}: {hits} of {count}")
    assert hits >= FLOORS[fault] * count, missed


def test_good_translations_are_left_in_peace() -> None:
    warned = [(good, check(source, good, language)) for language, source, good, _ in PAIRS]
    false = [(good, warnings) for good, warnings in warned if warnings]
    print(f"false alarms: {len(false)} of {len(PAIRS)}")
    assert not false


def test_every_language_has_every_kind_of_fault() -> None:
    kinds = Counter((language, fault) for language, _, _, wrong in PAIRS for fault in wrong)
    assert {language for language, _ in kinds} == {"ru", "hy", "az", "tr"}
    assert all(kinds[language, fault] for language in ("ru", "hy", "az", "tr") for fault in FLOORS)
