"""The table of what is known of feeds' last documents."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, String, Table

from bot.store.tables.schema import metadata

# What a feed's last document held (`bot/pipeline/facts.py`). Beside `feeds`, whose rows change with
# each poll: SQLite would write these kilobytes each time.
feed_facts = Table(
    "feed_facts",
    metadata,
    Column("feed", String, primary_key=True),
    Column("facts", LargeBinary, nullable=False),
)
