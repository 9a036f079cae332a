"""Marks of entries beside their keys, feeds of stories passed over, places of channels."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add columns and a table; what was passed over is the doing of the feed that told it first."""
    op.add_column("feeds", sa.Column("restyled", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("story_items", sa.Column("published", sa.BigInteger()))
    op.add_column("story_items", sa.Column("sketch", sa.LargeBinary(32)))
    op.create_table(
        "channels",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    _add_feed_to_passed_over()
    where = sa.text("reason_code = 'future_date'")
    op.create_index(
        "deliveries_ahead", "deliveries", ["due"], sqlite_where=where, postgresql_where=where
    )


def _add_feed_to_passed_over() -> None:
    # SQLite cannot change a primary key; PostgreSQL keeps a table's old name in its constraints.
    op.execute("CREATE TEMPORARY TABLE passed_over_was AS SELECT * FROM passed_over")
    op.drop_table("passed_over")
    op.create_table(
        "passed_over",
        sa.Column("story", _ROW_ID, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("story", "channel", "feed"),
        sa.ForeignKeyConstraint(["story"], ["stories.id"], ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO passed_over (story, channel, feed, code, text, at)"
        " SELECT was.story, was.channel, stories.feed, was.code, was.text, was.at"
        " FROM passed_over_was was JOIN stories ON stories.id = was.story"
    )
    op.execute("DROP TABLE passed_over_was")
