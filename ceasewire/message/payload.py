"""The alert as JSON: the body of a webhook, the data of a live stream's event."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from ceasewire.items import AlertKind
from ceasewire.message.letter import (
    EXCERPT,
    SHORT_EXCERPT,
    count_copies,
    excerpt,
    other_sources,
    read_query,
    story_of,
)
from ceasewire.message.links import Links
from ceasewire.message.why import contexts
from ceasewire.pipeline.query import AlertQuery
from ceasewire.store.alerts import AlertForDelivery, CarriedAlert
from ceasewire.store.views import ItemView, StoryView


def make_payload(alert: AlertForDelivery, links: Links) -> dict[str, Any]:
    """`type`, `timestamp` and `data` as Standard Webhooks asks; what is about one item has it under `item`."""
    query = read_query(alert.subscription.query)
    about_item = alert.item is not None and alert.kind == AlertKind.ITEM
    data: dict[str, Any] = {
        "alert": alert.key,
        "kind": alert.kind,
        "subscription": {"id": alert.subscription.id, "name": alert.subscription.name},
        "reasons": list(alert.reasons),
        "unsubscribe": links.unsubscribe(alert.subscription.id),
        **{name: value for name, value in alert.body.items() if name != "alert"},
    }
    if alert.item is not None:
        data |= _about(alert.item, query, links)
    if alert.carried:
        data["items"] = [_carried(one, links) for one in alert.carried if one.item]
    return {
        "type": "item.matched" if about_item else f"{alert.kind}.raised",
        "timestamp": _iso(alert.created_at),
        "data": data,
    }


def _about(item: ItemView, query: AlertQuery, links: Links) -> dict[str, Any]:
    return {
        "link": links.item(item.id),
        "item": item_json(item),
        "why": [asdict(one) for one in contexts(query, item)],
        **_story(item, story_of(item)),
    }


def _carried(one: CarriedAlert, links: Links) -> Mapping[str, Any]:
    """One of many: its texts are shorter, lest a receiver refuse the whole for its length."""
    assert one.item is not None
    own = {"alert": one.key, "reasons": list(one.reasons), "link": links.item(one.item.id)}
    return {**item_json(one.item, SHORT_EXCERPT), **own, **_story(one.item, one.story)}


def _story(item: ItemView, story: StoryView | None) -> Mapping[str, Any]:
    others = {side: [one.id for one in there] for side, there in other_sources(item, story).items()}
    return {"copies": count_copies(story), "other_sources": others}


def item_json(item: ItemView, length: int = EXCERPT) -> Mapping[str, Any]:
    """An item with its texts cut."""
    return {
        "id": item.id,
        "kind": item.kind,
        "url": item.url,
        "source": _source(item),
        "author": item.author,
        "platform": item.platform,
        "handle": item.handle,
        "published_at": _iso(item.published_at),
        "vanished_at": _iso(item.vanished_at) if item.vanished_at else None,
        "language": item.language,
        "title": item.title,
        "text": excerpt(item.text, length),
        "translation_state": item.translation_state,
        "translation": _translation(item, length),
        "tags": _tags(item),
        "sample": item.sample,
    }


def _source(item: ItemView) -> Mapping[str, Any]:
    return {name: getattr(item.source, name) for name in ("id", "name", "kind", "country", "publisher", "side")}


def _translation(item: ItemView, length: int) -> Mapping[str, Any] | None:
    translation = item.translation
    if translation is None:
        return None
    return {
        "language": translation.target_language,
        "title": translation.title,
        "text": excerpt(translation.text, length),
        "package": translation.package,
        "confidence": translation.confidence,
        "warnings": list(translation.warnings),
    }


def _tags(item: ItemView) -> Sequence[Mapping[str, Any]]:
    return [{name: getattr(tag, name) for name in ("conflict", "kind", "id", "salience")} for tag in item.tags]


def _iso(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")
