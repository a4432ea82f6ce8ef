"""Translations, where they came from, and the memory of sentences."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from ceasewire.store.columns import json_list, json_object, time


class StoredTranslation(SQLModel, table=True):
    """The current translation of an item, with its provenance."""

    __tablename__ = "translation"
    __table_args__ = (
        Index("ix_translation_model", "source_language", "confidence", "package", "package_version", "item_id"),
    )

    item_id: int = Field(foreign_key="item.id", primary_key=True)
    title: str
    text: str
    source_language: str
    target_language: str
    engine: str
    package: str
    package_version: str
    settings: dict[str, Any] = json_object()
    confidence: str
    warnings: list[dict[str, str]] = json_list()
    created_at: datetime = time()


class TranslationHistory(SQLModel, table=True):
    """Where a translation came from that a better one has replaced."""

    __tablename__ = "translation_history"

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="item.id", index=True)
    source_language: str
    engine: str
    package: str
    package_version: str
    settings: dict[str, Any] = json_object()
    confidence: str
    created_at: datetime = time()
    replaced_at: datetime = time()


class MemoryEntry(SQLModel, table=True):
    """The translation memory: sentence, model and settings hashed into a key."""

    __tablename__ = "translation_memory"

    key: str = Field(primary_key=True)
    text: str
    used_at: datetime = time(index=True)
