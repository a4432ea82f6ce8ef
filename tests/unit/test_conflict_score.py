"""Scoring and salience on a made-up conflict, a rule each."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ceasewire.conflict.explain import Tone, explain, spans
from ceasewire.conflict.score import score
from ceasewire.items import Salience, Tagging, TagKind, Translation, Verdict
from ceasewire.pipeline.tag import only_in, tag_item
from tests.unit.conflicts import small


def tag(text: str, language: str = "en", title: str = "", year: int | None = None) -> Tagging:
    day = datetime(year, 6, 1, tzinfo=UTC) if year else None
    return tag_item(small(), title=title, text=text, language=language, published_at=day)


def ids(tagging: Tagging, kind: TagKind = TagKind.TOPIC, salience: Salience | None = None) -> list[str]:
    return [one.id for one in tagging.tags if one.kind is kind and not one.derived and salience in (None, one.salience)]


@pytest.mark.parametrize(
    ("text", "verdict", "points"),
    [
        ("A quiet day in Green Valley", Verdict.RELEVANT, 3),
        ("Green Valley, again Green Valley", Verdict.RELEVANT, 3),  # a concept counts once
        ("A quiet day in Hilltown", Verdict.POSSIBLE, 2),
        ("Leftland and Rightland", Verdict.POSSIBLE, 2),
        ("Leftland and Rightland agree on a truce", Verdict.RELEVANT, 3),
        ("Leftland is far", Verdict.NO, 1),
        ("Leftland shells a village", Verdict.RELEVANT, 3),  # one side and a hard word close by
        ("Leftland said that on that day it rained shells", Verdict.NO, 1),  # too far apart
        ("Leftland is at war", Verdict.NO, 1),  # a weak term is no hard word
        ("Leftland University shells peas", Verdict.NO, 0),  # excluded
        ("Green Valley football", Verdict.NO, -1),
        ("“Hilltown” wins", Verdict.NO, 0),  # in quotation marks of its own
        ("“Hilltown is ours”", Verdict.POSSIBLE, 2),  # a quotation that starts with the name
        ("By the Old Ford", Verdict.POSSIBLE, 2),
        ("Football by the Old Ford", Verdict.NO, -4),  # not near sport
    ],
)
def test_relevance(text: str, verdict: Verdict, points: float) -> None:
    tagging = tag(text)
    assert (tagging.verdict, tagging.score) == (verdict, points)
    assert sum(evidence.weight for evidence in tagging.evidence) == points


def test_the_home_side_next_to_a_hard_word_proves_nothing() -> None:
    assert tag("ձախ հրետակոծ", "hy").verdict is Verdict.NO
    assert tag("աջ հրետակոծ", "hy").verdict is Verdict.RELEVANT


def test_only_title_and_lead_count_for_relevance() -> None:
    assert tag("x " * 120 + "Green Valley").verdict is Verdict.NO
    assert tag("x " * 120, title="Green Valley").verdict is Verdict.RELEVANT


def test_topics_are_given_to_relevant_texts_only() -> None:
    assert ids(tag("A truce in Hilltown")) == []
    assert ids(tag("A truce in Green Valley")) == ["truce"]


def test_a_match_inside_a_longer_one_of_another_topic_is_dropped() -> None:
    assert ids(tag("They violated the truce in Green Valley")) == ["truce_violation"]


def test_two_weak_terms_make_a_topic_and_one_does_not() -> None:
    assert ids(tag("Green Valley war")) == []
    assert ids(tag("Green Valley war, war")) == []
    assert ids(tag("Green Valley war and battles")) == ["shelling"]


@pytest.mark.parametrize(("year", "expected"), [(2020, []), (2021, ["truce"]), (2022, []), (None, [])])
def test_a_dated_term_counts_in_its_time(year: int | None, expected: list[str]) -> None:
    assert ids(tag("The deal in Green Valley", year=year)) == expected


def test_parents_are_derived_with_the_childs_evidence() -> None:
    tagging = tag("Shells hit Green Valley")
    parent = next(one for one in tagging.tags if one.derived)
    assert (parent.id, parent.evidence[0].text) == ("fighting", "Shells")


@pytest.mark.parametrize(
    ("text", "language", "year", "expected"),
    [
        ("Truce in Green Valley", "en", None, Salience.REPORTED),
        ("Green Valley quiet after the truce", "en", None, Salience.BACKGROUND),
        ("Green Valley quiet after rain, truce holds", "en", None, Salience.REPORTED),  # another clause
        ("After the truce Green Valley saw another truce", "en", None, Salience.REPORTED),  # one mention reports
        ("The 2019 truce in Green Valley", "en", 2021, Salience.BACKGROUND),
        ("The 2021 truce in Green Valley", "en", 2021, Salience.REPORTED),
    ],
)
def test_salience(text: str, language: str, year: int | None, expected: Salience) -> None:
    truce = next(one for one in tag(text, language, year=year).tags if one.id == "truce")
    assert truce.salience is expected
    assert bool(truce.reason) == (expected is Salience.BACKGROUND)


def test_a_cue_may_stand_behind_and_only_for_its_topics() -> None:
    text = "Leftland: bombaladıktan sonra"
    document = small().matcher.document("", text, 200)
    found = score(small(), document, None, None).topics
    assert [(one.id, one.background is not None) for one in found] == [("shelling", True)]


@pytest.mark.parametrize(
    ("title", "text", "behind"),
    [
        ("", "Truce stops shelling in Green Valley", True),
        ("", "Truce in Green Valley, shelling at night", False),  # a clause of its own
        ("Truce in Green Valley", "The shelling ends at noon.", True),
        ("Shelling in Green Valley", "A truce is near.", False),  # the title reports it
    ],
)
def test_what_another_topic_is_about_is_background(title: str, text: str, behind: bool) -> None:
    rules = replace(
        small().salience, short_lead=100, details={"shelling": frozenset({"truce"}), "truce": frozenset({"shelling"})}
    )
    conflict = replace(small(), salience=replace(rules, about={"truce": frozenset({"shelling"})}))
    document = conflict.matcher.document(title, text, 200)
    found = {one.id: one.background for one in score(conflict, document, "en", None).topics}
    assert (found["truce"], found["shelling"] is not None) == (None, behind)


@pytest.mark.parametrize("details", [{}, {"shelling": frozenset({"truce"})}, {"shelling": frozenset({"shelling"})}])
def test_below_a_title_only_its_details_are_news(details: dict[str, frozenset[str]]) -> None:
    conflict = replace(small(), salience=replace(small().salience, short_lead=100, details=details))
    document = conflict.matcher.document("Truce in Green Valley", "There was shelling.", 200)
    found = {one.id: one.background for one in score(conflict, document, "en", None).topics}
    assert (found["shelling"] is None) == ("truce" in details.get("shelling", ()))


def test_title_and_text_have_their_own_offsets() -> None:
    tagging = tag("A truce", title="Green Valley shelled")
    places = {(evidence.field, evidence.start, evidence.text) for one in tagging.tags for evidence in one.evidence}
    assert places == {("title", 13, "shelled"), ("text", 2, "truce")}


def translation(text: str) -> Translation:
    return Translation("", text, "hy", "en", "test", "translate-hy_en", "1", {}, "good", ())


def test_original_and_translation_are_merged_and_disagreements_told() -> None:
    tagging = tag_item(
        small(),
        title="",
        text="աջ հրետակոծ",
        language="hy",
        published_at=None,
        translation=translation("Rightland shells Green Valley, truce is over"),
    )
    assert ids(tagging) == ["shelling", "truce"]
    assert {evidence.field for evidence in tagging.tags[0].evidence} == {"text", "translation.text"}
    found_in = {tag.id: only_in(evidence.field for evidence in tag.evidence) for tag in tagging.tags}
    assert found_in["truce"] == "translation"
    assert found_in["shelling"] is None
    assert tagging.verdict is Verdict.RELEVANT


def test_the_explanation_names_what_counted_and_what_was_dropped() -> None:
    document = small().matcher.document("", "They violated the truce in Green Valley after football", 200)
    lines = list(explain(small(), score(small(), document, "en", None)))
    texts = [line.text for line in lines]
    assert any("+3 valley" in text and "'Green Valley'" in text for text in texts)
    assert any(line.tone is Tone.AGAINST and "football" in line.text for line in lines)
    assert any("dropped topics.truce" in text and "truce_violation" in text for text in texts)


def test_the_spans_to_colour_are_the_matches() -> None:
    text = "Shells hit Green Valley after the truce"
    document = small().matcher.document("", text, 200)
    found = {(text[one.start : one.end], one.tone) for one in spans(score(small(), document, "en", None))}
    assert found == {("Shells", Tone.FOR), ("Green Valley", Tone.FOR), ("truce", Tone.BACKGROUND)}
