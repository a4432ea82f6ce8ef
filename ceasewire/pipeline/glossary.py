"""Names and terms that translations must write in one form, whatever the model makes of them.

An entry holds the English form, its forms in the source languages, and the misspellings that models produce.
Where a sentence has one of the source forms, every misspelling in its translation, and every source form that the
model left as it was, becomes the English form.
"""

import hashlib
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import regex

from ceasewire.yamlfile import YamlFile


@dataclass(frozen=True, slots=True)
class GlossaryEntry:
    """`sources[language]` are word forms; a `*` at the end stands for any ending, a `~` for one of the language.

    `endings[language]` is a regular expression of what a `~` stands for. `mends_copies`: a source form that the model
    left as it was becomes the English form too.
    """

    render: str
    sources: Mapping[str, tuple[str, ...]]
    variants: tuple[str, ...] = ()
    endings: Mapping[str, str] = field(default_factory=dict)
    mends_copies: bool = True


class Glossary:
    """Entries, compiled for a language when it is first needed; a later one does not undo what an earlier one wrote."""

    def __init__(self, entries: Iterable[GlossaryEntry] = ()) -> None:
        self.entries = tuple(entries)
        self._rules: dict[str, list[_Rule]] = {}

    @property
    def version(self) -> str:
        """Changes when an entry changes."""
        return hashlib.sha256(repr(self.entries).encode()).hexdigest()[:12]

    def apply(self, source: str, translation: str, language: str) -> str:
        """The translation with the names in it written in their one form."""
        folded = fold(source)
        rules = [rule for rule in self._rules_for(language) if rule.concerns(folded)]
        renders = {rule.render.lower() for rule in rules}
        for rule in rules:
            translation = rule.apply(translation, renders)
        return translation

    def _rules_for(self, language: str) -> "list[_Rule]":
        if language not in self._rules:
            self._rules[language] = [_Rule(one, language) for one in self.entries if one.sources.get(language)]
        return self._rules[language]


class _Rule:
    def __init__(self, entry: GlossaryEntry, language: str) -> None:
        self.render = entry.render
        forms, ending = entry.sources[language], entry.endings.get(language, "")
        self._source = _words([fold(form) for form in forms], ending)
        self._wrong = _words((entry.render, *entry.variants, *(forms if entry.mends_copies else ())), ending)

    def concerns(self, folded: str) -> bool:
        """Whether the source, folded, has one of the forms."""
        return self._source.search(folded) is not None

    def apply(self, translation: str, renders: Collection[str]) -> str:
        """Mend what is wrong, but not what is the right form of another name of the sentence."""
        return self._wrong.sub(lambda m: m.group() if m.group().lower() in renders else self.render, translation)


def fold(text: str) -> str:
    """Compatibility forms and capitals folded, a Turkish `İ` and `ı` to `i`, a Russian `ё` to `е`."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return folded.replace("i\u0307", "i").replace("ı", "i").replace("ё", "е")


def _words(forms: Sequence[str], ending: str) -> regex.Pattern[str]:
    """Any of the forms as whole words, in any case, the longest first."""
    endings = {"*": r"[\p{L}\p{M}]*", "~": f"(?:{ending})"}
    patterns = [
        regex.escape(form.rstrip("*~"), literal_spaces=True) + endings.get(form[-1], "")
        for form in sorted(forms, key=len, reverse=True)
    ]
    return regex.compile(rf"(?<![\p{{L}}\p{{N}}])(?:{'|'.join(patterns)})(?![\p{{L}}\p{{N}}])", regex.IGNORECASE)


def glossary_from(file: YamlFile) -> Glossary:
    """Read `entries: [{render, sources: {language: [form, …]}, variants: [form, …]}]`.

    Raises ConfigError naming file, line and field.
    """
    entries = file.data.get("entries") if isinstance(file.data, dict) else None
    if not isinstance(entries, list):
        raise file.error(("entries",), "must be a list")
    return Glossary(_entry(file, number, entry) for number, entry in enumerate(entries))


def _entry(file: YamlFile, number: int, entry: Any) -> GlossaryEntry:
    at = ("entries", number)
    if not isinstance(entry, dict) or not isinstance(entry.get("render"), str):
        raise file.error((*at, "render"), "is missing or not text")
    unknown = set(entry) - {"render", "sources", "variants"}
    if unknown:
        raise file.error((*at, min(unknown)), "is not a field of an entry", remedy="fields: render, sources, variants")
    sources = entry.get("sources")
    if not isinstance(sources, dict) or not sources:
        raise file.error((*at, "sources"), "must name at least one language with its forms")
    forms = {str(language): _forms(file, (*at, "sources", language), value) for language, value in sources.items()}
    return GlossaryEntry(entry["render"], forms, _forms(file, (*at, "variants"), entry.get("variants", [])))


def _forms(file: YamlFile, at: tuple[str | int, ...], value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(form, str) and form.strip("* ") for form in value):
        raise file.error(at, "must be a list of words")
    return tuple(value)
