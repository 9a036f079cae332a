"""The desk: stories that a person approves, and the updates of its bot."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the columns and tables; nobody was asked yet."""
    op.add_column("deliveries", sa.Column("approved_at", sa.BigInteger()))
    op.add_column("deliveries", sa.Column("approved_by", sa.Text()))
    op.add_column("deliveries", sa.Column("hand_text", sa.Text()))
    op.create_table(
        "desk_cards",
        sa.Column("delivery", _id, nullable=False),
        sa.Column("chat", sa.String()),
        sa.Column("message", sa.BigInteger()),
        sa.Column("old", sa.JSON(), nullable=False),
        sa.Column("shown", sa.Text()),
        sa.Column("asked_at", sa.BigInteger()),
        sa.Column("later_until", sa.BigInteger()),
        sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("edits", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("edited_by", sa.BigInteger()),
        sa.Column("is_open", sa.Integer(), nullable=False, server_default="1"),
        sa.ForeignKeyConstraint(["delivery"], ["deliveries.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("delivery"),
    )
    where = sa.text("is_open = 1")
    op.create_index(
        "desk_cards_open", "desk_cards", ["delivery"], sqlite_where=where, postgresql_where=where
    )
    op.create_index("desk_cards_message", "desk_cards", ["chat", "message"])
    _create_tables_of_updates()


def _create_tables_of_updates() -> None:
    op.create_table(
        "desk_readers",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("next_update", sa.BigInteger(), nullable=False),
        sa.Column("lease_owner", sa.String()),
        sa.Column("lease_until", sa.BigInteger()),
        sa.PrimaryKeyConstraint("account"),
    )
    op.create_table(
        "desk_updates",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("account", "id"),
    )
    op.create_table(
        "desk_chats",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("chat", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("username", sa.Text()),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "chat"),
    )
