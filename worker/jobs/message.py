"""Message: what an alert says: what, who said it, when, original and translation, and why it matched."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ceasewire.items import AlertKind
from ceasewire.store.alerts import AlertForDelivery
from ceasewire.store.views import ItemDetail, ItemView
from worker.ports import Message

EXCERPT = 1_200  # characters of a text that an alert carries; the link leads to the rest


def compose(alert: AlertForDelivery, public_url: str) -> Message:
    """The message of one alert; the same for every attempt, but for a translation that has come meanwhile."""
    if alert.item is None or alert.kind == AlertKind.TEST:
        return _notice(alert, public_url)
    return _about_item(alert, alert.item, public_url)


def _notice(alert: AlertForDelivery, public_url: str) -> Message:
    """An alert that is not about one item says what its body says, and what it carries."""
    headline = str(alert.body.get("headline") or alert.subscription.name)
    items = [one for one in (alert.item, *(carried.item for carried in alert.carried)) if one is not None]
    listed = [f"- {_headline(one)}: {_link(one, public_url)}" for one in items]
    return Message(
        key=alert.key,
        subject=headline,
        text="\n\n".join([headline, *alert.body.get("lines", ()), *listed]),
        payload={
            "type": f"{alert.kind}.raised",
            "timestamp": _iso(alert.created_at),
            "data": {
                "alert": alert.key,
                "subscription": {"id": alert.subscription.id, "name": alert.subscription.name},
                **alert.body,
                "items": [_item(one) for one in items],
            },
        },
    )


def _link(item: ItemView, public_url: str) -> str:
    return f"{public_url.rstrip('/')}/view/items/{item.id}"


def _about_item(alert: AlertForDelivery, item: ItemDetail, public_url: str) -> Message:
    link = _link(item, public_url)
    subject = _headline(item)
    return Message(
        key=alert.key,
        subject=f"{subject} ({item.source_name})",
        text=_text(alert, item, link),
        payload={
            "type": "item.matched",
            "timestamp": _iso(alert.created_at),
            "data": {
                "alert": alert.key,
                "subscription": {"id": alert.subscription.id, "name": alert.subscription.name},
                "reasons": list(alert.reasons),
                "link": link,
                "item": _item(item),
            },
        },
    )


def _headline(item: ItemView) -> str:
    translated = item.translation.title or item.translation.text if item.translation else ""
    line = (translated or item.title or item.text).strip().splitlines()
    return line[0][:160] if line else item.url or "an item without text"


def _text(alert: AlertForDelivery, item: ItemDetail, link: str) -> str:
    parts = [
        _headline(item),
        f"{item.source_name}, {item.published_at:%Y-%m-%d %H:%M} UTC",
        "Why: " + "; ".join(alert.reasons),
        _excerpt(f"{item.title}\n{item.text}"),
        _translation_text(item),
        link,
    ]
    return "\n\n".join(part for part in parts if part)


def _translation_text(item: ItemView) -> str:
    if item.translation is None:
        return "" if item.language == "en" else f"Not translated: {item.translation_reason or item.translation_state}"
    warned = "".join(f"\nWarning: {warning['message']}" for warning in item.translation.warnings)
    text = f"{item.translation.title}\n{item.translation.text}"
    return f"Translation ({item.translation.package}): {_excerpt(text)}{warned}"


def _item(item: ItemView) -> Mapping[str, Any]:
    translation = item.translation
    return {
        "id": item.id,
        "kind": item.kind,
        "url": item.url,
        "source": {
            "id": item.source_id,
            "name": item.source_name,
            "country": item.country,
            "publisher": item.publisher,
        },
        "author": item.author,
        "platform": item.platform,
        "handle": item.handle,
        "published_at": _iso(item.published_at),
        "language": item.language,
        "title": item.title,
        "text": _excerpt(item.text),
        "translation_state": item.translation_state,
        "translation": translation
        and {
            "title": translation.title,
            "text": _excerpt(translation.text),
            "package": translation.package,
            "confidence": translation.confidence,
            "warnings": list(translation.warnings),
        },
        "tags": [
            {"conflict": tag.conflict, "kind": tag.kind, "id": tag.id, "salience": tag.salience} for tag in item.tags
        ],
        "sample": item.sample,
    }


def _excerpt(text: str) -> str:
    text = text.strip()
    return text if len(text) <= EXCERPT else text[:EXCERPT].rsplit(" ", 1)[0] + " …"


def _iso(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")
