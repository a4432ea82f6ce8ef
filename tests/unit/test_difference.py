"""What a changed model changes, counted."""

from ceasewire.pipeline.difference import Difference, Said, reported, said
from ceasewire.pipeline.tag import tag_item
from tests.unit.conflicts import small

SHELLING, TRUCE = ("topic", "shelling"), ("topic", "truce")


def test_only_what_the_text_reports_counts_and_no_parents() -> None:
    tags = [
        ("topic", "shelling", "reported", False),
        ("topic", "fighting", "reported", True),
        ("topic", "truce", "background", False),
    ]
    assert reported(tags) == {SHELLING}


def test_a_tagging_as_a_reader_sees_it() -> None:
    tagging = tag_item(
        small(), title="", text="Shelling in the green valley", language="en", published_at=None, translation=None
    )
    assert said(tagging) == Said("relevant", frozenset({SHELLING}))


def test_changes_are_counted_and_what_stays_is_not() -> None:
    difference = Difference()
    assert difference.add(Said("no", frozenset()), Said("no", frozenset())) is None
    change = difference.add(Said("no", frozenset({TRUCE})), Said("relevant", frozenset({SHELLING})))
    assert change is not None
    assert change.turned
    assert (set(change.gained), set(change.lost)) == ({SHELLING}, {TRUCE})
    same_verdict = difference.add(Said("relevant", frozenset()), Said("relevant", frozenset({SHELLING})))
    assert same_verdict is not None
    assert not same_verdict.turned
    assert (difference.items, difference.changed) == (3, 2)
    assert difference.verdicts == {("no", "relevant"): 1}
    assert (difference.gained, difference.lost) == ({SHELLING: 2}, {TRUCE: 1})
    assert difference.tags() == [SHELLING, TRUCE]
