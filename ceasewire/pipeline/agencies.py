"""News agencies: their names as texts credit them, and which of them a text says it comes from.

A name counts as a credit in the byline, in the dateline and first words, or as the last words. Names are read as
written or in capitals: the small forms of AP, APA and AA are words. Names that are words themselves (Trend, Report,
Turan) need the frame that only a credit has.
"""

import re
from collections.abc import Mapping

OPENING = 240  # characters that hold title, dateline and "reports …"
CLOSING = 60  # characters that hold a credit below the text
DATELINE = 45  # characters that hold "YEREVAN, MARCH 3, ARMENPRESS."

# Agency: (its sources here, names). `*` stands for a case ending; apostrophe and hyphen endings are always read.
AGENCIES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "TASS": (("tass-ru", "tass-ru-all", "tass-en"), ("ТАСС", "ИТАР-ТАСС", "TASS", "ՏԱՍՍ")),
    "RIA Novosti": (("ria", "ria-index"), ("РИА Новост*", "RIA Novosti", "RİA Novosti", "ՌԻԱ Նովոստի")),
    "Interfax": (("interfax-ru",), ("Интерфакс*", "Interfax", "İnterfaks", "Interfaks", "Ինտերֆաքս*")),
    "Sputnik": (
        (),
        ("Sputnik Armenia", "Sputnik Azerbaijan", "Sputnik Azərbaycan", "Sputnik Армения", "Sputnik Азербайджан"),
    ),
    "Armenpress": (
        ("armenpress-hy", "armenpress-en"),
        ("Арменпресс*", "Armenpress", "Ermenpress", "Արմենպրես*"),
    ),
    "Azertac": (("azertag",), ("Азертадж*", "АзерТАдж*", "AZERTAC", "AZERTAG", "Azertag", "AZƏRTAC", "Ադրթաջ")),
    "APA": (("apa",), ("APA", "АПА")),
    "Trend": (("trend-en", "trend-az"), ("/Trend/", "Trend News Agency", "Trend Agency", "АМИ Trend", "АМИ Тренд")),
    "Report": (
        ("report-az", "report-en"),
        ("Report.az", "Report News Agency", "Report İnformasiya Agentliyi", "“Report”", "«Report»", '"Report"'),
    ),
    "Turan": (("turan",), ("/Turan/", "Turan Agency", "Turan News Agency", "Turan agentliyi", "агентство Туран")),
    "Anadolu": (
        ("aa-tr", "aa-en"),
        ("Anadolu Ajansı*", "Anadolu Agency", "Anadolu agentliyi*", "Анадолу", "AA", "Անադոլու"),
    ),
    "Reuters": (("reuters",), ("Reuters", "Рейтер", "Рейтерс", "Reyter*", "Ռոյթերս*")),
    "AFP": ((), ("AFP", "Agence France-Presse", "Франс Пресс", "АФП", "ԱՖՊ")),
    "AP": ((), ("AP", "Associated Press", "Ассошиэйтед Пресс", "Assoşieyted Press", "Ասոշիեյթեդ Փրես")),
    "Xinhua": ((), ("Xinhua", "Синьхуа", "Sinhua", "Şinhua")),
    "dpa": ((), ("dpa", "DPA")),
    "IRNA": ((), ("IRNA", "ИРНА", "İRNA")),
}
_OWN = {source: agency for agency, (sources, _) in AGENCIES.items() for source in sources}


def _pattern(names: tuple[str, ...]) -> str:
    forms = {form for name in names for form in (name, name.upper())}
    return "|".join(re.escape(form).replace(r"\*", r"\w{0,4}") for form in sorted(forms, key=len, reverse=True))


_CREDIT = re.compile(
    "(?<![\\w-])(?:"
    + "|".join(f"(?P<a{place}>{_pattern(names)})" for place, (_, names) in enumerate(AGENCIES.values()))
    + ")(?!\\w)"
)
_NAMES = tuple(AGENCIES)


def find_origin(source_id: str, author: str | None, text: str) -> str | None:
    """The agency a text comes from: its publisher if that is one, else the first credited; None if none is."""
    if source_id in _OWN:
        return _OWN[source_id]
    for part in (author or "", text[:OPENING], text[-CLOSING:]):
        credited = _CREDIT.search(part)
        if credited and credited.lastgroup:
            return _NAMES[int(credited.lastgroup[1:])]
    return None


def without_dateline(text: str) -> str:
    """`text` after the agency's name in its first words, with place and day before it; else as it is."""
    credited = _CREDIT.search(text[:DATELINE])
    return text[credited.end() :] if credited else text
