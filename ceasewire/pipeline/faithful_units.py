"""What stands beside numbers, and numbers in words: units lost in translation, and one number word for another."""

from collections.abc import Iterator

import regex

from ceasewire.items import Warning
from ceasewire.pipeline.faithful_words import ENGLISH_NUMBERS, TENS

# --- units: behind a number in digits (in front of it, for Turkish `yüzde`); English may write any of its forms -----

_NUMBER = r"\d(?:[\d.,\u00a0\u202f ]*\d)?\s*"
_UNITS = {
    "ru": {"percent": "%|процент|проц\\.", "km": "км\\b|километр", "million": "млн\\b|миллион",
           "billion": "млрд\\b|миллиард", "day": "дн[яе][мй]?|суток|сутк", "week": "недел"},
    "hy": {"percent": "%|տոկոս", "km": "կմ\\b|կիլոմետր", "million": "մլն\\b|միլիոն",
           "billion": "մլրդ\\b|միլիարդ", "day": "օր\\b|օրվա|օրից", "week": "շաբաթ"},
    "az": {"percent": "%|faiz", "km": "km\\b|kilometr", "million": "mln\\b|milyon",
           "billion": "mlrd\\b|milyard", "day": "gün\\b|gündən", "week": "həftə"},
    "tr": {"percent": "%|yüzde", "km": "km\\b|kilometre", "million": "mln\\b|milyon",
           "billion": "milyar", "day": "gün\\b|günlük", "week": "hafta"},
}  # fmt: skip
_ENGLISH_UNITS = {
    unit: regex.compile(pattern, regex.IGNORECASE)
    for unit, pattern in {
        "percent": r"%|per\s?cent|percentage",
        "km": r"\bkm|kilomet",
        "million": r"million|mln|\d\s?m\b|(?:[.,]\d{3}){2}",
        "billion": r"billion|bln|\d\s?bn\b|(?:[.,]\d{3}){3}|thousand million",
        "day": r"\bday|daily|\bhours?\b",
        "week": r"\bweek|fortnight|\bday",
    }.items()
}


def _units_of(language: str) -> dict[str, regex.Pattern[str]]:
    before = r"|(?:yüzde|%)\s*\d" if language == "tr" else ""
    return {
        unit: regex.compile(rf"{_NUMBER}(?:{names}){before if unit == 'percent' else ''}", regex.IGNORECASE)
        for unit, names in _UNITS[language].items()
    }


_SOURCE_UNITS = {language: _units_of(language) for language in _UNITS}


def unit_lost(source: str, translation: str, language: str) -> Warning | None:
    """A unit that stands beside digits in the source and nowhere in the translation."""
    lost = [
        unit
        for unit, pattern in _SOURCE_UNITS.get(language, {}).items()
        if pattern.search(source) and not _ENGLISH_UNITS[unit].search(translation)
    ]
    return Warning("unit_lost", f"not in the translation: {', '.join(lost)}") if lost else None


# --- numbers in words ------------------------------------------------------------------------------------------

# Three to ten, eleven to twenty, tens; stems, so that cases are found. One and two are words of their own too often.
_WORDS = {
    "ru": "тр(?:и|[её]х|[её]м|емя) четыр(?:е|[её]х|[её]м|ьмя) пят(?:ь|и|ью) шест(?:ь|и|ью) сем(?:ь|и|ью) "
    "вос(?:емь|ьми|емью) девят(?:ь|и|ью) десят(?:ь|и|ью) одиннадцат\\w+ двенадцат\\w+ тринадцат\\w+ четырнадцат\\w+ "
    "пятнадцат\\w+ шестнадцат\\w+ семнадцат\\w+ восемнадцат\\w+ девятнадцат\\w+ двадцат\\w+ тридцат\\w+ сорок[а]? "
    "пятьдесят шестьдесят семьдесят восемьдесят девяносто",
    "hy": "երեք չորս հինգ վեց յոթ ութ ինը? տասը? տասնմեկ տասներկու տասներեք տասնչորս տասնհինգ տասնվեց տասնյոթ տասնութ "
    "տասնինը? քսան երեսուն քառասուն հիսուն վաթսուն յոթանասուն ութսուն իննսուն",
    "az": "üç dörd beş altı yeddi səkkiz doqquz on - - - - - - - - - iyirmi otuz qırx əlli altmış yetmiş səksən doxsan",
    "tr": "üç dört beş altı yedi sekiz dokuz on - - - - - - - - - yirmi otuz kırk elli altmış yetmiş seksen doksan",
}
_VALUES = [*map(str, range(3, 21)), *TENS]
_TEEN = {"az": "bir iki", "tr": "bir iki"}  # `on iki` is twelve
_UNSURE = frozenset({"1", "2", "100", "1000", "1000000"})


def _number_words(language: str) -> dict[str, regex.Pattern[str]]:
    words = _WORDS[language].split()
    table = {value: word for value, word in zip(_VALUES, words, strict=True) if word != "-"}
    if language in _TEEN:
        ones = [*_TEEN[language].split(), *words[:7]]
        table |= {str(10 + one): rf"on\s+{word}" for one, word in enumerate(ones, start=1)}
        table["10"] = rf"on(?!\s+(?:{'|'.join(ones)}))"
    return {value: regex.compile(rf"(?<!\w){word}(?!\w)", regex.IGNORECASE) for value, word in table.items()}


_NUMBER_WORDS = {language: _number_words(language) for language in _WORDS}
_NUMERAL = regex.compile(
    r"th(?:ree|ir)|fou?r|fi[fv]|six|seven|eigh|nin|te(?:n|nth)$|eleven|twel|twent"
)  # not a month's name
_VALUE_OF = {
    word: value
    for value, words in ENGLISH_NUMBERS.items()
    for word in words
    if value not in _UNSURE and _NUMERAL.match(word)
}


def number_word_changed(source: str, translation: str, language: str) -> Warning | None:
    """The source spells a number out, the translation has it in no form, and has another that the source has not."""
    said = {value for value, pattern in _NUMBER_WORDS.get(language, {}).items() if pattern.search(source)}
    if not said:
        return None
    digits = set(regex.findall(r"\d+", source + " " + translation))
    got = set(_english_values(translation))
    lost, added = said - got - digits, got - said - digits
    if not lost or not added:
        return None
    return Warning("number_lost", f"in words: {', '.join(sorted(lost))} of the source, {', '.join(sorted(added))} here")


def _english_values(translation: str) -> Iterator[str]:
    for word in regex.findall(r"\p{L}+", translation.lower()):
        if word in _VALUE_OF:
            yield _VALUE_OF[word]
