"""The subjects that a transaction decides about, each independently of the others."""

from __future__ import annotations

from enum import IntEnum


class WriteLock(IntEnum):
    """The subject of a writing transaction: nobody else decides about the same meanwhile.

    SQLite has one writer for all; on PostgreSQL each lock has its own.
    """

    OUTBOX = 1
    """Deliveries, pauses, pace and money."""
    STORIES = 2
    """Which stories are known, and to whom they are owed."""
    FEEDS = 3
    """Who polls which feed, and a feed's state."""
