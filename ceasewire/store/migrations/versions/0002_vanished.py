"""Official statements that have vanished from their source, and posts known only by their id."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BARE = "kind = 'post' AND title = '' AND text = ''"


def upgrade() -> None:
    """Add when an item vanished, what each source listed last, and the questions that are asked about items."""
    op.add_column("item", sa.Column("vanished_at", _time(), nullable=True))
    _index_where("ix_item_vanished", "item", ["published_at", "id"], "vanished_at IS NOT NULL")
    _index_where("ix_item_bare", "item", ["published_at"], BARE)
    op.create_table(
        "listing",
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("item_ids", sa.JSON(), nullable=False),
        sa.Column("listed_at", _time(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"]),
        sa.PrimaryKeyConstraint("source_id"),
    )
    _inquiries(
        "absence",
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("control_url", sa.String(), nullable=True),
        sa.Column("own_answer", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"]),
    )
    op.create_index("ix_absence_source_id", "absence", ["source_id"])
    _inquiries("post_lookup")


def _inquiries(name: str, *more: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("since_at", _time(), nullable=False),
        sa.Column("due_at", _time(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("asked_at", _time(), nullable=True),
        sa.Column("settled_at", _time(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", _time(), nullable=True),
        sa.Column("rung_at", _time(), nullable=True),
        *more,
        sa.ForeignKeyConstraint(["item_id"], ["item.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("item_id"),
    )
    _index_where(f"ix_{name}_waiting", name, ["due_at"], "settled_at IS NULL")


def _index_where(name: str, table: str, columns: list[str], condition: str) -> None:
    op.create_index(name, table, columns, postgresql_where=sa.text(condition), sqlite_where=sa.text(condition))


def _time() -> sa.DateTime:
    return sa.DateTime(timezone=True)
