"""The tables. One story has many keys and items; one delivery is a story owed to a channel."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    literal_column,
)

from bot.models.reasons import ReasonCode
from bot.store.tables.columns import Prose, RowId, Said, State, UtcTime, approval_columns

REVISION = "0020"
"""Of these tables; each change is a new module in migrations/versions/."""
WORKS_FROM = "0020"
"""The oldest revision whose program may write into these tables (migrations/__init__.py)."""
VOID = 0
"""The owner of a key that several stories claim: it identifies none of them."""
LINK_LIMIT = 4096
"""Characters; a cut address leads elsewhere, so a longer one is not kept at all."""

metadata = MetaData()

feeds = Table(
    "feeds",
    metadata,
    Column("id", String, primary_key=True),
    Column("etag", Prose(8192)),
    Column("last_modified", Prose(8192)),
    Column("poll_hash", LargeBinary),
    Column("next_poll", UtcTime, nullable=False, index=True),
    Column("last_poll", UtcTime),
    Column("last_success", UtcTime),
    Column("last_new", UtcTime),
    Column("errors", Integer, nullable=False, default=0),
    Column("reason_code", String),
    Column("reason_text", Said(1000)),
    Column("lease_owner", String),
    Column("lease_until", UtcTime),
    # When the poll under way began: another process that finds it knows that the poll's own died.
    Column("poll_began", UtcTime),
    # Since when its news is held back: a poll brought more of it than `storm`.
    Column("storm_since", UtcTime),
    # When it brought news again after days without a poll that succeeded.
    Column("returned_at", UtcTime),
    # That most of its last poll was recognised by text alone was told.
    Column("restyled", Integer, nullable=False, default=0, server_default="0"),
    # When it publishes (bot/collect/schedule/rhythm.py), and how its server behaves (Validators).
    Column("rhythm", LargeBinary),
    Column("moved", Prose(LINK_LIMIT)),
    Column("agreeing", Integer, nullable=False, default=0, server_default="0"),
    Column("constant", Integer, nullable=False, default=0, server_default="0"),
    Column("whole_at", UtcTime),
    # A hash of the address in the configuration: for another one nothing of the server is known.
    Column("address", LargeBinary),
    # The ids that it had before (`feeds adopt`): keys in `settled_keys` may be noted under them.
    Column("former", JSON(none_as_null=True)),
    Column("hub", Prose(LINK_LIMIT)),  # of WebSub, as its document names it
    Column("topic", Prose(LINK_LIMIT)),
)

feed_channels = Table(
    "feed_channels",
    metadata,
    Column("feed", String, primary_key=True),
    Column("channel", String, primary_key=True),
    sqlite_with_rowid=False,
)

stories = Table(
    "stories",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("feed", String, nullable=False),
    Column("title", Prose(1000), nullable=False),
    Column("link", Prose(LINK_LIMIT)),
    Column("published", UtcTime),
    Column("first_seen", UtcTime, nullable=False),
    Column("last_seen", UtcTime, nullable=False, index=True),
    Column("article", JSON(none_as_null=True)),
    # Counts the articles: a post of an earlier one may want an edit.
    Column("version", Integer, nullable=False, default=0, server_default="0"),
    Column("corrected_at", UtcTime),
    sqlite_autoincrement=True,
)

# `feed` is empty where the key means the same story whoever shows it. A negative `story` is that of
# a thinned one in an old database: minus the day when it was last seen.
story_keys = Table(
    "story_keys",
    metadata,
    Column("key", LargeBinary(16), primary_key=True),
    Column("feed", String, primary_key=True),
    Column("story", BigInteger, nullable=False),
    Index("keys_of_story", "story"),
    sqlite_with_rowid=False,
)


def _of_story() -> Column[int]:
    return Column("story", RowId, ForeignKey("stories.id", ondelete="CASCADE"), primary_key=True)


story_items = Table(
    "story_items",
    metadata,
    _of_story(),
    Column("feed", String, primary_key=True),
    Column("item_hash", LargeBinary(16), primary_key=True),
    Column("item_id", Prose(LINK_LIMIT), nullable=False),
    Column("link", Prose(LINK_LIMIT)),
    Column("title", Prose(1000), nullable=False),
    Column("folded", Prose(1000), nullable=False),
    Column("content_hash", LargeBinary(16), nullable=False),
    Column("published", UtcTime),
    Column("sketch", LargeBinary(32)),
    Column("first_seen", UtcTime, nullable=False),
    sqlite_with_rowid=False,
)

passed_over = Table(
    "passed_over",
    metadata,
    _of_story(),
    Column("channel", String, primary_key=True),
    # A story that one feed passes over may be news in another one.
    Column("feed", String, primary_key=True),
    Column("code", String, nullable=False),
    Column("text", Said(1000), nullable=False),
    Column("at", UtcTime, nullable=False),
    sqlite_with_rowid=False,
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("story", RowId, ForeignKey("stories.id", ondelete="CASCADE"), nullable=False),
    Column("channel", String, nullable=False),
    Column("feed", String, nullable=False),
    Column("state", State, nullable=False),
    Column("due", UtcTime, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("attempted_at", UtcTime),
    Column("lease_owner", String),
    Column("lease_until", UtcTime),
    Column("held_by", String),
    Column("account", String),
    Column("text", Prose(100_000)),
    Column("without", JSON, nullable=False, default=list),
    Column("reason_code", String),
    Column("reason_text", Said(1000)),
    Column("remote_id", Prose(1000)),
    Column("remote_url", Prose(LINK_LIMIT)),
    Column("sent_at", UtcTime),
    # To be searched for where the platform's answer was lost, and edited or deleted later: the
    # address and the picture in the post, and the chat that it went to.
    Column("link", Prose(LINK_LIMIT)),
    Column("image", Prose(LINK_LIMIT)),
    Column("chat", String),
    # How many messages it makes, and those of its album after the first.
    Column("messages", Integer, nullable=False, default=1, server_default="1"),
    Column("further_ids", JSON),
    # Of an unknown delivery: since when, and when to look for it next, None where it waits for the
    # operator.
    Column("unknown_since", UtcTime),
    Column("search_at", UtcTime),
    Column("searches", Integer, nullable=False, default=0, server_default="0"),
    # Which version of the story the text tells, and how often the post was edited.
    Column("shown_version", Integer, nullable=False, default=0, server_default="0"),
    Column("edits", Integer, nullable=False, default=0, server_default="0"),
    # When an edit that failed may be tried again.
    Column("edit_at", UtcTime),
    # The operator asked for this one (no age or backlog drops it), or moved it to the front.
    Column("wanted_at", UtcTime),
    Column("first_at", UtcTime),
    *approval_columns(),
    # The delivery whose post tells this story among others.
    Column("digest", BigInteger),
    UniqueConstraint("story", "channel"),
    # A number that the operator was told must never mean another post later.
    sqlite_autoincrement=True,
)

# Where a channel posts, as the configuration said last: by this one that is renamed is recognised.
channels = Table(
    "channels",
    metadata,
    Column("id", String, primary_key=True),
    Column("place", String, nullable=False),
)

# `open_at`: when the lane could last have sent something; `reopened_at`: when an outage ended.
# `chat` is the new id of the chat that the configuration calls `chat_was`.
lanes = Table(
    "lanes",
    metadata,
    Column("channel", String, primary_key=True),
    Column("not_before", UtcTime, nullable=False),
    Column("open_at", UtcTime),
    Column("reopened_at", UtcTime),
    Column("chat_was", String),
    Column("chat", BigInteger),
)

account_lanes = Table(
    "account_lanes",
    metadata,
    Column("account", String, primary_key=True),
    Column("not_before", UtcTime, nullable=False),
)

# A chat of several channels (topics); a "@name" goes by its `number` once known; no account is "".
chat_lanes = Table(
    "chat_lanes",
    metadata,
    Column("account", String, primary_key=True),
    Column("chat", String, primary_key=True),
    Column("not_before", UtcTime, nullable=False),
    Column("number", BigInteger),
)

# Money, in micro-dollars: reserved before a request, given back where it was certainly not billed.
charges = Table(
    "charges",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("kind", String, nullable=False),
    Column("delivery", BigInteger),
    Column("amount", BigInteger, nullable=False),
    Index("charges_of_account", "account", "at"),
    Index("charges_of_delivery", "delivery"),
    sqlite_autoincrement=True,
)

pauses = Table(
    "pauses",
    metadata,
    Column("scope", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("code", String, nullable=False),
    Column("text", Said(1000), nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("until", UtcTime),
    Column("failures", Integer, nullable=False, default=0),
    Column("probe", BigInteger),
)

# Written as literals, because a partial index serves only a query that repeats its condition.
is_pending = deliveries.c.state == literal_column("'pending'")
is_sending = deliveries.c.state == literal_column("'sending'")
is_held = deliveries.c.state == literal_column("'held'")
is_unknown = deliveries.c.state == literal_column("'unknown'")
is_failed = deliveries.c.state == literal_column("'failed'")
is_claimed = deliveries.c.lease_owner.is_not(None)
is_sought = deliveries.c.search_at.is_not(None)
# Of a partial index only SQLite's word is given here: the one of PostgreSQL makes SQLAlchemy load
# all its drivers, 40 ms of each command. `bot.store.tables.versions` adds it.
Index(
    "one_delivery_in_flight_per_channel", deliveries.c.channel, unique=True, sqlite_where=is_claimed
)
for _name, _condition in (
    ("deliveries_pending", is_pending),
    ("deliveries_held", is_held),
    ("deliveries_unknown", is_unknown),
    ("deliveries_failed", is_failed),
    ("deliveries_searched", is_sought),
):
    Index(_name, deliveries.c.channel, deliveries.c.feed, deliveries.c.id, sqlite_where=_condition)
Index("deliveries_attempts", deliveries.c.channel, deliveries.c.attempted_at, deliveries.c.state)
Index("deliveries_of_account", deliveries.c.account, deliveries.c.attempted_at)
is_corrected = stories.c.corrected_at.is_not(None)
Index("stories_corrected", stories.c.corrected_at, sqlite_where=is_corrected)
is_filtered = passed_over.c.code == literal_column(f"'{ReasonCode.FILTERED}'")
Index("passed_over_filtered", passed_over.c.at, sqlite_where=is_filtered)
is_ahead = deliveries.c.reason_code == literal_column(f"'{ReasonCode.FUTURE_DATE}'")
Index("deliveries_ahead", deliveries.c.due, sqlite_where=is_ahead)
is_first = deliveries.c.first_at.is_not(None)
Index("deliveries_first", deliveries.c.channel, sqlite_where=is_first)
Index("deliveries_in_digest", deliveries.c.digest)
has_returned = feeds.c.returned_at.is_not(None)
Index("feeds_returned", feeds.c.returned_at, sqlite_where=has_returned)
# How often a feed brings news: its last stories.
Index("stories_of_feed", stories.c.feed, stories.c.id)
THIN = -1
"""The `version` of a story of which only times are left."""
is_whole = stories.c.version != literal_column(str(THIN))
Index("stories_whole", stories.c.last_seen, sqlite_where=is_whole)
