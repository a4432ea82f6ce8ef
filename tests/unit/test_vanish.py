"""What makes an item of an official source a suspect, what confirms it, and what is no evidence at all."""

from datetime import UTC, datetime, timedelta

import pytest

from ceasewire.items import FailureKind, Fetched, FetchFailed, Publisher, SourceForPoll, SourceKind
from ceasewire.items.listing import Absent, Listed
from ceasewire.pipeline.vanish import (
    PAUSES,
    PAUSES_THERE,
    Answer,
    Comparison,
    Outcome,
    Step,
    find_absent,
    is_watched,
    judge_page,
    judge_preview,
    next_step,
)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NOTHING = Comparison(evidence=True)
NO_EVIDENCE = Comparison(evidence=False)


def listed(number: int, **changes: object) -> Listed:
    """Item 1 is the oldest, each next one an hour younger."""
    fields = {
        "item_id": number,
        "published_at": NOON + timedelta(hours=number),
        "content_hash": f"text {number}",
        "url": f"https://ministry.example/{number}",
    }
    return Listed(**fields | changes)  # type: ignore[arg-type]


def listing(*numbers: int) -> list[Listed]:
    return [listed(number) for number in numbers]


class TestListings:
    """A body beside the one before it."""

    def test_an_item_gone_from_between_is_absent(self) -> None:
        found = find_absent(listing(6, 5, 4, 3, 2), listing(7, 6, 5, 3, 2))
        assert found == Comparison(True, (Absent(4, "https://ministry.example/3"),))

    def test_the_newest_may_be_the_one(self) -> None:
        assert find_absent(listing(6, 5, 4, 3), listing(5, 4, 3)).absent == (Absent(6, "https://ministry.example/5"),)

    def test_what_rolls_out_at_the_end_is_not_missed(self) -> None:
        assert find_absent(listing(6, 5, 4, 3, 2), listing(8, 7, 6, 5, 4)) == NOTHING

    def test_a_channel_lists_the_oldest_first(self) -> None:
        found = find_absent(listing(1, 2, 3, 4, 5), listing(2, 3, 5, 6))
        assert found.absent == (Absent(4, "https://ministry.example/3"),)

    def test_a_listing_without_times_counts_as_newest_first(self) -> None:
        before, now = ([listed(n, published_at=NOON) for n in numbers] for numbers in ((6, 5, 4, 3), (6, 4, 3)))
        assert find_absent(before, now).absent == (Absent(5, "https://ministry.example/4"),)

    def test_a_window_that_moved_on_altogether_tells_nothing(self) -> None:
        assert find_absent(listing(4, 3, 2, 1), listing(9, 8, 7, 6)) == NOTHING

    def test_a_pinned_old_entry_is_no_older_neighbour(self) -> None:
        """It is listed for ever on top, whatever rolls out below."""
        assert find_absent(listing(1, 7, 6, 5, 4, 3), listing(1, 9, 8, 7, 6, 5)) == NOTHING

    def test_an_edited_entry_that_jumped_to_the_top_changes_nothing(self) -> None:
        found = find_absent(listing(9, 8, 7, 6, 5, 4, 3, 2), listing(5, 9, 8, 7, 6, 4, 2))
        assert [each.item_id for each in found.absent] == [3]

    def test_a_list_by_popularity_is_no_evidence(self) -> None:
        assert find_absent(listing(3, 6, 2, 5, 1, 4), listing(3, 2, 5, 1, 4, 7)) == NOTHING

    def test_a_new_order_is_no_evidence(self) -> None:
        assert find_absent(listing(6, 5, 4, 3), listing(3, 4, 6)) == NO_EVIDENCE

    @pytest.mark.parametrize("now", [(), (6, 5), (9, 6, 2)])
    def test_half_of_it_gone_at_once_is_no_evidence(self, now: tuple[int, ...]) -> None:
        assert find_absent(listing(6, 5, 4, 3, 2), listing(*now)) == NO_EVIDENCE

    def test_the_same_text_under_another_address_has_not_vanished(self) -> None:
        now = [listed(7, content_hash="text 5"), listed(6), listed(4), listed(3)]
        assert find_absent(listing(6, 5, 4, 3), now) == NOTHING

    def test_another_old_entry_with_the_same_title_is_not_its_new_address(self) -> None:
        before = [listed(6), listed(5, content_hash="telephone call"), listed(4, content_hash="telephone call")]
        assert [each.item_id for each in find_absent(before, [before[0], before[2]]).absent] == [5]

    def test_what_has_no_address_cannot_be_asked_for(self) -> None:
        assert find_absent([listed(6), listed(5, url=None), listed(4)], listing(6, 4)) == NOTHING

    def test_the_control_is_the_next_older_one_that_has_an_address(self) -> None:
        before = [listed(6), listed(5), listed(4, url=None), listed(3)]
        assert find_absent(before, [before[0], before[2], before[3]]).absent == (
            Absent(5, "https://ministry.example/3"),
        )


@pytest.mark.parametrize(
    ("publisher", "options", "watched"),
    [
        (Publisher.STATE, {}, True),
        (Publisher.STATE, {"watch_vanished": False}, False),
        (Publisher.WIRE, {}, False),
        (Publisher.NGO, {"watch_vanished": True}, True),
        (None, {}, False),
    ],
)
def test_official_sources_are_watched_unless_their_row_says_otherwise(
    publisher: Publisher | None, options: dict[str, bool], watched: bool
) -> None:
    source = SourceForPoll(
        "m", "M", "https://m.example/f", SourceKind.FEED, None, None, False, options, None, None, None, publisher
    )
    assert is_watched(source) is watched


def fetched(url: str, body: bytes = b"<html>") -> Fetched:
    return Fetched(url, 200, "text/html", body, None, None, None, None, NOON, 0.1)


def failed(kind: FailureKind) -> FetchFailed:
    return FetchFailed(kind, f"said {kind}", None, None, NOON, 0.1)


OWN = "https://ministry.example/news/7"
CHANNEL = "".join(
    f'<div class="tgme_widget_message" data-post="ministry/{n}"><time datetime="2026-03-02T10:00:00Z"></time></div>'
    for n in (5, 6, 8)
).encode()


class TestAnswers:
    """What an address says."""

    @pytest.mark.parametrize("kind", FailureKind)
    def test_only_not_found_and_gone_say_that_a_page_is_missing(self, kind: FailureKind) -> None:
        missing = kind in (FailureKind.MISSING, FailureKind.GONE)
        assert judge_page(failed(kind), OWN)[0] is (Answer.MISSING if missing else Answer.UNCLEAR)

    def test_a_page_that_answers_is_there_wherever_it_has_moved(self) -> None:
        assert judge_page(fetched(OWN), OWN)[0] is Answer.THERE
        assert judge_page(fetched("https://ministry.example/archive/7"), OWN)[0] is Answer.THERE

    def test_a_redirect_to_the_front_page_says_that_it_is_missing(self) -> None:
        assert judge_page(fetched("https://ministry.example/"), OWN)[0] is Answer.MISSING

    def test_a_channel_is_asked_for_its_messages(self) -> None:
        page = fetched("https://t.me/s/ministry?before=9", CHANNEL)
        assert judge_preview(page, "8")[0] is Answer.THERE
        assert judge_preview(page, "7") == (
            Answer.MISSING,
            "the channel shows 3 messages before it, and not this one",
        )

    def test_a_channel_without_messages_says_nothing_of_one(self) -> None:
        assert judge_preview(fetched("https://t.me/s/ministry"), "7")[0] is Answer.UNCLEAR
        assert judge_preview(failed(FailureKind.MISSING), "7")[0] is Answer.UNCLEAR


class TestSteps:
    """From an answer to what follows."""

    def test_missing_is_believed_when_the_control_answers(self) -> None:
        assert next_step(Answer.MISSING, 1, has_control=True, of_control=False) == Step(None, control=True)
        assert next_step(Answer.THERE, 2, has_control=True, of_control=True) == Step(Outcome.VANISHED)

    def test_missing_is_believed_where_there_is_no_control(self) -> None:
        assert next_step(Answer.MISSING, 1, has_control=False, of_control=False) == Step(Outcome.VANISHED)

    @pytest.mark.parametrize("answer", [Answer.MISSING, Answer.UNCLEAR])
    def test_a_site_that_answers_so_for_everything_is_asked_again_and_then_left(self, answer: Answer) -> None:
        assert next_step(answer, 2, has_control=True, of_control=True) == Step(None, PAUSES[1])
        assert next_step(answer, len(PAUSES) + 1, has_control=True, of_control=True) == Step(Outcome.UNCLEAR)

    def test_what_is_still_there_is_asked_twice_more_within_a_week(self) -> None:
        steps = [next_step(Answer.THERE, asked, has_control=True, of_control=False) for asked in (1, 2, 3)]
        assert steps == [Step(None, PAUSES_THERE[0]), Step(None, PAUSES_THERE[1]), Step(Outcome.THERE)]

    def test_no_answer_is_asked_for_with_growing_pauses(self) -> None:
        steps = [
            next_step(Answer.UNCLEAR, asked, has_control=True, of_control=False) for asked in range(1, len(PAUSES) + 2)
        ]
        assert [step.pause for step in steps[:-1]] == sorted(PAUSES)
        assert steps[-1] == Step(Outcome.UNCLEAR)
