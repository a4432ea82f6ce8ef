"""Which items match a subscription, with which reason, and which are the same news."""

import pytest

from ceasewire.items import Evidence, Salience, Tag, Tagging, TagKind, Verdict
from ceasewire.pipeline.alert import Subject, dedupe_key, intents, match
from ceasewire.pipeline.query import parse_query
from ceasewire.words import fold


def tagging(
    topic: str = "talks", verdict: Verdict = Verdict.RELEVANT, salience: Salience = Salience.REPORTED
) -> Tagging:
    evidence = Evidence("встреч*", "ru", "text", 0, 7, "Встреча")
    tag = Tag(TagKind.TOPIC, topic, 1.0, salience, derived=False, evidence=(evidence,))
    return Tagging("valley", "1", "0" * 64, verdict, 3.0, (), (tag,))


def subject(
    text: str = "Встреча в Москве",
    item_id: int = 7,
    first_copy: int | None = None,
    posts: tuple[int, ...] = (),
    translation: str | None = None,
) -> Subject:
    return Subject(
        item_id=item_id,
        source_id="agency",
        source_kind="feed",
        publisher="wire",
        country="RU",
        side="russia",
        language="ru",
        original=fold(text),
        translation=None if translation is None else fold(translation),
        first_copy=first_copy or item_id,
        embedded_posts=posts,
    )


def test_a_topic_matches_with_the_words_that_made_the_tag() -> None:
    assert match(parse_query({"topics": ["talks"]}), subject(), [tagging()]) == ("topic: talks because of “Встреча”",)


@pytest.mark.parametrize(
    "unfit",
    [
        tagging(verdict=Verdict.POSSIBLE),
        tagging(verdict=Verdict.NO),
        tagging(salience=Salience.BACKGROUND),
        tagging(topic="landmines"),
    ],
)
def test_what_is_not_relevant_or_only_background_never_alerts(unfit: Tagging) -> None:
    assert match(parse_query({"topics": ["talks"]}), subject(), [unfit]) == ()


def test_between_fields_all_must_match() -> None:
    query = parse_query({"topics": ["talks"], "languages": ["hy"]})
    assert match(query, subject(), [tagging()]) == ()


def test_a_query_for_another_conflict_does_not_match() -> None:
    assert match(parse_query({"conflict": "coast", "topics": ["talks"]}), subject(), [tagging()]) == ()


@pytest.mark.parametrize(
    ("words", "matches"),
    [
        ("москве", True),
        ("моск*", True),
        ('"встреча в москве"', True),
        ('"москве встреча"', False),
        ("москве -встреча", False),
        ("баку OR москве", True),
        ("баку", False),
    ],
)
def test_words_are_compared_folded(words: str, matches: bool) -> None:
    assert bool(match(parse_query({"words": words}), subject(), [])) is matches


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"topic": ["talks"]}, "topic: no such field"),
        ({"topics": "talks"}, "topics: not a list"),
        ({"words": "-"}, "words: "),
        ({}, "topics: name at least one"),
    ],
)
def test_an_invalid_query_names_its_field(fields: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        parse_query(fields)


def test_a_post_and_the_articles_that_carry_it_are_one_alert() -> None:
    post = subject(item_id=7)
    first, second = subject(item_id=8, posts=(7,)), subject(item_id=9, posts=(7, 12), first_copy=3)
    assert dedupe_key(post) == dedupe_key(first) == dedupe_key(second)


def test_copies_of_one_report_are_one_alert_and_other_news_another() -> None:
    assert dedupe_key(subject(item_id=1, first_copy=3)) == dedupe_key(subject(item_id=2, first_copy=3))
    assert dedupe_key(subject(item_id=1)) != dedupe_key(subject(item_id=2))


def test_an_intent_for_each_subscription_that_matches() -> None:
    queries = {"a": parse_query({"topics": ["talks"]}), "b": parse_query({"words": "баку"})}
    assert [intent.subscription_id for intent in intents(queries, subject(), [tagging()])] == ["a"]
