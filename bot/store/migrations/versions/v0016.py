"""Sums by hour for plots; those of the past are made of the outbox by and by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "hours",
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("figure", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "figure", "subject"),
        sqlite_with_rowid=False,
    )
