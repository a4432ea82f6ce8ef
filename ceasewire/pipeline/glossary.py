"""Names and terms that translations must write in one form, whatever the model makes of them.

An entry holds the English form, its forms in the source languages, and the misspellings that models produce.
Where a sentence has one of the source forms, every misspelling in its translation, and every source form that the
model left as it was, becomes the English form.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import regex

from ceasewire.yamlfile import YamlFile


@dataclass(frozen=True, slots=True)
class GlossaryEntry:
    """`sources[language]` are word forms; a `*` at the end stands for any ending."""

    render: str
    sources: Mapping[str, tuple[str, ...]]
    variants: tuple[str, ...] = ()


class Glossary:
    """Entries, compiled by language."""

    def __init__(self, entries: Iterable[GlossaryEntry] = ()) -> None:
        self.entries = tuple(entries)
        self._rules = {
            language: [_Rule(entry, language) for entry in self.entries if entry.sources.get(language)]
            for language in {code for entry in self.entries for code in entry.sources}
        }

    @property
    def version(self) -> str:
        """Changes when an entry changes."""
        return hashlib.sha256(repr(self.entries).encode()).hexdigest()[:12]

    def apply(self, source: str, translation: str, language: str) -> str:
        """The translation with the names in it written in their one form."""
        for rule in self._rules.get(language, ()):
            translation = rule.apply(source, translation)
        return translation


class _Rule:
    def __init__(self, entry: GlossaryEntry, language: str) -> None:
        self._render = entry.render
        self._source = _words(entry.sources[language])
        self._wrong = _words((*entry.variants, *entry.sources[language]))

    def apply(self, source: str, translation: str) -> str:
        if not self._source.search(source):
            return translation
        return self._wrong.sub(lambda _: self._render, translation)


def _words(forms: Sequence[str]) -> regex.Pattern[str]:
    """Any of the forms as whole words, in any case, the longest first."""
    patterns = [
        regex.escape(form.removesuffix("*"), literal_spaces=True) + (r"[\p{L}\p{M}]*" if form.endswith("*") else "")
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
