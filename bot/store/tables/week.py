"""The tables of the weekly summary: what it was told already, and the ratings of posts."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table

from bot.store.tables.columns import RowId, Said, UtcTime
from bot.store.tables.schema import metadata

# A post of the last weeks and its reactions, as the platform counted them `at` a moment.
ratings = Table(
    "ratings",
    metadata,
    Column("delivery", RowId, ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("reactions", BigInteger, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("sent_at", UtcTime, nullable=False),
)
Index("ratings_sent", ratings.c.sent_at)

# A message of the summary of `slot`: whoever writes the row may send it. `outcome` is "sending"
# until it is known; one that stays so may have been sent, and is never sent again.
summaries = Table(
    "summaries",
    metadata,
    Column("slot", UtcTime, primary_key=True),
    Column("part", String, primary_key=True),
    Column("claimed_at", UtcTime, nullable=False),
    Column("outcome", String, nullable=False),
    Column("reason_text", Said(1000)),
)
