"""Subscriptions of every mode, channels and their health, alerts on more than one item."""

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is new."""
