"""Feeds that name a hub, and the subscriptions there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the columns and the table; the next document that changes names its hub."""
    op.add_column("feeds", sa.Column("hub", sa.Text()))
    op.add_column("feeds", sa.Column("topic", sa.Text()))
    op.create_table(
        "subscriptions",
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("secret", sa.String()),
        sa.Column("leaving", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.BigInteger()),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("expires", sa.BigInteger()),
        sa.Column("pushed_at", sa.BigInteger()),
        sa.Column("trusted", sa.Integer(), nullable=False),
        sa.Column("reason_code", sa.String()),
        sa.Column("reason_text", sa.Text()),
        sa.PrimaryKeyConstraint("token"),
    )
    where = sa.text("leaving = 0")
    op.create_index(
        "one_subscription_per_feed",
        "subscriptions",
        ["feed"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )
    has_hub = sa.text("hub != ''")
    op.create_index(
        "feeds_with_hub", "feeds", ["id"], sqlite_where=has_hub, postgresql_where=has_hub
    )
