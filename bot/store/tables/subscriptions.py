"""The table of WebSub subscriptions (bot/models/subscriptions.py)."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, literal_column

from bot.store.tables.columns import Prose, Said, UtcTime
from bot.store.tables.schema import LINK_LIMIT, feeds, metadata

# A feed has one that is not leaving. `token` and `secret` are made here and let somebody tell this
# one feed's news at most; they stay behind where the content moves to another database.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("token", String, primary_key=True),
    Column("feed", String, nullable=False),
    Column("hub", Prose(LINK_LIMIT), nullable=False),
    Column("topic", Prose(LINK_LIMIT), nullable=False),
    Column("callback", Prose(LINK_LIMIT), nullable=False),
    Column("secret", String),
    Column("leaving", Integer, nullable=False),
    # When the hub was last asked, and has to be asked again; how often since it last verified.
    Column("asked_at", UtcTime),
    Column("due", UtcTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("expires", UtcTime),
    Column("pushed_at", UtcTime),
    # The feed's latest news came from the hub: polling is only a net.
    Column("trusted", Integer, nullable=False),
    Column("reason_code", String),
    Column("reason_text", Said(1000)),
)
has_hub = feeds.c.hub != literal_column("''")
Index("feeds_with_hub", feeds.c.id, sqlite_where=has_hub)
is_staying = subscriptions.c.leaving == 0
Index("one_subscription_per_feed", subscriptions.c.feed, unique=True, sqlite_where=is_staying)
