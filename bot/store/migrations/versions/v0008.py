"""Reports of one event by several outlets: learned words, an index of the recent, relations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables; what was told before is not compared with."""
    op.create_table(
        "languages",
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("language"),
    )
    op.create_table(
        "word_counts",
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("capital", sa.Integer(), nullable=False),
        sa.Column("small", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("language", "word"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "event_words",
        sa.Column("word", sa.BigInteger(), nullable=False),
        sa.Column("story", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("word", "story"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "heard",
        sa.Column("story", _ROW_ID, nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("compared_to", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("story"),
        sa.ForeignKeyConstraint(["story"], ["stories.id"], ondelete="CASCADE"),
    )
    op.create_index("ix_heard_at", "heard", ["at"])
    _make_relations()


def _make_relations() -> None:
    op.create_table(
        "relations",
        sa.Column("story", _ROW_ID, nullable=False),
        sa.Column("other", sa.BigInteger(), nullable=False),
        sa.Column("likeness", sa.String(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("story", "other"),
        sa.ForeignKeyConstraint(["story"], ["stories.id"], ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_index("relations_of_other", "relations", ["other"])
