"""A chat that is called by its name is known by its number."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column; the next post to a chat tells its number."""
    op.add_column("chat_lanes", sa.Column("number", sa.BigInteger()))
