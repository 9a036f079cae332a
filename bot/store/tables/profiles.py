"""The table of names under which posts appear, as `check --online` learned them."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from bot.store.tables.columns import Said
from bot.store.tables.schema import metadata

# `place` is where a channel posts, as in `channels`.
profiles = Table(
    "profiles",
    metadata,
    Column("place", String, primary_key=True),
    Column("name", Said(200), nullable=False),
    Column("handle", Said(200)),
)
