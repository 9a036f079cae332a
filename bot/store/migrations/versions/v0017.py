"""Albums: how many messages a post makes, and which they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the columns; each post made one message before."""
    op.add_column(
        "deliveries", sa.Column("messages", sa.Integer(), nullable=False, server_default="1")
    )
    op.add_column("deliveries", sa.Column("further_ids", sa.JSON()))
