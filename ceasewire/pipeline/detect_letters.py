"""Letters by script, and what single letters say: Armenian needs no statistics, nor does an Azerbaijani ə."""

from collections.abc import Mapping

import regex

# Scripts that one language of the news uses (Greek and Hebrew have others, none of them in today's news).
SOLE_LANGUAGE = {"Armn": "hy", "Geor": "ka", "Hebr": "he", "Grek": "el"}
CYRILLIC, ARABIC, LATIN, OTHER = "Cyrl", "Arab", "Latn", "Zzzz"

# Languages that the statistics know and that are not written in Latin letters.
SCRIPT_OF = {
    **{code: script for script, code in SOLE_LANGUAGE.items()},
    **dict.fromkeys(("ru", "uk", "be", "bg", "mk", "sr", "kk", "ky", "tg", "mn"), CYRILLIC),
    **dict.fromkeys(("ar", "fa", "ur", "ps", "ug", "ckb", "sd"), ARABIC),
    **dict.fromkeys(("zh", "ja", "ko", "hi", "bn", "th", "am", "ta", "te", "ml", "kn", "gu", "pa", "mr", "ne"), OTHER),
}

WORD = regex.compile(
    r"(?P<Latn>[\p{Script=Latin}][\p{Script=Latin}\p{Mn}]*)"
    r"|(?P<Cyrl>[\p{Script=Cyrillic}][\p{Script=Cyrillic}\p{Mn}]*)"
    r"|(?P<Armn>\p{Script=Armenian}+)|(?P<Geor>\p{Script=Georgian}+)"
    r"|(?P<Arab>[\p{Script=Arabic}&&\p{L}][[\p{Script=Arabic}&&\p{L}]\p{Mn}]*)"
    r"|(?P<Hebr>[\p{Script=Hebrew}&&\p{L}]+)|(?P<Grek>[\p{Script=Greek}&&\p{L}]+)"
    r"|(?P<Zzzz>\p{L}+)",
    regex.VERSION1,
)

RUSSIAN_ONLY = frozenset("ыэё")
RUSSIAN_AND_UKRAINIAN = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ")
AZERBAIJANI_ONLY, AZERBAIJANI_WITH_SCHWA = frozenset("ҹҝ"), frozenset("јһғ")
TURKIC_BUT_NOT_AZERBAIJANI = frozenset("қңұҗҙҡҫҥ")
LATIN_SCHWA = frozenset("əƏ")
FOREIGN_SHARE = 0.02  # a Russian text may hold a Kazakh or Serbian name


def script_of(code: str) -> str:
    """ISO 15924 code of the script a language is written in; `Zzzz` for those without rules of their own."""
    return SCRIPT_OF.get(code, LATIN)


def letters_by_script(text: str) -> dict[str, int]:
    """How many letters of each script `text` has."""
    counts: dict[str, int] = {}
    for word in WORD.finditer(text):
        script = str(word.lastgroup)
        counts[script] = counts.get(script, 0) + word.end() - word.start()
    return counts


def leading_script(counts: Mapping[str, int]) -> str:
    """The script that decides: a non-Latin one with a third of the letters, as Latin names stand in texts of any script."""
    others = {script: count for script, count in counts.items() if script != LATIN}
    if others:
        script = max(others, key=lambda name: others[name])
        if others[script] * 3 >= sum(counts.values()):
            return script
    return LATIN


def only_script(text: str, script: str) -> str:
    """`text` without the words of other scripts."""
    return WORD.sub(lambda word: word[0] if word.lastgroup == script else " ", text)


def language_by_letters(text: str, script: str) -> str | None:
    """The language that the letters of `text` prove, `und` for one that no rule names, None where they prove nothing."""
    if script in SOLE_LANGUAGE:
        return SOLE_LANGUAGE[script]
    if script == CYRILLIC:
        return _cyrillic(text.lower())
    if script == LATIN and not LATIN_SCHWA.isdisjoint(text):
        return "az"
    return None


def _cyrillic(text: str) -> str | None:
    letters = set(text)
    foreign = {letter for letter in letters - RUSSIAN_AND_UKRAINIAN if letter.isalpha()}
    if foreign & AZERBAIJANI_ONLY or (
        "ә" in foreign and foreign & AZERBAIJANI_WITH_SCHWA and not foreign & TURKIC_BUT_NOT_AZERBAIJANI
    ):
        return "az"
    if "ў" in foreign or ("і" in letters and "ы" in letters):
        return "be"
    if foreign and (letters.isdisjoint(RUSSIAN_ONLY) or _share(text, foreign) >= FOREIGN_SHARE):
        return "und"
    return _east_slavic(letters)


def _east_slavic(letters: set[str]) -> str | None:
    if letters & set("їєґ"):
        return "uk"
    if "і" in letters and letters.isdisjoint("ыэёъ"):
        return "uk"
    if letters & RUSSIAN_ONLY and "і" not in letters:
        return "ru"
    return None


def _share(text: str, letters: set[str]) -> float:
    return sum(text.count(letter) for letter in letters) / max(1, sum(map(str.isalpha, text)))
