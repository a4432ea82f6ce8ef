"""When a subscription was changed or resumed last: items that came before it need not have been alerted by it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column; null stands for "never changed since it was made"."""
    op.add_column("subscription", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
