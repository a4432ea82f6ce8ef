"""The first tables. Published: what changes comes as a further revision."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table, and the full-text index that each database has of its own."""
    _sources()
    _items()
    _article_pages()
    _translations()
    _tags()
    _alerts()
    _service()
    _search()


def _sources() -> None:
    op.create_table(
        "source",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("publisher", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=True),
        sa.Column("timezone", sa.String(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("disabled_reason", sa.String(), nullable=True),
        sa.Column("disabled_by", sa.String(), nullable=True),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("config_url", sa.String(), nullable=False),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("last_modified", sa.String(), nullable=True),
        sa.Column("body_sha256", sa.String(), nullable=True),
        sa.Column("next_poll_at", _time(), nullable=True),
        sa.Column("next_poll_reason", sa.String(), nullable=False),
        sa.Column("interval_seconds", sa.Integer(), nullable=False),
        sa.Column("ttl_seconds", sa.Integer(), nullable=True),
        sa.Column("older_url", sa.String(), nullable=True),
        sa.Column("older_pages", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("failure_weight", sa.Float(), nullable=False),
        sa.Column("failing_since_at", _time(), nullable=True),
        sa.Column("last_polled_at", _time(), nullable=True),
        sa.Column("last_outcome", sa.String(), nullable=True),
        sa.Column("last_reason", sa.String(), nullable=False),
        sa.Column("last_success_at", _time(), nullable=True),
        sa.Column("last_full_at", _time(), nullable=True),
        sa.Column("last_new_item_at", _time(), nullable=True),
        sa.Column("silence_told_at", _time(), nullable=True),
        sa.Column("moved_to", sa.String(), nullable=True),
        sa.Column("moved_count", sa.Integer(), nullable=False),
        sa.Column("lease_until", _time(), nullable=True),
        sa.Column("rung_at", _time(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_source_next_poll_at", "source", ["next_poll_at"])
    op.create_table(
        "fetch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("max_age_seconds", sa.Integer(), nullable=True),
        sa.Column("permanent_url", sa.String(), nullable=True),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("last_modified", sa.String(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("fetched_at", _time(), nullable=False),
        sa.Column("read_at", _time(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failed_reason", sa.String(), nullable=True),
        sa.Column("lease_until", _time(), nullable=True),
        sa.Column("rung_at", _time(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_fetch_source_id", "fetch", ["source_id"])
    op.create_index(
        "ix_fetch_unread",
        "fetch",
        ["id"],
        postgresql_where=sa.text("read_at IS NULL"),
        sqlite_where=sa.text("read_at IS NULL"),
    )
    op.create_table(
        "poll",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("new_items", sa.Integer(), nullable=False),
        sa.Column("changed_items", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_poll_at", "poll", ["at"])
    op.create_index("ix_poll_source", "poll", ["source_id", "at"])


def _items() -> None:
    op.create_table(
        "story",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=True),
        sa.Column("first_item_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_story_created_at", "story", ["created_at"])
    op.create_table(
        "item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("guid", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("html", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=True),
        sa.Column("platform", sa.String(), nullable=True),
        sa.Column("handle", sa.String(), nullable=True),
        sa.Column("post_id", sa.String(), nullable=True),
        sa.Column("declared_language", sa.String(), nullable=True),
        sa.Column("published_at", _time(), nullable=False),
        sa.Column("date_kind", sa.String(), nullable=False),
        sa.Column("first_seen_at", _time(), nullable=False),
        sa.Column("last_seen_at", _time(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("story_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("language_confidence", sa.Float(), nullable=True),
        sa.Column("language_method", sa.String(), nullable=True),
        sa.Column("other_languages", sa.JSON(), nullable=False),
        sa.Column("enriched_at", _time(), nullable=True),
        sa.Column("translation_state", sa.String(), nullable=False),
        sa.Column("translation_reason", sa.String(), nullable=False),
        sa.Column("translated_at", _time(), nullable=True),
        sa.Column("models_sha256", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failed_reason", sa.String(), nullable=True),
        sa.Column("lease_until", _time(), nullable=True),
        sa.Column("rung_at", _time(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"]),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_item_first_seen_at", "item", ["first_seen_at"])
    op.create_index("ix_item_handle", "item", ["handle"])
    op.create_index("ix_item_language", "item", ["language", "published_at", "id"])
    op.create_index(
        "ix_item_models",
        "item",
        ["models_sha256", "published_at"],
        postgresql_where=sa.text("enriched_at IS NOT NULL AND failed_reason IS NULL"),
        sqlite_where=sa.text("enriched_at IS NOT NULL AND failed_reason IS NULL"),
    )
    op.create_index("ix_item_recent", "item", ["published_at", "id"])
    op.create_index("ix_item_source", "item", ["source_id", "published_at", "id"])
    op.create_index("ix_item_state", "item", ["translation_state", "enriched_at", "failed_reason"])
    op.create_index("ix_item_story_id", "item", ["story_id"])
    op.create_index(
        "ix_item_to_enrich",
        "item",
        ["published_at"],
        postgresql_where=sa.text("enriched_at IS NULL"),
        sqlite_where=sa.text("enriched_at IS NULL"),
    )
    op.create_index(
        "ix_item_to_translate",
        "item",
        ["published_at"],
        postgresql_where=sa.text("translation_state = 'pending'"),
        sqlite_where=sa.text("translation_state = 'pending'"),
    )
    op.create_index(
        "ix_item_unavailable",
        "item",
        ["language", "published_at"],
        postgresql_where=sa.text("translation_state = 'unavailable'"),
        sqlite_where=sa.text("translation_state = 'unavailable'"),
    )
    op.create_table(
        "storyband",
        sa.Column("band", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("published_at", _time(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"]),
        sa.PrimaryKeyConstraint("band", "item_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_storyband_item_id", "storyband", ["item_id"])
    op.create_index("ix_storyband_published_at", "storyband", ["published_at"])
    op.create_table(
        "itemkey",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("strength", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"]),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_itemkey_item_id", "itemkey", ["item_id"])
    op.create_table(
        "sighting",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("seen_at", _time(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"]),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"]),
        sa.PrimaryKeyConstraint("item_id", "source_id"),
    )
    op.create_index("ix_sighting_source", "sighting", ["source_id", "item_id"])
    op.create_table(
        "embedding",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("shape", sa.String(), nullable=False),
        sa.Column("seen_at", _time(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["item.id"]),
        sa.ForeignKeyConstraint(["post_id"], ["item.id"]),
        sa.PrimaryKeyConstraint("article_id", "post_id"),
    )
    op.create_index("ix_embedding_post_id", "embedding", ["post_id"])
    op.create_table(
        "revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("replaced_at", _time(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("html", sa.String(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_revision_item_id", "revision", ["item_id"])


def _article_pages() -> None:
    op.create_table(
        "article_page",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("feed_text", sa.String(), nullable=False),
        sa.Column("feed_html", sa.String(), nullable=False),
        sa.Column("feed_hash", sa.String(), nullable=False),
        sa.Column("requested_at", _time(), nullable=False),
        sa.Column("due_at", _time(), nullable=False),
        sa.Column("read_at", _time(), nullable=True),
        sa.Column("last_reason", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failed_reason", sa.String(), nullable=True),
        sa.Column("lease_until", _time(), nullable=True),
        sa.Column("rung_at", _time(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("item_id"),
    )
    op.create_index(
        "ix_article_page_waiting",
        "article_page",
        ["due_at"],
        postgresql_where=sa.text("read_at IS NULL"),
        sqlite_where=sa.text("read_at IS NULL"),
    )


def _translations() -> None:
    op.create_table(
        "translation",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("source_language", sa.String(), nullable=False),
        sa.Column("target_language", sa.String(), nullable=False),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("package", sa.String(), nullable=False),
        sa.Column("package_version", sa.String(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("confidence", sa.String(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"]),
        sa.PrimaryKeyConstraint("item_id"),
    )
    op.create_index(
        "ix_translation_model",
        "translation",
        ["source_language", "confidence", "package", "package_version", "item_id"],
    )
    op.create_table(
        "translation_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("source_language", sa.String(), nullable=False),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("package", sa.String(), nullable=False),
        sa.Column("package_version", sa.String(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("confidence", sa.String(), nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("replaced_at", _time(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_translation_history_item_id", "translation_history", ["item_id"])
    op.create_table(
        "translation_memory",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("used_at", _time(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_translation_memory_used_at", "translation_memory", ["used_at"])


def _tags() -> None:
    op.create_table(
        "assessment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("published_at", _time(), nullable=False),
        sa.Column("conflict", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("model_version", sa.String(), nullable=False),
        sa.Column("model_sha256", sa.String(), nullable=False),
        sa.Column("assessed_at", _time(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("item_id", "conflict"),
    )
    op.create_index("ix_assessment_recent", "assessment", ["verdict", "conflict", "published_at", "item_id"])
    op.create_table(
        "assessment_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("conflict", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("model_version", sa.String(), nullable=False),
        sa.Column("model_sha256", sa.String(), nullable=False),
        sa.Column("assessed_at", _time(), nullable=False),
        sa.Column("replaced_at", _time(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("item_id", "conflict", "model_sha256"),
    )
    op.create_table(
        "tag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("published_at", _time(), nullable=False),
        sa.Column("conflict", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("salience", sa.String(), nullable=False),
        sa.Column("derived", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("item_id", "kind", "tag", "conflict"),
    )
    op.create_index("ix_tag_recent", "tag", ["kind", "tag", "conflict", "published_at", "item_id"])
    op.create_index("ix_tag_since", "tag", ["conflict", "published_at"])


def _alerts() -> None:
    op.create_table(
        "subscription",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("paused_at", _time(), nullable=True),
        sa.Column("paused_reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("subscription_id", sa.String(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("dedupe_key", sa.String(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("due_at", _time(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", _time(), nullable=True),
        sa.Column("rung_at", _time(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.Column("delivered_at", _time(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"]),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscription.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sa.UniqueConstraint("subscription_id", "dedupe_key"),
    )
    op.create_index("ix_alert_due", "alert", ["state", "due_at"])
    op.create_index("ix_alert_item_id", "alert", ["item_id"])


def _service() -> None:
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_event_about", "event", ["about"])
    op.create_index("ix_event_at", "event", ["at"])
    op.create_index("ix_event_kind", "event", ["kind"])
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _search() -> None:
    # Both hold the words as ceasewire.store.search folds them. On SQLite a row's place is the time of publication above
    # the item's id; "ascii" takes every letter beyond ASCII as it is. On PostgreSQL the wide statistics let the planner
    # tell rare words from common ones.
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TABLE item_search (item_id integer PRIMARY KEY REFERENCES item (id), body tsvector NOT NULL)"
        )
        op.execute("ALTER TABLE item_search ALTER COLUMN body SET STATISTICS 2000")
        op.execute("CREATE INDEX ix_item_search ON item_search USING gin (body)")
    else:
        op.execute("CREATE VIRTUAL TABLE item_search USING fts5 (body, tokenize = 'ascii', prefix = '2 3')")


def _time() -> sa.DateTime:
    return sa.DateTime(timezone=True)
