"""The table of what `[alerts]` told, and has to tell."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table

from bot.store.tables.columns import Said, UtcTime
from bot.store.tables.schema import metadata

# Notes for [alerts]. Without `told_at` one waits to be told; with `well_at` its trouble is over,
# and that waits to be told.
alerts_told = Table(
    "alerts_told",
    metadata,
    Column("kind", String, primary_key=True),
    Column("subject", String, primary_key=True),
    Column("level", Integer, nullable=False),
    Column("text", Said(1000), nullable=False),
    Column("noticed_at", UtcTime, nullable=False),
    Column("told_at", UtcTime),
    Column("well_at", UtcTime),
)
