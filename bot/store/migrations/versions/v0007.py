"""The rhythm of a feed, and what was learned about its server."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns; nothing is known yet."""
    op.add_column("feeds", sa.Column("rhythm", sa.LargeBinary()))
    op.add_column("feeds", sa.Column("moved", sa.Text()))
    op.add_column("feeds", sa.Column("agreeing", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("feeds", sa.Column("constant", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("feeds", sa.Column("whole_at", sa.BigInteger()))
    op.add_column("feeds", sa.Column("address", sa.LargeBinary()))
