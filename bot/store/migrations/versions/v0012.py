"""Filters: when their terms were in an item last, and how many items they keep out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the table and the index; no file had a filter before."""
    op.create_table(
        "filter_terms",
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("term", sa.String(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("matched", sa.BigInteger()),
        sa.PrimaryKeyConstraint("place", "term"),
    )
    where = sa.text("code = 'filtered'")
    op.create_index(
        "passed_over_filtered", "passed_over", ["at"], sqlite_where=where, postgresql_where=where
    )
