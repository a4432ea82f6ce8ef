"""Conflicts for tests: the project's own, loaded once, and small ones built from text."""

from functools import cache
from pathlib import Path

from ceasewire.conflict import load
from ceasewire.conflict.model import Conflict
from ceasewire.yamlfile import parse_yaml

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config" / "conflicts"

SMALL = r"""
schema: conflict-topic-model/1
id: small
version: "1"
label: {en: Small conflict}
languages: [en, ru, hy, az, tr]
normalise:
  unicode: NFKC
  map: {"ё": "е", "ә": "ə", "i̇": "i", "ı": "i"}
  homoglyphs: true
  drop: ["\u00ad", "\u200c", "\u0301", "\u055b", "\u055c", "\u055e"]
  ascii_fold_if_plain: [az, tr]
matching:
  inflection:
    en: "(?:'?s|es|ed|ing)?"
    ru: "(?:а|у|ы|и|е|ом|ой|ами|ах|ого|их)?"
    hy: "(?:ի|ին|ից|ում|ով)?(?:ն|ը)?"
    az: "['\"]?[^\\W\\d_]{0,12}"
    tr: "['\"]?[^\\W\\d_]{0,12}"
home_side: {hy: left}
scoring:
  weights: {strong: 3, medium: 2, weak: 1}
  threshold: 3
  possible: 2
  lead_chars: 200
salience:
  cues:
    earlier: {reach: 4, terms: {en: ["after"]}}
    behind: {after: true, reach: 2, topics: [shelling], terms: {tr: ["sonra"]}}
anchors:
  valley: {weight: strong, terms: {en: ["green valley"]}}
  hill: {weight: medium, not_if_quoted: true, terms: {en: ["hilltown"], az: ["təpəkənd~"]}}
  left: {weight: weak, side: left, from_actors: [leftland]}
  right: {weight: weak, side: right, from_actors: [rightland]}
  any_topic: {weight: none, from_topics: all}
  hard: {weight: none, weak_terms: false, from_topics: [shelling]}
  sites: {weight: from_place}
combos:
  - {id: both, all: [left, right], with: [any_topic], add: 1}
  - {id: one_side, any: [left, right], skip_home_side: true, with: [hard], window_tokens: 4, add: 2}
negatives:
  sport: {penalty: 4, terms: {en: ["football~"]}}
actors:
  leftland:
    label: {en: Leftland}
    type: state
    side: left
    anchor: weak
    terms: {en: ["leftland~"], hy: ["ձախ~"]}
    not: {en: ["leftland university"]}
  rightland: {label: {en: Rightland}, type: state, side: right, anchor: weak, terms: {en: ["rightland~"], hy: ["աջ~"]}}
places:
  ford:
    label: {en: Ford}
    anchor: medium
    not_near: [sport]
    coordinates: [10.5, -20.25]
    terms: {en: ["old ford"]}
topics:
  fighting: {label: {en: Fighting}, abstract: true}
  shelling:
    label: {en: Shelling}
    parent: fighting
    terms: {en: ["shell*"], tr: ["bombala*"], hy: ["հրետակոծ*"]}
    weak: {en: ["war", "battle~"]}
  truce:
    label: {en: Truce}
    terms: {en: ["truce~"]}
    not: {en: ["truce village"]}
    dated: [{from: 2021-01-01, until: 2021-12-31, terms: {en: ["the deal"]}}]
  truce_violation: {label: {en: Truce violation}, terms: {en: ["(broke|violat*) ..3 truce"]}}
"""


@cache
def own() -> Conflict:
    """The first conflict of the project's own."""
    return load.load_conflict(CONFIG / "karabakh.yaml")


def parse_conflict(text: str, name: str) -> Conflict:
    """A conflict from text; `name` is how errors call it."""
    return load.build_conflict(parse_yaml(text, name))


@cache
def small() -> Conflict:
    """A made-up conflict with one of everything."""
    return parse_conflict(SMALL, "small.yaml")


def with_terms(language: str, *terms: str) -> Conflict:
    """The small conflict with other terms for its topic `shelling` in a language."""
    listed = ", ".join(f"'{term}'" if '"' in term else f'"{term}"' for term in terms)
    old = 'terms: {en: ["shell*"], tr: ["bombala*"], hy: ["հրետակոծ*"]}\n    weak: {en: ["war", "battle~"]}'
    assert old in SMALL
    return parse_conflict(SMALL.replace(old, f"terms: {{{language}: [{listed}]}}"), "small.yaml")


def found(conflict: Conflict, text: str, language: str | None, concept: str = "shelling") -> list[str]:
    """The slices that the matcher finds for a concept."""
    document = conflict.matcher.document("", text, conflict.scoring.lead_chars)
    matches = conflict.matcher.find(document, language, None)
    return [document.locate(one.start, one.end)[3] for one in matches if one.entry.concept == concept]
