"""The terms of a conflict file: every list of every section, parsed, with its place in the file in each error."""

import re
from collections.abc import Iterator

from ceasewire.conflict.model import Cue, Example, Part, Scoring, TermEntry
from ceasewire.conflict.node import Node
from ceasewire.conflict.terms import Term, TermError, parse_term

LANGUAGE_CODE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
SECTIONS = (Part.ANCHOR, Part.NEGATIVE, Part.ACTOR, Part.PLACE, Part.TOPIC)


def read_entries(
    root: Node, languages: tuple[str, ...], scoring: Scoring
) -> tuple[tuple[TermEntry, ...], dict[str, Cue]]:
    """All terms, those of the salience cues among them, and the cues."""
    entries: list[TermEntry] = []
    for part in SECTIONS:
        if root.has(part):
            for concept, node in root.at(part).items():
                entries.extend(_concept(part, concept, node, languages, scoring))
    cues: dict[str, Cue] = {}
    if root.has("salience") and root.at("salience").has("cues"):
        for key, node in root.at("salience").at("cues").items():
            cues[key] = _cue(key, node)
            entries += [TermEntry(Part.CUE, key, term, code) for code, term in _lists(node.at("terms"), languages)]
    return tuple(entries), cues


def read_examples(node: Node, languages: tuple[str, ...]) -> tuple[Example, ...]:
    """A topic's own texts: `examples: {positive: {en: […]}, negative: {en: […]}}`."""
    if not node.has("examples"):
        return ()
    examples = node.at("examples").only("positive negative")
    return tuple(
        Example(element.string(), language, kind == "positive", element.where)
        for kind, lists in examples.items()
        for language, texts in lists.only(languages).items()
        for element in texts.elements()
    )


def _concept(part: Part, concept: str, node: Node, languages: tuple[str, ...], scoring: Scoring) -> Iterator[TermEntry]:
    quoted = node.flag("not_if_quoted")
    for language, term in _lists_if(node, "terms", languages):
        yield TermEntry(part, concept, term, language, not_if_quoted=quoted)
    for language, term in _lists_if(node, "weak", languages):
        yield TermEntry(part, concept, term, language, scoring.topic_weak, not_if_quoted=quoted)
    for language, term in _lists_if(node, "not", languages):
        yield TermEntry(part, concept, term, language, excluded=True)
    for block in node.at("dated").elements() if node.has("dated") else ():
        block.only("from until terms not note")
        since, until = block.day("from"), block.day("until")
        for key in ("terms", "not"):
            for language, term in _lists_if(block, key, languages):
                excluded = key == "not"
                yield TermEntry(part, concept, term, language, since=since, until=until, excluded=excluded)


def _lists_if(node: Node, key: str, languages: tuple[str, ...]) -> Iterator[tuple[str, Term]]:
    return _lists(node.at(key), languages) if node.has(key) else iter(())


def _lists(node: Node, languages: tuple[str, ...]) -> Iterator[tuple[str, Term]]:
    for language, terms in node.only(languages).items():
        for element in terms.elements():
            try:
                yield language, parse_term(element.string())
            except TermError as error:
                raise element.error(f"term {element.value!r}: {error}", "see the syntax at the file's head") from error


def _cue(key: str, node: Node) -> Cue:
    node.only("after reach topics unless terms note")
    topics = frozenset(node.texts("topics")) if node.has("topics") else None
    return Cue(key, node.flag("after"), node.integer("reach", 6), topics, frozenset(node.texts("unless")))
