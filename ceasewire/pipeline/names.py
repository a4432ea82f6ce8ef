"""The names of a conflict file as glossary entries: its people and places, in one form whatever a model makes of them.

A place that each side calls otherwise has an English label of both names, `Shushi / Shusha`, in the order of
`home_side`. A text in a side's language keeps that side's name; one in a language of no side gets both. What
`glossary.yaml` says of a form stays: it may keep the name that the text itself has chosen.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

import regex

from ceasewire.conflict.model import Actor, Conflict, Part, Place
from ceasewire.conflict.terms import Word
from ceasewire.pipeline.glossary import GlossaryEntry, fold

ENGLISH = "en"
BOTH = " / "
ALIKE = 0.6  # Xankendi and Khankendi .75, Kashatagh and Lachin .40
_NAMES = regex.compile(r"\p{Lu}[\p{L}'’\-]+(?: / \p{Lu}[\p{L}'’\-]+)*")  # one name, or one of each side


def conflict_entries(conflict: Conflict) -> list[GlossaryEntry]:
    """One entry per place and language, one per part of a person's name."""
    entries = [entry for place in conflict.places.values() for entry in _place(conflict, place)]
    entries += [entry for actor in conflict.actors.values() if actor.type == "person" for entry in _person(actor)]
    return [replace(entry, endings={code: conflict.endings[code] for code in entry.sources}) for entry in entries]


# --- places ----------------------------------------------------------------------------------------------------


def _place(conflict: Conflict, place: Place) -> Iterator[GlossaryEntry]:
    label = place.label.get(ENGLISH, "")
    if not _NAMES.fullmatch(label):
        return  # a description, e.g. of several villages
    names = [*label.split(BOTH), *place.label.values()]
    english = _forms(conflict, place.id, ENGLISH)
    for language in conflict.languages:
        forms = _forms(conflict, place.id, language) if language != ENGLISH else ()
        if forms:
            render = _name_for(language, label, tuple(conflict.home_side))
            alike = [form for form in (*english, *forms) if _is_like(form, names)]
            yield GlossaryEntry(render, {language: forms}, _latin([*alike, *names]), mends_copies=False)


def _is_like(form: str, names: Iterable[str]) -> bool:
    """Another spelling of a name; a place's terms may name its villages too, and those are to keep their names."""
    return any(SequenceMatcher(None, fold(form), fold(name)).ratio() >= ALIKE for name in names)


def _name_for(language: str, label: str, sides: Sequence[str]) -> str:
    """A side's own name in its language, else the whole label."""
    names = label.split(BOTH)
    return names[sides.index(language)] if language in sides and len(names) == len(sides) else label


def _forms(conflict: Conflict, concept: str, language: str) -> tuple[str, ...]:
    """The terms of one word each, with `~` or `*` for their endings."""
    found = (
        word
        for entry in conflict.entries
        if entry.part is Part.PLACE and entry.concept == concept and entry.language == language and not entry.excluded
        if len(entry.term.steps) == 1
        for alternative in entry.term.steps[0].alternatives
        for word in alternative
        if len(alternative) == 1
    )
    return tuple(dict.fromkeys(_form(word) for word in found))


def _form(word: Word) -> str:
    return word.stem + word.ending.value


# --- people ----------------------------------------------------------------------------------------------------


def _person(actor: Actor) -> Iterator[GlossaryEntry]:
    """Name by name, where a language writes as many of them as English does."""
    for at, name in enumerate(actor.label.get(ENGLISH, "").split()):
        written = {
            language: label.split()[at]
            for language, label in actor.label.items()
            if len(label.split()) == len(actor.label[ENGLISH].split())
        }
        sources = {language: (f"{form}~",) for language, form in written.items() if language != ENGLISH}
        if sources:
            yield GlossaryEntry(name, sources, _latin(written.values()))


# --- forms -----------------------------------------------------------------------------------------------------


def _latin(forms: Iterable[str]) -> tuple[str, ...]:
    """What models leave of names in Latin letters: as written, and without the marks on letters."""
    words = [form.rstrip("~*") for form in forms]
    latin = [word for word in words if regex.fullmatch(r"[\p{Latin}'’\- ]+", word)]
    return tuple(dict.fromkeys(form for word in latin for form in (word, _plain(word))))


def _plain(word: str) -> str:
    bare = unicodedata.normalize("NFD", word.translate(str.maketrans("ıəƏ", "ieE")))
    return regex.sub(r"\p{M}", "", bare)
