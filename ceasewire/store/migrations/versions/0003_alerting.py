"""Subscriptions of every mode, channels and their health, alerts on more than one item."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is new."""
    _subscriptions()
    _alerts()
    _follow_ups()
    _channels()


def _subscriptions() -> None:
    for column in (
        sa.Column("mode", sa.String(), nullable=False, server_default="instant"),
        sa.Column("options", sa.JSON(), nullable=False, server_default=sa.text("'{}'")),
        sa.Column("wait_seconds", sa.Integer(), nullable=False, server_default="120"),
        sa.Column("copies", sa.String(), nullable=False, server_default="fold"),
        sa.Column("origin", sa.String(), nullable=False, server_default="api"),
        sa.Column("next_run_at", _time(), nullable=True),
        sa.Column("progress", sa.JSON(), nullable=False, server_default=sa.text("'{}'")),
        sa.Column("rung_at", _time(), nullable=True),
        sa.Column("feed_token_sha256", sa.String(), nullable=True),
    ):
        op.add_column("subscription", column)
    op.create_index("ix_subscription_feed_token_sha256", "subscription", ["feed_token_sha256"], unique=True)
    op.create_index("ix_subscription_run", "subscription", ["next_run_at"])


def _alerts() -> None:
    with op.batch_alter_table("alert") as batch:
        batch.alter_column("item_id", existing_type=sa.Integer(), nullable=True)
        batch.add_column(sa.Column("kind", sa.String(), nullable=False, server_default="item"))
        batch.add_column(sa.Column("body", sa.JSON(), nullable=False, server_default=sa.text("'{}'")))
        batch.add_column(sa.Column("content_hash", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("carried_by", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("number", sa.Integer(), nullable=True))
    op.create_index("ix_alert_carried_by", "alert", ["carried_by"])
    op.create_index("ix_alert_dedupe_key", "alert", ["dedupe_key"])
    op.create_index("ix_alert_number", "alert", ["number"])


def _follow_ups() -> None:
    op.create_table(
        "follow_up",
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"]),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"]),
        sa.PrimaryKeyConstraint("alert_id", "item_id", "content_hash"),
    )
    op.create_index("ix_follow_up_item_id", "follow_up", ["item_id"])


def _channels() -> None:
    op.create_table(
        "channel",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("failing_since_at", _time(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.Column("last_delivered_at", _time(), nullable=True),
        sa.Column("paused_at", _time(), nullable=True),
        sa.Column("paused_reason", sa.String(), nullable=False),
        sa.Column("retry_at", _time(), nullable=True),
        sa.Column("window_started_at", _time(), nullable=True),
        sa.Column("window_sent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "target"),
    )
    op.create_index("ix_channel_retry_at", "channel", ["retry_at"])
    op.create_table(
        "counter",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _time() -> sa.DateTime:
    return sa.DateTime(timezone=True)
