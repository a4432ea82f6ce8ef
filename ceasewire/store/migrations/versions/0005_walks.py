"""Indexes that give the newest items of any filter; sightings and PostgreSQL's words know the time of publication."""

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
    if op.get_bind().dialect.name == "postgresql":
        _search()
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


def _search() -> None:
    """Made anew in the order of publication: rows that are searched together stand together."""
    op.execute("ALTER TABLE item_search RENAME TO item_search_old")
    op.execute(
        "CREATE TABLE item_search (item_id integer NOT NULL, published_at timestamptz NOT NULL, body tsvector NOT NULL)"
    )
    op.execute("ALTER TABLE item_search ALTER COLUMN body SET STATISTICS 2000")
    op.execute(
        "INSERT INTO item_search SELECT item.id, item.published_at, body"
        " FROM item_search_old JOIN item ON item.id = item_id ORDER BY item.published_at, item.id"
    )
    op.execute("DROP TABLE item_search_old")
    op.execute("ALTER TABLE item_search ADD PRIMARY KEY (item_id), ADD FOREIGN KEY (item_id) REFERENCES item (id)")
    op.execute("CREATE INDEX ix_item_search ON item_search USING gin (body)")
    op.execute("CREATE INDEX ix_item_search_recent ON item_search (published_at, item_id)")


def _replace(name: str, table: str, columns: list[str]) -> None:
    op.drop_index(name, table)
    op.create_index(name, table, columns)


def _index_where(name: str, columns: list[str], condition: str, on_sqlite: str = "") -> None:
    on_sqlite = on_sqlite or condition
    op.create_index(name, "item", columns, postgresql_where=sa.text(condition), sqlite_where=sa.text(on_sqlite))
