"""The keys of thinned stories get a smaller table, into which housekeeping moves the old ones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_stories = sa.table("stories", sa.column("version"))
_is_whole = _stories.c.version != sa.literal_column("-1")


def upgrade() -> None:
    """Add the table, and the indexes by which housekeeping finds in small steps what it moves."""
    op.create_table(
        "settled_keys",
        sa.Column("bucket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.Column("days", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("bucket"),
    )
    op.add_column("feeds", sa.Column("former", sa.JSON(none_as_null=True)))
    op.create_index("keys_of_story", "story_keys", ["story"])
    op.create_index(
        "stories_whole",
        "stories",
        ["last_seen"],
        sqlite_where=_is_whole,
        postgresql_where=_is_whole,
    )
