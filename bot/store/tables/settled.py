"""The table of the keys of thinned stories (`bot/store/stories/settled.py`)."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, Table

from bot.store.tables.schema import metadata

settled_keys = Table(
    "settled_keys",
    metadata,
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
    Column("days", LargeBinary, nullable=False),
)
