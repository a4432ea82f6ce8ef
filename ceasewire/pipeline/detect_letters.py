"""Letters by script, and what single letters say: Armenian needs no statistics, nor does an Azerbaijani ə."""

import re
from collections.abc import Mapping
from functools import lru_cache

LATIN, CYRILLIC, ARABIC, OTHER = "Latn", "Cyrl", "Arab", "Zzzz"

# Scripts that one language of the news uses. Others that use them (Yiddish, Mingrelian) write little of it.
SOLE_LANGUAGE = {"Armn": "hy", "Geor": "ka", "Hebr": "he", "Grek": "el"}

# Languages that the statistics know and that are not written in Latin letters.
SCRIPT_OF = {
    **{code: script for script, code in SOLE_LANGUAGE.items()},
    **dict.fromkeys(("ru", "uk", "be", "bg", "mk", "sr", "kk", "ky", "tg", "mn", "tt", "ba"), CYRILLIC),
    **dict.fromkeys(("ar", "fa", "ur", "ps", "ug", "arz", "ary", "sdh"), ARABIC),
    **dict.fromkeys(
        ("am", "bn", "gu", "hi", "ja", "km", "kn", "ko", "lo", "ml", "mr", "my", "ne", "ta", "th", "zh"), OTHER
    ),
}

# Letters by Unicode block, with the combining marks that stand inside words.
SCRIPTS = {
    LATIN: r"A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u0300-\u036f"
    r"\u1d00-\u1dbf\u1e00-\u1eff\ufb00-\ufb06",
    CYRILLIC: r"\u0400-\u0481\u0483-\u052f\u1c80-\u1c8f\u2de0-\u2dff\ua640-\ua69f",
    ARABIC: r"\u0620-\u065f\u066e-\u06d3\u06d5\u06fa-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdfb\ufe70-\ufefc",
    "Armn": r"\u0531-\u0556\u0559\u0560-\u0588\ufb13-\ufb17",
    "Geor": r"\u10a0-\u10fa\u10fc-\u10ff\u1c90-\u1cbf\u2d00-\u2d2f",
    "Hebr": r"\u05b0-\u05bd\u05d0-\u05f2\ufb1d-\ufb4f",
    "Grek": r"\u0370-\u0373\u0376-\u037d\u037f\u0386\u0388-\u03ff\u1f00-\u1fff",
}
WORDS = {script: re.compile(f"[{letters}]+") for script, letters in SCRIPTS.items()}
WORDS[OTHER] = re.compile(rf"[^\W\d_{''.join(SCRIPTS.values())}]+")
WORD = re.compile("|".join(f"(?P<{script}>{pattern.pattern})" for script, pattern in WORDS.items()))

RUSSIAN_ONLY = frozenset("ыэё")  # beside Ukrainian
RUSSIAN_LETTERS_TOO = frozenset({"be", "kk", "ky", "tt", "ba", "mn", "tg"})  # languages that write them as well
UKRAINIAN_ONLY = frozenset("їєґ")
EAST_SLAVIC = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ")
AZERBAIJANI_ONLY = frozenset("ҹҝ")
TURKIC_NOT_AZERBAIJANI = frozenset("қңұҗҙҡҫҥі")
EXCLUDED_BY_LETTERS = {CYRILLIC: frozenset({"ru", "uk", "be", "az"}), ARABIC: frozenset({"ar", "fa"})}  # by an `und`
FOREIGN_SHARE = 0.02  # a Russian text may hold a Kazakh or Serbian name
BULGARIAN_HARD_SIGN = re.compile("ъ[^еёюяієї ]")  # a vowel: първи, България
FOREIGN_ARABIC = frozenset("ٹڈڑںےہھځڅډړږښګڼېۍێۆڵڕۇۈۋڭە")  # Urdu, Pashto, Kurdish, Uyghur
LATIN_SCHWA = frozenset("əƏ")


def script_of(code: str) -> str:
    """ISO 15924 code of the script a language is written in; `Zzzz` for those without rules of their own."""
    return SCRIPT_OF.get(code, LATIN)


@lru_cache(maxsize=4096)
def script_of_letter(letter: str) -> str | None:
    """ISO 15924 code of the script of one character; None if it is no letter."""
    return next((script for script, pattern in WORDS.items() if pattern.match(letter)), None)


def scripts_in(text: str) -> set[str]:
    """The scripts that `text` has letters of."""
    return {script for script in map(script_of_letter, set(text)) if script}


def words_by_script(text: str) -> dict[str, list[str]]:
    """The words of `text`, letters only, by their script."""
    return {script: WORDS[script].findall(text) for script in sorted(scripts_in(text))}


def leading_script(letters: Mapping[str, int]) -> str:
    """The script that decides: not Latin if another has a third of the letters, as Latin names stand everywhere."""
    others = {script: count for script, count in letters.items() if script != LATIN}
    if others:
        script = max(others, key=lambda name: others[name])
        if others[script] * 3 >= sum(letters.values()):
            return script
    return LATIN


def only_script(text: str, script: str) -> str:
    """`text` without the words of other scripts."""
    return WORD.sub(lambda word: word[0] if word.lastgroup == script else "", text)


def language_by_letters(text: str, script: str) -> str | None:
    """The language that letters prove; `und` for one that no rule names; None where they prove nothing.

    `text` is words of one script in lower case, parted by spaces.
    """
    if script in SOLE_LANGUAGE:
        return SOLE_LANGUAGE[script]
    letters = frozenset(text)
    if script == CYRILLIC:
        return _cyrillic(text, letters)
    if script == ARABIC:
        return _arabic(text, letters)
    return "az" if script == LATIN and not letters.isdisjoint(LATIN_SCHWA) else None


def _cyrillic(text: str, letters: frozenset[str]) -> str | None:
    foreign = letters - EAST_SLAVIC - {" "}
    if foreign:
        return _beyond_east_slavic(text, letters, foreign)
    if "і" in letters and "ы" in letters:
        return "be"
    if BULGARIAN_HARD_SIGN.search(text) and letters.isdisjoint(RUSSIAN_ONLY):
        return "bg"
    if letters & UKRAINIAN_ONLY or ("і" in letters and letters.isdisjoint("ъэё")):
        return "uk"
    return "ru" if letters & RUSSIAN_ONLY else None


def _beyond_east_slavic(text: str, letters: frozenset[str], foreign: frozenset[str]) -> str | None:
    if foreign & AZERBAIJANI_ONLY:
        return "az"
    if "ә" in foreign and foreign & frozenset("јғ") and letters.isdisjoint(TURKIC_NOT_AZERBAIJANI):
        return "az"
    if "ў" in foreign:
        return "be"
    alien = sum(text.count(letter) for letter in foreign)
    if letters.isdisjoint(RUSSIAN_ONLY) or alien >= FOREIGN_SHARE * len(text):
        return "und"
    return None


def _arabic(text: str, letters: frozenset[str]) -> str | None:
    alien = sum(text.count(letter) for letter in letters & FOREIGN_ARABIC)
    return "und" if alien and alien >= FOREIGN_SHARE * len(text) else None
