"""A conflict file read, validated and compiled. A broken file raises; nothing is skipped."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ceasewire.conflict.load_terms import LANGUAGE_CODE, read_entries, read_examples
from ceasewire.conflict.matcher import Matcher
from ceasewire.conflict.model import (
    ALL,
    Actor,
    Anchor,
    Combination,
    Conflict,
    Cue,
    Place,
    SalienceRules,
    Scoring,
    Strength,
    TermEntry,
    Topic,
)
from ceasewire.conflict.node import Node
from ceasewire.conflict.normalise import APOSTROPHES, DASHES, QUOTES, Normaliser, Rules
from ceasewire.errors import ConfigError
from ceasewire.yamlfile import YamlFile, read_yaml

SCHEMA = "conflict-topic-model/1"
TOP = (
    "schema id version released label languages codes normalise matching home_side scoring "
    "salience anchors combos negatives actors places topics"
)
CODES = ("iptc", "cameo", "plover", "acled", "wikidata", "iso3166")
PLAIN_LETTERS = {"ə": "e", "ğ": "g", "ş": "s", "ç": "c", "ö": "o", "ü": "u"}
FROM_PLACE = "from_place"
SIGNS = ((QUOTES, "quotes_to", '"'), (APOSTROPHES, "apostrophes_to", "'"), (DASHES, "dashes_to", "-"))


def load_conflict(path: Path) -> Conflict:
    """Read one conflict file. Raises ConfigError, which names file, line, key and remedy."""
    return build_conflict(read_yaml(path))


def load_conflicts(directory: Path) -> dict[str, Conflict]:
    """All `*.yaml` of a directory by id, in the order of their names.

    Raises:
        ConfigError: there is none, one is broken, or two have the same id.
    """
    conflicts: dict[str, Conflict] = {}
    for path in sorted(directory.glob("*.yaml")):
        conflict = load_conflict(path)
        if conflict.id in conflicts:
            raise ConfigError(f"conflict {conflict.id!r} is also in another file", about=str(path), remedy="rename one")
        conflicts[conflict.id] = conflict
    if not conflicts:
        raise ConfigError("holds no conflict file", about=str(directory), remedy="add one, named CONFLICT.yaml")
    return conflicts


def build_conflict(file: YamlFile) -> Conflict:
    """Validate and compile a parsed file."""
    root = Node(file).only(TOP)
    root.choice("schema", [SCHEMA])
    languages = _languages(root)
    rules = _rules(root.at("normalise"), languages)
    endings = _endings(root.at("matching"), languages)
    topics = _topics(root.at("topics"), languages)
    actors = {key: _actor(key, node, languages) for key, node in root.at("actors").items()}
    places = {key: _place(key, node, languages) for key, node in root.at("places").items()}
    anchors = {key: _anchor(key, node, topics, actors) for key, node in root.at("anchors").items()}
    scoring = _scoring(root.at("scoring"))
    entries, cues = read_entries(root, languages, scoring)
    home_side = {code: node.string() for code, node in root.at("home_side").items()} if root.has("home_side") else {}
    return Conflict(
        id=root.text("id"),
        version=root.text("version"),
        sha256=_digest(file.data),
        source=file.name,
        labels=_labels(root, languages),
        languages=languages,
        codes=_codes(root),
        rules=rules,
        endings=endings,
        home_side=home_side,
        scoring=scoring,
        salience=_salience(root, cues, topics),
        anchors=anchors,
        combinations=_combinations(root, anchors),
        penalties=_penalties(root),
        own_weights=_own_weights(actors, anchors, scoring),
        topics=topics,
        actors=actors,
        places=places,
        entries=entries,
        matcher=_compile(root, entries, rules, endings),
    )


def _digest(data: Any) -> str:
    canonical = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def _compile(root: Node, entries: Iterable[TermEntry], rules: Rules, endings: Mapping[str, str]) -> Matcher:
    try:
        return Matcher(entries, Normaliser(rules), endings)
    except ValueError as error:
        raise root.error(str(error), "the term has no letter left after normalisation") from error


def _languages(root: Node) -> tuple[str, ...]:
    for element in root.at("languages").elements():
        if not LANGUAGE_CODE.fullmatch(element.string()):
            raise element.error(f"{element.value!r} is no language code", "write a lower-case code, e.g. en, hy")
    return root.texts("languages")


def _labels(node: Node, languages: Iterable[str]) -> dict[str, str]:
    label = node.at("label").only(languages)
    return {code: text.string() for code, text in label.items()}


def _codes(node: Node) -> Mapping[str, Any]:
    return node.at("codes").only(CODES).mapping() if node.has("codes") else {}


def _rules(node: Node, languages: Iterable[str]) -> Rules:
    node.only("unicode casefold map homoglyphs quotes_to apostrophes_to dashes_to drop ascii_fold_if_plain")
    node.choice("unicode", ["NFKC"])
    characters = {old: new.value for old, new in node.at("map").items()} if node.has("map") else {}
    for signs, key, default in (
        (QUOTES, "quotes_to", '"'),
        (APOSTROPHES, "apostrophes_to", "'"),
        (DASHES, "dashes_to", "-"),
    ):
        characters |= dict.fromkeys(signs, node.text(key, default))
    folding = frozenset(node.texts("ascii_fold_if_plain"))
    for language in folding - set(languages):
        raise node.error(f"{language!r} is not under `languages`", "add it there", key="ascii_fold_if_plain")
    drop = node.at("drop").elements() if node.has("drop") else []
    return Rules(
        characters=characters,
        dropped=frozenset(str(element.value) for element in drop),
        homoglyphs=bool(node.mapping().get("homoglyphs")),
        ascii_fold_if_plain=folding,
        plain_letters=PLAIN_LETTERS if folding else {},
    )


def _endings(node: Node, languages: Iterable[str]) -> dict[str, str]:
    node.only("boundary max_gap_tokens contained inflection")
    inflection = node.at("inflection").only(languages)
    endings = {language: inflection.text(language) for language in languages}
    for language, source in endings.items():
        try:
            re.compile(source)
        except re.error as error:
            raise inflection.error(f"no regular expression: {error}", "mend it", key=language) from error
    return endings


def _scoring(node: Node) -> Scoring:
    node.only("weights threshold possible lead_chars topic_threshold topic_weak")
    weights = node.at("weights").only(level.value for level in Strength)
    return Scoring(
        weights={level: weights.integer(level, 0 if level is Strength.NONE else None) for level in Strength},
        threshold=node.integer("threshold"),
        possible=node.integer("possible"),
        lead_chars=node.integer("lead_chars"),
        topic_threshold=node.number("topic_threshold", 1.0),
        topic_weak=node.number("topic_weak", 0.5),
    )


def _topics(section: Node, languages: tuple[str, ...]) -> dict[str, Topic]:
    topics: dict[str, Topic] = {}
    for key, node in section.items():
        node.only("label parent abstract codes terms weak dated examples note not")
        abstract = node.flag("abstract")
        if abstract == node.has("terms"):
            raise node.error("an abstract topic has no terms, any other has", "remove `abstract` or `terms`")
        parent = node.text("parent", "-") if node.has("parent") else None
        examples = read_examples(node, languages)
        topics[key] = Topic(key, _labels(node, languages), parent, abstract, _codes(node), examples)
    for key, topic in topics.items():
        _check_parents(section.at(key), topic, topics)
    return topics


def _check_parents(node: Node, topic: Topic, topics: Mapping[str, Topic]) -> None:
    seen = {topic.id}
    parent = topic.parent
    while parent is not None:
        if parent not in topics:
            raise node.error(f"no topic {parent!r}", "name one that stands under `topics`", key="parent")
        if parent in seen:
            raise node.error(f"{parent!r} is its own ancestor", "break the circle", key="parent")
        seen.add(parent)
        parent = topics[parent].parent


def _actor(key: str, node: Node, languages: Iterable[str]) -> Actor:
    node.only("label type role side anchor codes terms not note")
    return Actor(
        id=key,
        label=_labels(node, languages),
        type=node.text("type"),
        side=node.text("side"),
        anchor=Strength(node.choice("anchor", list(Strength))),
        codes=_codes(node),
    )


def _place(key: str, node: Node, languages: Iterable[str]) -> Place:
    node.only("label anchor not_near not_if_quoted codes coordinates terms not note")
    return Place(
        id=key,
        label=_labels(node, languages),
        anchor=Strength(node.choice("anchor", list(Strength))),
        coordinates=_coordinates(node),
        not_near=node.texts("not_near"),
        codes=_codes(node),
    )


def _coordinates(node: Node) -> tuple[float, float] | None:
    if not node.has("coordinates"):
        return None
    point = node.at("coordinates")
    values = [element.value for element in point.elements()]
    numeric = all(isinstance(value, int | float) for value in values)
    if len(values) != 2 or not numeric or abs(values[0]) > 90 or abs(values[1]) > 180:
        raise point.error("must be [latitude, longitude] in degrees", "e.g. [39.82, 46.75]")
    return float(values[0]), float(values[1])


def _anchor(key: str, node: Node, topics: Mapping[str, Topic], actors: Mapping[str, Actor]) -> Anchor:
    node.only("weight terms not_if_quoted side from_actors from_topics weak_terms note")
    named = node.at("from_actors").strings() if node.has("from_actors") else ()
    for actor in named:
        if actor not in actors:
            raise node.error(f"no actor {actor!r}", "name one that stands under `actors`", key="from_actors")
    side = node.text("side", "-") if node.has("side") else None
    weight = node.choice("weight", [*Strength, FROM_PLACE])
    scores = node.file.data["scoring"]["weights"] | {Strength.NONE.value: 0, FROM_PLACE: 0}
    return Anchor(
        id=key,
        weight=int(scores[weight]),
        side=side,
        actors=frozenset(named),
        topics=_anchor_topics(node, topics),
        places=weight == FROM_PLACE,
        weak_terms=node.flag("weak_terms", default=True),
    )


def _anchor_topics(node: Node, topics: Mapping[str, Topic]) -> frozenset[str]:
    if not node.has("from_topics"):
        return frozenset()
    if node.at("from_topics").value == ALL:
        return frozenset(topics)
    for topic in node.texts("from_topics"):
        if topic not in topics:
            raise node.error(f"no topic {topic!r}", "name one that stands under `topics`", key="from_topics")
    return frozenset(node.texts("from_topics"))


def _combinations(root: Node, anchors: Mapping[str, Anchor]) -> tuple[Combination, ...]:
    nodes = root.at("combos").elements() if root.has("combos") else []
    for node in nodes:
        node.only("id all any with window_tokens skip_home_side languages periods add")
        for key in ("all", "any", "with"):
            for name in node.texts(key):
                if name not in anchors:
                    raise node.error(f"no anchor {name!r}", "name one that stands under `anchors`", key=key)
    return tuple(
        Combination(
            id=node.text("id"),
            all_of=node.texts("all"),
            any_of=node.texts("any"),
            with_any=node.texts("with"),
            window=node.integer("window_tokens") if node.has("window_tokens") else None,
            skip_home_side=node.flag("skip_home_side"),
            add=node.integer("add"),
            languages=frozenset(node.texts("languages")) if node.has("languages") else None,
            periods=tuple(_periods(node)),
        )
        for node in nodes
    )


def _periods(node: Node) -> Iterable[tuple[date, date]]:
    for period in node.at("periods").elements() if node.has("periods") else ():
        period.only("from until")
        yield period.day("from") or date.min, period.day("until") or date.max


def _own_weights(actors: Mapping[str, Actor], anchors: Mapping[str, Anchor], scoring: Scoring) -> dict[str, int]:
    shared = {actor for anchor in anchors.values() for actor in anchor.actors}
    weights = {key: scoring.weights[actor.anchor] for key, actor in actors.items() if key not in shared}
    return {key: weight for key, weight in weights.items() if weight}


def _penalties(root: Node) -> dict[str, int]:
    if not root.has("negatives"):
        return {}
    return {key: node.only("penalty terms not note").integer("penalty") for key, node in root.at("negatives").items()}


def _salience(root: Node, cues: Mapping[str, Cue], topics: Mapping[str, Topic]) -> SalienceRules:
    if not root.has("salience"):
        return SalienceRules(cues=cues)
    node = root.at("salience").only("years first_year short_lead details about cues")
    for key, cue in cues.items():
        for topic in ((cue.topics or frozenset()) | cue.unless) - set(topics):
            raise node.at("cues").at(key).error(f"no topic {topic!r}", "name one under `topics`")
    return SalienceRules(
        cues=cues,
        years=node.flag("years", True),
        first_year=node.integer("first_year", 0),
        short_lead=node.integer("short_lead", 0),
        details=_related(node, "details", topics),
        about=_related(node, "about", topics),
    )


def _related(node: Node, name: str, topics: Mapping[str, Topic]) -> dict[str, frozenset[str]]:
    """A section that names topics for some topics."""
    if not node.has(name):
        return {}
    section = node.at(name).only(topics)
    related = {key: frozenset(section.texts(key)) for key, _ in section.items()}
    for key, others in related.items():
        for topic in others - set(topics):
            raise section.error(f"no topic {topic!r}", "name one that stands under `topics`", key=key)
    return related
