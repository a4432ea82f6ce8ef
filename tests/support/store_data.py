"""Rows for tests of the store, with the defaults that a test does not care about."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from ceasewire.items import (
    Changed,
    DateKind,
    Evidence,
    Fetched,
    ItemDraft,
    ItemKind,
    Language,
    New,
    Publisher,
    Salience,
    SourceConfig,
    SourceForPoll,
    SourceKind,
    Tag,
    Tagging,
    TagKind,
    Translation,
    Verdict,
)
from ceasewire.store import items, polls, sources, subscriptions, work
from ceasewire.store.session import Store

NOW = datetime(2021, 1, 11, 18, 0, tzinfo=UTC)
RUSSIAN = Language("ru", 0.97, "script")


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def source_config(source_id: str = "kremlin", **changes: Any) -> SourceConfig:
    fields: dict[str, Any] = {
        "id": source_id,
        "name": source_id.title(),
        "url": f"https://{source_id}.example/feed",
        "kind": SourceKind.FEED,
        "language": "ru",
        "country": "RU",
        "publisher": Publisher.STATE,
        "side": "russia",
        "timezone": "Europe/Moscow",
        "enabled": True,
        "disabled_reason": None,
    }
    return SourceConfig(**fields | changes)


def add_source(store: Store, source_id: str = "kremlin", **changes: Any) -> SourceForPoll:
    """Configure one more source and claim it."""
    with store.write() as s:
        configs = [status.config for status in sources.list_sources(s)]
        sources.save_sources(s, [*configs, source_config(source_id, **changes)], NOW, sample=False)
        claimed = claim_source(s, source_id, NOW, lease_seconds=1, force=True)
    assert claimed is not None
    return claimed


def claim_source(
    s: Session, source_id: str, now: datetime, lease_seconds: int = 120, *, force: bool = False
) -> SourceForPoll | None:
    """Claim one source by itself; None where it is not to be had."""
    claimed = polls.claim_sources(s, [source_id], now, lease_seconds, force=force)
    return claimed[0][0] if claimed else None


def draft(*keys: str, **changes: Any) -> ItemDraft:
    fields: dict[str, Any] = {
        "keys": keys,
        "kind": ItemKind.ENTRY,
        "url": None,
        "guid": None,
        "title": f"Заголовок {keys[0]}",
        "text": "",
        "html": "",
        "author": None,
        "platform": None,
        "handle": None,
        "post_id": None,
        "declared_language": None,
        "published_at": NOW,
        "date_kind": DateKind.EXACT,
        "parent": None,
        "shape": None,
    }
    fields |= changes
    fields.setdefault("content_hash", f"{fields['title']}|{fields['text']}")
    return ItemDraft(**fields)


def fetched(body: bytes = b"<rss/>") -> Fetched:
    return Fetched(
        url="https://kremlin.example/feed",
        status=200,
        content_type="application/rss+xml",
        body=body,
        etag='"7"',
        last_modified=None,
        max_age_seconds=300,
        permanent_url=None,
        fetched_at=NOW,
        seconds=0.2,
    )


def save_new(s: Session, source: SourceForPoll, *drafts: ItemDraft, now: datetime = NOW) -> items.Saved:
    return items.save_items(s, source, [New(one) for one in drafts], now)


def save_changed(s: Session, source: SourceForPoll, item_id: int, changed: ItemDraft, now: datetime) -> items.Saved:
    return items.save_items(s, source, [Changed(changed, item_id)], now)


def add_items(store: Store, source: SourceForPoll, *drafts: ItemDraft) -> list[int]:
    """Store new items; returns their ids in order."""
    with store.write() as s:
        return list(save_new(s, source, *drafts).new_ids)


def tagging(*topics: str, conflict: str = "karabakh", verdict: Verdict = Verdict.RELEVANT, **changes: Any) -> Tagging:
    found = Evidence("встреча", "ru", "title", 0, 7, "Встреча")
    salience = changes.pop("salience", Salience.REPORTED)
    tags = tuple(Tag(TagKind.TOPIC, topic, 0.8, salience, False, (found,)) for topic in topics)
    return Tagging(conflict, "1", "0" * 64, verdict, 0.9, (found,), tags)


def claim_for_enrich(s: Session, item_id: int, now: datetime, lease_seconds: int = 60) -> work.ItemForEnrich | None:
    """Claim one item by itself; None where it is not to be had."""
    claimed = work.claim_for_enrich(s, [item_id], now, lease_seconds).items
    return claimed[0] if claimed else None


def save_enriched(
    s: Session,
    item_id: int,
    language: Language,
    taggings: Sequence[Tagging],
    now: datetime,
    content_hash: str | None = None,
) -> bool:
    """Store what was found out about one item that wants a translation; False where its text was changed."""
    found = work.EnrichedItem(item_id, language, taggings, needs_translation=True, content_hash=content_hash)
    return item_id in work.save_enriched(s, [found], now)


def enrich(store: Store, item_id: int, *taggings: Tagging, language: Language = RUSSIAN) -> None:
    with store.write() as s:
        save_enriched(s, item_id, language, taggings, NOW)


def translation(title: str, text: str = "", language: str = "ru") -> Translation:
    return Translation(title, text, language, "en", "ctranslate2", f"translate-{language}_en", "1.9", {}, "good", ())


def subscribe(store: Store, subscription_id: str, query: Mapping[str, Any], **changes: Any) -> None:
    """One more active subscription, made at NOW unless `now` is given."""
    now = changes.pop("now", NOW)
    fields: dict[str, Any] = {"name": subscription_id.title(), "channel": "webhook", "target": "https://desk.example/"}
    with store.write() as s:
        new = subscriptions.NewSubscription(id=subscription_id, query=query, **fields | changes)
        subscriptions.insert_subscription(s, new, now)


def ids_of(found: Sequence[Any]) -> list[int]:
    return [one.id for one in found]
