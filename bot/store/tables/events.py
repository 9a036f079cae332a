"""The tables by which reports of one event are recognised in several outlets."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Float, ForeignKey, Index, Integer, String, Table

from bot.store.tables.columns import RowId, Said, UtcTime
from bot.store.tables.schema import metadata

# How many reports of a language were learned from.
languages = Table(
    "languages",
    metadata,
    Column("language", String, primary_key=True),
    Column("reports", Integer, nullable=False),
)

# In how many of them a word stood, and how often with a capital within a sentence, or without.
word_counts = Table(
    "word_counts",
    metadata,
    Column("language", String, primary_key=True),
    Column("word", String, primary_key=True),
    Column("reports", Integer, nullable=False),
    Column("capital", Integer, nullable=False),
    Column("small", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# The recent stories by their most telling words; `word` is a hash of language and word.
event_words = Table(
    "event_words",
    metadata,
    Column("word", BigInteger, primary_key=True),
    Column("story", BigInteger, primary_key=True),
    sqlite_with_rowid=False,
)

# Its `words` as they stand in `event_words`; `compared_to` is the newest story that it was compared
# with: the rest is done before it is sent.
heard = Table(
    "heard",
    metadata,
    Column("story", RowId, ForeignKey("stories.id", ondelete="CASCADE"), primary_key=True),
    Column("language", String, nullable=False),
    Column("compared_to", BigInteger, nullable=False),
    Column("words", JSON, nullable=False),
    Column("at", UtcTime, nullable=False, index=True),
)

# A later story and the earlier one that tells the same event, or may.
relations = Table(
    "relations",
    metadata,
    Column("story", RowId, ForeignKey("stories.id", ondelete="CASCADE"), primary_key=True),
    Column("other", BigInteger, primary_key=True),
    Column("likeness", String, nullable=False),
    Column("score", Float, nullable=False),
    Column("why", Said(1000), nullable=False),
    Column("at", UtcTime, nullable=False),
    sqlite_with_rowid=False,
)
Index("relations_of_other", relations.c.other)
