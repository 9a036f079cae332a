"""The tables of the desk: what it shows, and what was read from the chats of its bot."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    literal_column,
)

from bot.store.tables.columns import Prose, RowId, UtcTime
from bot.store.tables.schema import metadata

# A delivery as the desk shows it: in `message` of `chat`, with `shown` on its buttons. `old` are
# the messages that showed it before and have their buttons still. `is_open`: its end was not shown.
desk_cards = Table(
    "desk_cards",
    metadata,
    Column("delivery", RowId, ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("chat", String),
    Column("message", BigInteger),
    Column("old", JSON, nullable=False, default=list),
    Column("shown", Prose(200)),
    Column("asked_at", UtcTime),
    Column("later_until", UtcTime),
    Column("version", Integer, nullable=False, default=0, server_default="0"),
    # How often a person wrote its text, and the update that did so last.
    Column("edits", Integer, nullable=False, default=0, server_default="0"),
    Column("edited_by", BigInteger),
    Column("is_open", Integer, nullable=False, default=1, server_default="1"),
)
is_open_card = desk_cards.c.is_open == literal_column("1")
Index("desk_cards_open", desk_cards.c.delivery, sqlite_where=is_open_card)
Index("desk_cards_message", desk_cards.c.chat, desk_cards.c.message)

# Who reads a bot's updates, of which Telegram gives each to one reader, and the next to ask for.
desk_readers = Table(
    "desk_readers",
    metadata,
    Column("account", String, primary_key=True),
    Column("next_update", BigInteger, nullable=False, default=0),
    Column("lease_owner", String),
    Column("lease_until", UtcTime),
)

# The updates of the last days, each handled once: `done_at` None while one is, `tries` times.
desk_updates = Table(
    "desk_updates",
    metadata,
    Column("account", String, primary_key=True),
    Column("id", BigInteger, primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("begun_at", UtcTime, nullable=False),
    Column("done_at", UtcTime),
)

# The chats that updates told of: whoever reads them keeps these for `newsbot chats`.
desk_chats = Table(
    "desk_chats",
    metadata,
    Column("account", String, primary_key=True),
    Column("chat", BigInteger, primary_key=True),
    Column("type", String, nullable=False),
    Column("title", Prose(300), nullable=False),
    Column("username", Prose(100)),
    Column("seen_at", UtcTime, nullable=False),
)
