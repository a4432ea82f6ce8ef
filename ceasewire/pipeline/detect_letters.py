"""Letters by script, and what single letters say: Armenian needs no statistics, nor does an Azerbaijani ə."""

from collections.abc import Mapping, Sequence

import regex

LATIN, CYRILLIC, ARABIC, OTHER = "Latn", "Cyrl", "Arab", "Zzzz"

# Scripts that one language of the news uses. Others that use them (Yiddish, Mingrelian) write little of it.
SOLE_LANGUAGE = {"Armn": "hy", "Geor": "ka", "Hebr": "he", "Grek": "el"}

# Languages that the statistics know and that are not written in Latin letters.
SCRIPT_OF = {
    **{code: script for script, code in SOLE_LANGUAGE.items()},
    **dict.fromkeys(("ru", "uk", "be", "bg", "mk", "sr", "kk", "ky", "tg", "mn", "tt", "ba"), CYRILLIC),
    **dict.fromkeys(("ar", "fa", "ur", "ps", "ug", "arz", "ary", "sdh"), ARABIC),
    **dict.fromkeys("am as bn dz gu hi ja km kn ko lo ml mr my ne or pa sa si ta te th wuu yue zh".split(), OTHER),
}

WORD = regex.compile(
    r"(?P<Latn>\p{Script=Latin}[\p{Script=Latin}\p{Mn}]*)"
    r"|(?P<Cyrl>\p{Script=Cyrillic}[\p{Script=Cyrillic}\p{Mn}]*)"
    r"|(?P<Armn>[\p{Script=Armenian}&&\p{L}]+)"
    r"|(?P<Geor>[\p{Script=Georgian}&&\p{L}]+)"
    r"|(?P<Arab>[\p{Script=Arabic}&&\p{L}][[\p{Script=Arabic}&&\p{L}]\p{Mn}]*)"
    r"|(?P<Hebr>[\p{Script=Hebrew}&&\p{L}][[\p{Script=Hebrew}&&\p{L}]\p{Mn}]*)"
    r"|(?P<Grek>[\p{Script=Greek}&&\p{L}]+)"
    r"|(?P<Zzzz>\p{L}[\p{L}\p{M}]*)",
    regex.VERSION1,
)

RUSSIAN_ONLY = frozenset("ыэё")  # beside Ukrainian
UKRAINIAN_ONLY = frozenset("їєґ")
EAST_SLAVIC = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ")
AZERBAIJANI_ONLY = frozenset("ҹҝ")
TURKIC_NOT_AZERBAIJANI = frozenset("қңұҗҙҡҫҥі")
FOREIGN_SHARE = 0.02  # a Russian text may hold a Kazakh or Serbian name
BULGARIAN_HARD_SIGN = regex.compile(r"ъ(?![еёюяієї])\p{Script=Cyrillic}")  # a vowel: първи, България
FOREIGN_ARABIC = frozenset("ٹڈڑںےہھځڅډړږښګڼېۍێۆڵڕۇۈۋڭە")  # Urdu, Pashto, Kurdish, Uyghur
PERSIAN_ONLY = frozenset("پچژگ")  # beside Arabic
ARABIC_ONLY = frozenset("ةىإ")  # beside Persian
LATIN_SCHWA = frozenset("əƏ")


def script_of(code: str) -> str:
    """ISO 15924 code of the script a language is written in; `Zzzz` for those without rules of their own."""
    return SCRIPT_OF.get(code, LATIN)


def words_by_script(text: str) -> dict[str, list[str]]:
    """The words of `text`, letters only, by their script."""
    words: dict[str, list[str]] = {}
    for word in WORD.finditer(text):
        words.setdefault(str(word.lastgroup), []).append(word[0])
    return words


def count_letters(words: Sequence[str]) -> int:
    """Letters of words."""
    return sum(map(len, words))


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


def language_by_letters(words: Sequence[str], script: str) -> str | None:
    """The language that letters prove; `und` for one that no rule names; None where they prove nothing.

    `words` are in lower case and of one script.
    """
    if script in SOLE_LANGUAGE:
        return SOLE_LANGUAGE[script]
    text = " ".join(words)
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
