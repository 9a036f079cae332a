"""A feed that comes back after days brings a backlog."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the column and its index; no feed has come back yet."""
    op.add_column("feeds", sa.Column("returned_at", sa.BigInteger()))
    where = sa.text("returned_at IS NOT NULL")
    op.create_index(
        "feeds_returned", "feeds", ["returned_at"], sqlite_where=where, postgresql_where=where
    )
