"""An operator moves a delivery to the front of its queue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add the column and its index; nothing was moved yet."""
    op.add_column("deliveries", sa.Column("first_at", sa.BigInteger()))
    where = sa.text("first_at IS NOT NULL")
    op.create_index(
        "deliveries_first", "deliveries", ["channel"], sqlite_where=where, postgresql_where=where
    )
