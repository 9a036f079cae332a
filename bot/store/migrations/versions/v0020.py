"""From which version on a program may write into these tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Add the column."""
    op.add_column("alembic_version", sa.Column("works_from", sa.String(32)))
