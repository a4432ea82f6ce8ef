"""Which topic models the service was told to work by, and parts of it that work by others."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables. Nothing was told yet: the first part that starts fills the one."""
    op.create_table(
        "models_in_force",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("models_sha256", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
    )
    op.create_table(
        "outdated_part",
        sa.Column("part", sa.String(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
    )
