"""What a subscriber chooses, and what an alert is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """When a subscription speaks."""

    INSTANT = "instant"  # one alert per story, at once
    DIGEST = "digest"  # what matched, gathered for an hour or a day
    SPIKE = "spike"  # the query's volume leaves its own baseline
    SILENCE = "silence"  # a source or side says nothing while others do
    SOURCE_TROUBLE = "source_trouble"  # a source is dead, moved, silent; a statement vanished


MATCHED_MODES = frozenset({Mode.INSTANT, Mode.DIGEST})  # every item is matched against these; the others look back


class Copies(StrEnum):
    """What becomes of copies and edits of what was alerted already."""

    FOLD = "fold"  # counted into the alert that was sent
    UPDATE = "update"  # sent as an update of it


class AlertKind(StrEnum):
    """What an alert is about. Those of `ABOUT_ONE_ITEM` have an item, the others their facts in `body`."""

    ITEM = "item"
    UPDATE = "update"  # copies and edits of what an earlier alert said
    DIGEST = "digest"  # the alerts that it carries
    SPIKE = "spike"
    SILENCE = "silence"
    SOURCE_TROUBLE = "source_trouble"
    TEST = "test"  # with the newest item that would match, if there is one
    BACKLOG = "backlog"  # what a paused channel kept back: the alerts that it carries


class AlertState(StrEnum):
    """How far an alert is."""

    PENDING = "pending"  # to be delivered when it is due
    COLLECTED = "collected"  # waits for its digest
    CARRIED = "carried"  # goes, or went, with the alert `carried_by`
    DELIVERED = "delivered"
    DEAD = "dead"  # given up; `last_error` says why


class FollowUpKind(StrEnum):
    """What came after an alert about the same news."""

    COPY = "copy"  # another source's text of the same story
    EDIT = "edit"  # the item itself was changed
    EMBED = "embed"  # the post of an alerted article, or an article with an alerted post


@dataclass(frozen=True, slots=True)
class Message:
    """An alert ready to be sent. `key` is the idempotency key: the same for every attempt.

    `text` and `html` say the same; `payload` is the JSON of a webhook. `follows` is the key of the alert that this one
    is an update of; `subscription_id` groups the messages of one subscription.
    """

    key: str
    subject: str
    text: str
    html: str
    payload: Mapping[str, object]
    unsubscribe_url: str
    subscription_id: str
    follows: str | None = None
