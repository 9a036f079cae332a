"""A ledger of money, looking for lost posts, edits, digests, storms, and chats that move."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_COLUMNS = {
    "feeds": (sa.Column("storm_since", sa.BigInteger()),),
    "stories": (
        sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("corrected_at", sa.BigInteger()),
    ),
    "deliveries": (
        sa.Column("link", sa.Text()),
        sa.Column("image", sa.Text()),
        sa.Column("chat", sa.String()),
        sa.Column("doubt_at", sa.BigInteger()),
        sa.Column("look_at", sa.BigInteger()),
        sa.Column("looks", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("told_version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("edits", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("edit_at", sa.BigInteger()),
        sa.Column("wanted_at", sa.BigInteger()),
        sa.Column("digest", sa.BigInteger()),
    ),
    "lanes": (
        sa.Column("open_at", sa.BigInteger()),
        sa.Column("reopened_at", sa.BigInteger()),
        sa.Column("chat_was", sa.String()),
        sa.Column("chat", sa.BigInteger()),
    ),
}


def upgrade() -> None:
    """Add the new columns and tables; spending moves from the deliveries to the ledger."""
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.add_column(table, column)
    op.create_table(
        "charges",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("delivery", sa.BigInteger()),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.execute(
        "INSERT INTO charges (account, at, kind, delivery, amount)"
        " SELECT account, attempted_at, 'post', id, COALESCE(cost, 0) + COALESCE(reserved, 0)"
        " FROM deliveries WHERE account IS NOT NULL AND attempted_at IS NOT NULL"
        " AND COALESCE(cost, 0) + COALESCE(reserved, 0) > 0"
    )
    op.drop_index("deliveries_spending", "deliveries")
    for spent in ("cost", "reserved"):
        op.drop_column("deliveries", spent)
    _index()


def _index() -> None:
    op.create_index("charges_of_account", "charges", ["account", "at"])
    op.create_index("charges_of_delivery", "charges", ["delivery"])
    op.create_index("deliveries_of_account", "deliveries", ["account", "attempted_at"])
    op.create_index("deliveries_in_digest", "deliveries", ["digest"])
    for name, table, columns, condition in (
        ("deliveries_sought", "deliveries", ["channel", "feed", "id"], "look_at IS NOT NULL"),
        ("stories_corrected", "stories", ["corrected_at"], "corrected_at IS NOT NULL"),
    ):
        where = sa.text(condition)
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
