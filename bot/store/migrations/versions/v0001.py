"""The first tables, as they were then: bot/store/tables/schema.py says what they are now."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

tables = sa.MetaData()
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

sa.Table(
    "feeds",
    tables,
    sa.Column("id", sa.String(), nullable=False),
    sa.Column("etag", sa.Text()),
    sa.Column("last_modified", sa.Text()),
    sa.Column("body_hash", sa.LargeBinary()),
    sa.Column("next_poll", sa.BigInteger(), nullable=False),
    sa.Column("last_poll", sa.BigInteger()),
    sa.Column("last_success", sa.BigInteger()),
    sa.Column("last_new", sa.BigInteger()),
    sa.Column("errors", sa.Integer(), nullable=False),
    sa.Column("reason_code", sa.String()),
    sa.Column("reason_text", sa.Text()),
    sa.Column("lease_owner", sa.String()),
    sa.Column("lease_until", sa.BigInteger()),
    sa.PrimaryKeyConstraint("id"),
    sa.Index("ix_feeds_next_poll", "next_poll"),
)

sa.Table(
    "feed_channels",
    tables,
    sa.Column("feed", sa.String(), nullable=False),
    sa.Column("channel", sa.String(), nullable=False),
    sa.PrimaryKeyConstraint("feed", "channel"),
    sqlite_with_rowid=False,
)

sa.Table(
    "stories",
    tables,
    sa.Column("id", _ROW_ID, nullable=False),
    sa.Column("feed", sa.String(), nullable=False),
    sa.Column("title", sa.Text(), nullable=False),
    sa.Column("link", sa.Text()),
    sa.Column("published", sa.BigInteger()),
    sa.Column("first_seen", sa.BigInteger(), nullable=False),
    sa.Column("last_seen", sa.BigInteger(), nullable=False),
    sa.Column("article", sa.JSON()),
    sa.PrimaryKeyConstraint("id"),
    sa.Index("ix_stories_last_seen", "last_seen"),
    sa.Index("stories_of_feed", "feed", "id"),
    sqlite_autoincrement=True,
)

sa.Table(
    "story_keys",
    tables,
    sa.Column("key", sa.LargeBinary(length=16), nullable=False),
    sa.Column("story", sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint("key"),
    sqlite_with_rowid=False,
)

sa.Table(
    "story_items",
    tables,
    sa.Column("story", _ROW_ID, nullable=False),
    sa.Column("feed", sa.String(), nullable=False),
    sa.Column("item_hash", sa.LargeBinary(length=16), nullable=False),
    sa.Column("item_id", sa.Text(), nullable=False),
    sa.Column("link", sa.Text()),
    sa.Column("title", sa.Text(), nullable=False),
    sa.Column("folded", sa.Text(), nullable=False),
    sa.Column("content_hash", sa.LargeBinary(length=16), nullable=False),
    sa.Column("first_seen", sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint("story", "feed", "item_hash"),
    sa.ForeignKeyConstraint(["story"], ["stories.id"], ondelete="CASCADE"),
    sqlite_with_rowid=False,
)

sa.Table(
    "passed_over",
    tables,
    sa.Column("story", _ROW_ID, nullable=False),
    sa.Column("channel", sa.String(), nullable=False),
    sa.Column("code", sa.String(), nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("at", sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint("story", "channel"),
    sa.ForeignKeyConstraint(["story"], ["stories.id"], ondelete="CASCADE"),
    sqlite_with_rowid=False,
)

sa.Table(
    "deliveries",
    tables,
    sa.Column("id", _ROW_ID, nullable=False),
    sa.Column("story", _ROW_ID, nullable=False),
    sa.Column("channel", sa.String(), nullable=False),
    sa.Column("feed", sa.String(), nullable=False),
    sa.Column("state", sa.String(), nullable=False),
    sa.Column("due", sa.BigInteger(), nullable=False),
    sa.Column("created_at", sa.BigInteger(), nullable=False),
    sa.Column("attempts", sa.Integer(), nullable=False),
    sa.Column("attempted_at", sa.BigInteger()),
    sa.Column("lease_owner", sa.String()),
    sa.Column("lease_until", sa.BigInteger()),
    sa.Column("held_by", sa.String()),
    sa.Column("account", sa.String()),
    sa.Column("text", sa.Text()),
    sa.Column("without", sa.JSON(), nullable=False),
    sa.Column("reason_code", sa.String()),
    sa.Column("reason_text", sa.Text()),
    sa.Column("reserved", sa.BigInteger()),
    sa.Column("cost", sa.BigInteger()),
    sa.Column("remote_id", sa.Text()),
    sa.Column("remote_url", sa.Text()),
    sa.Column("sent_at", sa.BigInteger()),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("story", "channel"),
    sa.ForeignKeyConstraint(["story"], ["stories.id"], ondelete="CASCADE"),
    sa.Index("deliveries_attempts", "channel", "attempted_at", "state"),
    sa.Index(
        "deliveries_failed",
        "channel",
        "feed",
        "id",
        sqlite_where=sa.text("state = 'failed'"),
        postgresql_where=sa.text("state = 'failed'"),
    ),
    sa.Index(
        "deliveries_held",
        "channel",
        "feed",
        "id",
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    ),
    sa.Index(
        "deliveries_pending",
        "channel",
        "feed",
        "id",
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    ),
    sa.Index("deliveries_spending", "account", "attempted_at"),
    sa.Index(
        "deliveries_unknown",
        "channel",
        "feed",
        "id",
        sqlite_where=sa.text("state = 'unknown'"),
        postgresql_where=sa.text("state = 'unknown'"),
    ),
    sa.Index(
        "one_delivery_in_flight_per_channel",
        "channel",
        unique=True,
        sqlite_where=sa.text("lease_owner IS NOT NULL"),
        postgresql_where=sa.text("lease_owner IS NOT NULL"),
    ),
    sqlite_autoincrement=True,
)

sa.Table(
    "lanes",
    tables,
    sa.Column("channel", sa.String(), nullable=False),
    sa.Column("not_before", sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint("channel"),
)

sa.Table(
    "account_lanes",
    tables,
    sa.Column("account", sa.String(), nullable=False),
    sa.Column("not_before", sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint("account"),
)

sa.Table(
    "holds",
    tables,
    sa.Column("scope", sa.String(), nullable=False),
    sa.Column("id", sa.String(), nullable=False),
    sa.Column("code", sa.String(), nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("since", sa.BigInteger(), nullable=False),
    sa.Column("until", sa.BigInteger()),
    sa.Column("failures", sa.Integer(), nullable=False),
    sa.Column("probe", sa.BigInteger()),
    sa.PrimaryKeyConstraint("scope", "id"),
)

sa.Table(
    "alerts_told",
    tables,
    sa.Column("kind", sa.String(), nullable=False),
    sa.Column("subject", sa.String(), nullable=False),
    sa.Column("level", sa.Integer(), nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("noticed_at", sa.BigInteger(), nullable=False),
    sa.Column("told_at", sa.BigInteger()),
    sa.Column("well_at", sa.BigInteger()),
    sa.PrimaryKeyConstraint("kind", "subject"),
)


def upgrade() -> None:
    """Create all tables and indexes."""
    tables.create_all(op.get_bind())
