"""Indexes that give the newest items of any filter from the index alone, and sightings in the order of publication."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PUBLISHED = "(SELECT item.published_at FROM item WHERE item.id = sighting.item_id)"


def upgrade() -> None:
    """Replace the indexes that a filter walks, and add those of filters and streams that had none."""
    _sightings()
    _replace("ix_tag_recent", "tag", ["kind", "tag", "published_at", "item_id", "conflict", "salience"])
    _replace("ix_assessment_recent", "assessment", ["verdict", "published_at", "item_id", "conflict", "score"])
    _replace("ix_item_state", "item", ["translation_state", "published_at", "id"])
    _index_where("ix_item_platform", ["platform", "published_at", "id"], "platform IS NOT NULL")
    _index_where("ix_item_sample", ["published_at", "id"], "sample", "sample = 1")
    _index_where("ix_item_set_aside", ["id"], "failed_reason IS NOT NULL")
    _index_where("ix_item_enriched_at", ["enriched_at"], "enriched_at IS NOT NULL")
    _index_where("ix_item_translated_at", ["translated_at"], "translated_at IS NOT NULL")


def _sightings() -> None:
    op.add_column("sighting", sa.Column("published_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(f"UPDATE sighting SET published_at = {PUBLISHED}")
    with op.batch_alter_table("sighting") as batch:
        batch.drop_index("ix_sighting_source")
        batch.alter_column("published_at", existing_type=sa.DateTime(timezone=True), nullable=False)
    op.create_index("ix_sighting_source", "sighting", ["source_id", "published_at", "item_id"])


def _replace(name: str, table: str, columns: list[str]) -> None:
    op.drop_index(name, table)
    op.create_index(name, table, columns)


def _index_where(name: str, columns: list[str], condition: str, on_sqlite: str = "") -> None:
    on_sqlite = on_sqlite or condition
    op.create_index(name, "item", columns, postgresql_where=sa.text(condition), sqlite_where=sa.text(on_sqlite))
