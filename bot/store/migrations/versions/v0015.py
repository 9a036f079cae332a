"""The weekly summary: which of its messages were sent, and the ratings of posts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the tables; nothing was summed up or rated before."""
    op.create_table(
        "ratings",
        sa.Column("delivery", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reactions", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["delivery"], ["deliveries.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("delivery"),
    )
    op.create_index("ratings_sent", "ratings", ["sent_at"])
    op.create_table(
        "summaries",
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("claimed_at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason_text", sa.Text()),
        sa.PrimaryKeyConstraint("slot", "part"),
    )
