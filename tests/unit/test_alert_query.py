"""Saved queries: every field, what they match, and the index that finds those that may."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceasewire.items import Salience, Tag, Tagging, TagKind, Verdict
from ceasewire.pipeline.alert import Subject, match
from ceasewire.pipeline.query import parse_query
from ceasewire.pipeline.queryindex import QueryIndex
from ceasewire.words import fold


def tag(kind: TagKind, id_: str, salience: Salience = Salience.REPORTED, derived: bool = False) -> Tag:
    return Tag(kind, id_, 1.0, salience, derived, ())


def tagging(*tags: Tag, verdict: Verdict = Verdict.RELEVANT, score: float = 3.0, conflict: str = "valley") -> Tagging:
    return Tagging(conflict, "1", "0" * 64, verdict, score, (), tags)


def subject(text: str = "Встреча в Москве", translation: str | None = "A meeting in Moscow", **changes: Any) -> Subject:
    fields: dict[str, Any] = {
        "item_id": 7,
        "source_id": "agency",
        "source_kind": "telegram",
        "publisher": "state",
        "country": "RU",
        "side": "russia",
        "language": "ru",
        "original": fold(text),
        "translation": None if translation is None else fold(translation),
        "first_copy": 7,
        "embedded_posts": (),
    }
    return Subject(**fields | changes)


TALKS = tagging(
    tag(TagKind.TOPIC, "talks"), tag(TagKind.TOPIC, "diplomacy", derived=True), tag(TagKind.PLACE, "lachin")
)
BACKGROUND = tagging(tag(TagKind.TOPIC, "talks", Salience.BACKGROUND))
POSSIBLE = tagging(tag(TagKind.TOPIC, "talks"), verdict=Verdict.POSSIBLE, score=0.7)


@pytest.mark.parametrize(
    ("fields", "taggings", "matches"),
    [
        ({"topics": ["diplomacy"]}, [TALKS], True),  # the parent of what the item has
        ({"topics": ["talks"], "places": ["lachin"]}, [TALKS], True),
        ({"topics": ["talks"], "places": ["shusha"]}, [TALKS], False),
        ({"topics": ["talks"], "places": ["lachin"]}, [tagging(*TALKS.tags[:1]), tagging(TALKS.tags[2])], False),
        ({"topics": ["talks"]}, [BACKGROUND], False),
        ({"topics": ["talks"], "salience": "any"}, [BACKGROUND], True),
        ({"topics": ["talks"]}, [POSSIBLE], False),
        ({"topics": ["talks"], "verdicts": ["relevant", "possible"]}, [POSSIBLE], True),
        ({"verdicts": ["possible"]}, [TALKS], False),
        ({"verdicts": ["relevant"], "conflict": "coast"}, [TALKS], False),
        ({"min_score": 3}, [TALKS], True),
        ({"min_score": 3.1}, [TALKS], False),
        ({"topics": ["talks"], "min_score": 3.1}, [TALKS], False),
        ({"sides": ["russia"]}, [], True),
        ({"sides": ["armenia"]}, [], False),
        ({"countries": ["RU", "AM"], "publishers": ["state"]}, [], True),
        ({"publishers": ["wire"]}, [], False),
        ({"source_kinds": ["telegram"]}, [], True),
        ({"source_kinds": ["feed"]}, [], False),
    ],
)
def test_fields(fields: dict[str, Any], taggings: list[Tagging], matches: bool) -> None:
    assert bool(match(parse_query(fields), subject(), taggings)) is matches


@pytest.mark.parametrize(
    ("words", "words_in", "matches"),
    [
        ("встреча moscow", "any", True),
        ("moscow", "original", False),
        ("moscow", "translation", True),
        ("moscow", "both", False),
        ("встреча OR meeting", "both", True),
        ('"a meeting" AND NOT baku', "translation", True),
        ("meet* -moscow", "translation", False),
    ],
)
def test_words_in_the_original_or_the_translation(words: str, words_in: str, matches: bool) -> None:
    assert bool(match(parse_query({"words": words, "words_in": words_in}), subject(), [])) is matches


def test_words_of_a_translation_that_is_not_there_do_not_match() -> None:
    assert not match(parse_query({"words": "встреча", "words_in": "both"}), subject(translation=None), [])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"verdicts": ["no"]}, "verdicts: 'no' is none of relevant, possible"),
        ({"publishers": ["royal"]}, "publishers: 'royal' is none of state"),
        ({"source_kinds": "feed"}, "source_kinds: not a list"),
        ({"salience": "loud", "topics": ["talks"]}, "salience: 'loud' is none of reported, any"),
        ({"words_in": "title", "words": "x"}, "words_in: 'title' is none of"),
        ({"min_score": "high"}, "min_score: 'high' is no number"),
        ({"min_score": True}, "min_score: True is no number"),
        ({"conflict": 5, "topics": ["x"]}, "conflict: not a string"),
        ({"conflict": "valley"}, "topics: name at least one"),
    ],
)
def test_what_is_wrong_is_named(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_query(fields)


WORDS = ["встреча", "moscow", "meet*", '"a meeting"', "-baku", "москве OR baku", "NOT moscow", "мос*"]
some = st.lists(st.sampled_from(["talks", "diplomacy", "lachin", "shusha"]), max_size=2, unique=True)
queries = st.fixed_dictionaries(
    {},
    optional={
        "topics": some,
        "places": some,
        "sides": st.sampled_from([["russia"], ["armenia"], ["armenia", "russia"]]),
        "languages": st.sampled_from([["ru"], ["hy"]]),
        "verdicts": st.sampled_from([["relevant"], ["possible"]]),
        "salience": st.just("any"),
        "min_score": st.sampled_from([0, 3, 9]),
        "words": st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join),
    },
)


@given(st.lists(queries, max_size=8), st.sampled_from([[], [TALKS], [POSSIBLE], [BACKGROUND], [POSSIBLE, TALKS]]))
def test_the_index_leaves_out_only_what_cannot_match(wanted: list[dict[str, Any]], taggings: list[Tagging]) -> None:
    parsed = {f"q{n}": parse_query(fields, may_be_empty=True) for n, fields in enumerate(wanted)}
    matching = {name for name, query in parsed.items() if match(query, subject(), taggings)}
    assert matching <= set(QueryIndex(parsed).candidates(subject(), taggings))


def test_the_index_leaves_out_most() -> None:
    index = QueryIndex({f"q{n}": parse_query({"topics": [f"topic-{n}"]}) for n in range(100)})
    found = index.candidates(subject(), [tagging(tag(TagKind.TOPIC, "topic-4"))])
    assert list(found) == ["q4"]
