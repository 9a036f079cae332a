"""The table of filters' terms, by which one that never matches is found."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from bot.store.tables.columns import UtcTime
from bot.store.tables.schema import metadata

# `place` is where the file has the term; `matched` is the last day on which it was in an item.
filter_terms = Table(
    "filter_terms",
    metadata,
    Column("place", String, primary_key=True),
    Column("term", String, primary_key=True),
    Column("since", UtcTime, nullable=False),
    Column("matched", UtcTime),
)
