"""A poll is noted before it begins: one whose process died is known by that."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column; no poll is under way while tables change."""
    op.add_column("feeds", sa.Column("poll_began", sa.BigInteger()))
