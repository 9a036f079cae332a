"""What was in a feed's last document is kept: the next one is read by what is new in it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the table; a feed without a row is read whole."""
    op.create_table(
        "feed_facts",
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("feed"),
    )
