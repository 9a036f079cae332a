"""The table of sums by hour, of which plots are drawn: bounded, since old hours are deleted."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, String, Table

from bot.store.tables.schema import metadata

# `hour` counts since 1970; a `figure` is one of `bot.models.hours`, and its `subject` is "" where
# it has none. The row UP_TO is where the sums of the outbox end.
hours = Table(
    "hours",
    metadata,
    Column("hour", BigInteger, primary_key=True),
    Column("figure", String, primary_key=True),
    Column("subject", String, primary_key=True),
    Column("value", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
UP_TO = "up_to"
