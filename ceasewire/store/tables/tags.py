"""Verdicts and tags with their evidence, and what an earlier model said."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from ceasewire.store.columns import json_list, time


class Assessment(SQLModel, table=True):
    """One conflict's verdict on one item."""

    __table_args__ = (
        UniqueConstraint("item_id", "conflict"),
        Index("ix_assessment_recent", "verdict", "published_at", "item_id", "conflict", "score"),
    )

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="item.id")
    published_at: datetime = time()  # of the item: the index gives the newest of a verdict
    conflict: str
    verdict: str
    score: float
    evidence: list[dict[str, Any]] = json_list()
    model_version: str
    model_sha256: str
    assessed_at: datetime = time()


class AssessmentHistory(SQLModel, table=True):
    """What an earlier model of a conflict said of an item, its tags with it: `replaced_at` is until when."""

    __tablename__ = "assessment_history"
    __table_args__ = (UniqueConstraint("item_id", "conflict", "model_sha256"),)

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="item.id")
    conflict: str
    verdict: str
    score: float
    evidence: list[dict[str, Any]] = json_list()
    tags: list[dict[str, Any]] = json_list()
    model_version: str
    model_sha256: str
    assessed_at: datetime = time()
    replaced_at: datetime = time()


class StoredTag(SQLModel, table=True):
    """A topic, actor or place on an item, with its evidence."""

    __tablename__ = "tag"
    __table_args__ = (
        UniqueConstraint("item_id", "kind", "tag", "conflict"),
        Index("ix_tag_recent", "kind", "tag", "published_at", "item_id", "conflict", "salience"),
        Index("ix_tag_since", "conflict", "published_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="item.id")
    published_at: datetime = time()  # of the item: the index gives the newest of a tag
    conflict: str
    kind: str  # topic | actor | place
    tag: str  # id in the conflict file
    score: float
    salience: str
    derived: bool = False
    reason: str = ""
    evidence: list[dict[str, Any]] = json_list()
