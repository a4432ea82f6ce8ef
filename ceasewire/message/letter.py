"""Letter: an alert as a person reads it, before it becomes text or HTML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ceasewire.items import AlertKind
from ceasewire.message.links import Links
from ceasewire.message.why import Context, contexts
from ceasewire.pipeline.query import AlertQuery, parse_query
from ceasewire.store.alerts import AlertForDelivery, CarriedAlert
from ceasewire.store.views import ItemDetail, ItemView, SourceRef, StoryView

EXCERPT = 1_200  # characters of a text that an alert carries; the link leads to the rest
SHORT_EXCERPT = 300  # of one among many
HEADLINE = 160
ENTRIES = 60  # of a digest that are written out
NO_SIDE = "other"

CHANGES = {
    "copy": "Another source carries the story.",
    "edit": "The text was changed.",
    "embed": "An article carries the post, or a post belongs to the article.",
}


@dataclass(frozen=True, slots=True)
class Wording:
    """A text in one language. `language` is BCP 47, empty where it is not known."""

    language: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One item. `note` says why there is no translation; `by_side` names other sources of the story."""

    headline: str
    link: str
    origin: str | None  # the item's own address, http or https
    source: str
    byline: str  # who says it: name, country, publisher, kind
    published_at: datetime
    withdrawn_at: datetime | None
    original: Wording
    translation: Wording | None
    translated_by: str
    warnings: Sequence[str]
    note: str
    reasons: Sequence[str]
    why: Sequence[Context]
    copies: int
    by_side: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Letter:
    """A whole message. `more`: entries that are not written out."""

    subject: str
    lines: Sequence[str]
    entries: Sequence[Entry]
    more: int
    subscription: str
    unsubscribe_url: str


def make_letter(alert: AlertForDelivery, links: Links) -> Letter:
    """The letter of one alert."""
    query = read_query(alert.subscription.query)
    entries = [_entry(alert.item, alert.reasons, query, links, EXCERPT, story_of(alert.item))] if alert.item else []
    carried = [one for one in alert.carried if one.item is not None]
    entries += [_carried(one, query, links) for one in carried[:ENTRIES]]
    entries += [_entry(one, (), query, links, SHORT_EXCERPT, None) for one in alert.named]
    count = int(alert.body.get("count", len(carried))) if alert.carried else len(carried)
    return Letter(
        subject=_subject(alert, entries),
        lines=_lines(alert),
        entries=entries,
        more=max(count - min(len(alert.carried), ENTRIES), 0),
        subscription=alert.subscription.name,
        unsubscribe_url=links.unsubscribe(alert.subscription.id),
    )


def read_query(fields: Mapping[str, Any]) -> AlertQuery:
    """A stored query; one that a newer version cannot read any more explains nothing."""
    try:
        return parse_query(fields, may_be_empty=True)
    except ValueError:
        return AlertQuery()


def _subject(alert: AlertForDelivery, entries: Sequence[Entry]) -> str:
    headline = str(alert.body.get("headline", ""))
    if headline or not entries:
        return headline or alert.subscription.name
    about = f"{entries[0].headline} ({entries[0].source})"
    return f"Update: {about}" if alert.kind == AlertKind.UPDATE else about


def _lines(alert: AlertForDelivery) -> list[str]:
    lines = [str(line) for line in alert.body.get("lines", ())]
    if alert.kind == AlertKind.UPDATE:
        lines.append(CHANGES.get(str(alert.body.get("change")), "Something came after it."))
        names = ", ".join(dict.fromkeys(one.source_name for one in alert.follow_ups))
        lines += [f"Since it was told: {len(alert.follow_ups)} more, from {names}."] if names else []
    # What is carried and has no item is told by its own words.
    return lines + [line for one in alert.carried if one.item is None for line in _told(one)]


def _told(one: CarriedAlert) -> list[str]:
    parts = [one.body.get("headline", ""), *one.body.get("lines", ())]
    return [" ".join(str(part) for part in parts if part)]


def _carried(one: CarriedAlert, query: AlertQuery, links: Links) -> Entry:
    assert one.item is not None
    return _entry(one.item, one.reasons, query, links, SHORT_EXCERPT, one.story)


# --- one item --------------------------------------------------------------------------------------------------


def _entry(
    item: ItemView, reasons: Sequence[str], query: AlertQuery, links: Links, length: int, story: StoryView | None
) -> Entry:
    translation = item.translation
    others = other_sources(item, story)
    return Entry(
        headline=headline(item),
        link=links.item(item.id),
        origin=item.url if item.url and item.url.startswith(("http://", "https://")) else None,
        source=item.source_name,
        byline=_byline(item),
        published_at=item.published_at,
        withdrawn_at=item.vanished_at,
        original=Wording(item.language or "", item.title, excerpt(item.text, length)),
        translation=_translation(item, length),
        translated_by=translation.package if translation else "",
        warnings=[str(warning["message"]) for warning in translation.warnings] if translation else (),
        note=_note(item),
        reasons=reasons,
        why=contexts(query, item),
        copies=count_copies(story),
        by_side={side: list(dict.fromkeys(one.name for one in there)) for side, there in others.items()},
    )


def _translation(item: ItemView, length: int) -> Wording | None:
    one = item.translation
    return None if one is None else Wording(one.target_language, one.title, excerpt(one.text, length))


def headline(item: ItemView) -> str:
    """The translated title, else the original one, else the beginning of the text."""
    translated = item.translation.title or item.translation.text if item.translation else ""
    line = (translated or item.title or item.text).strip().splitlines()
    return line[0][:HEADLINE] if line else item.url or "an item without text"


def _byline(item: ItemView) -> str:
    who = f"@{item.handle} on {item.platform}, by way of " if item.handle else ""
    kind = item.source.kind if item.source.kind != "feed" else ""
    return who + ", ".join(filter(None, [item.source_name, item.country, item.publisher, kind, item.author]))


def _note(item: ItemView) -> str:
    if item.translation is not None or item.translation_state == "not_needed":
        return ""
    if item.translation_state == "pending":
        return "Its translation did not come in time."
    return f"Not translated: {item.translation_reason or item.translation_state}"


def excerpt(text: str, length: int = EXCERPT) -> str:
    """The beginning of a text, cut between words."""
    text = text.strip()
    return text if len(text) <= length else text[:length].rsplit(" ", 1)[0] + " …"


# --- the rest of its story ---------------------------------------------------------------------------------------


def story_of(item: ItemView) -> StoryView | None:
    """The story of an item that was read in full."""
    return item.story if isinstance(item, ItemDetail) else None


def count_copies(story: StoryView | None) -> int:
    """Other texts of the same story that are known by now."""
    return len(story.copies) if story else 0


def other_sources(item: ItemView, story: StoryView | None) -> dict[str, list[SourceRef]]:
    """Other sources that carry the story, the item itself or an article around it, by side."""
    sources = [one.source for one in item.embedded_in]
    if isinstance(item, ItemDetail):
        sources += [one.source for one in item.sightings]
    sources += [one.source for one in (story.lead, *story.copies)] if story else []
    by_side: dict[str, list[SourceRef]] = {}
    for source in {one.id: one for one in sources if one.id != item.source_id}.values():
        by_side.setdefault(source.side or NO_SIDE, []).append(source)
    return by_side
