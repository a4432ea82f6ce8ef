"""Sentences about the whole: what waits, why a list is empty, how the sources are."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.page.wording import HEALTH, HEALTH_ORDER, count
from api.schemas import SourceOut


@dataclass(frozen=True, slots=True)
class EmptyList:
    """What stands where a list has nothing: a heading, a sentence, ways on."""

    title: str
    text: str
    links: Sequence[tuple[str, str]] = ()


def waiting_in_words(states: Mapping[str, int]) -> str:
    """What is not done yet, or nothing."""
    parts = []
    if states.get("new"):
        parts.append(f"{count(states['new'], 'item')} waiting to be read and tagged")
    if states.get("pending"):
        parts.append(f"{count(states['pending'], 'translation')} waiting")
    if states.get("unavailable"):
        parts.append(f"{count(states['unavailable'], 'item')} untranslated for want of a model")
    return " · ".join(parts)


def empty_list(states: Mapping[str, int], *, filtered: bool, everywhere: str) -> EmptyList:
    """Why the list is empty and what can be done. `everywhere`: the same list without regard to the conflict."""
    if not sum(states.values()):
        text = "The first sources are being polled; items appear here by themselves."
        return EmptyList("Nothing has come in yet", text, [("/view/sources", "How the sources are")])
    everything = (everywhere, "Look in everything that came in")
    if filtered:
        text = "Remove one above, or search for fewer words."
        return EmptyList("Nothing fits these filters", text, [everything, ("/", "Clear all filters")])
    return EmptyList(
        "Nothing about the conflict yet", "Items came in, but none was found to be about it.", [everything]
    )


def sources_in_words(sources: Sequence[SourceOut]) -> str:
    """`31 sources: 2 failing, 1 silent, 28 well.`"""
    found: Counter[str] = Counter(one.health for one in sources)
    parts = [f"{found[health]} {HEALTH[health]}" for health in HEALTH_ORDER if found[health]]
    return f"{count(len(sources), 'source')}: {', '.join(parts)}." if sources else ""
