"""What is kept of each feed's last document, as bytes that the pipeline makes and reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select, update

from bot.store.tables.facts import feed_facts

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from bot.models.basics import FeedId

_of_feed = feed_facts.c.feed == bindparam("of")
_READ = select(feed_facts.c.facts).where(_of_feed)
_CHANGE = update(feed_facts).where(_of_feed).values(facts=bindparam("new"))
_FORGET = delete(feed_facts).where(_of_feed)


def facts_of(tx: Connection, feed: FeedId) -> bytes | None:
    """Return what is kept of the feed's last document."""
    return tx.execute(_READ, {"of": feed}).scalar_one_or_none()


def keep_facts(tx: Connection, feed: FeedId, facts: bytes | None) -> None:
    """Keep `facts` of the feed's last document, nothing where None."""
    if facts is None:
        tx.execute(_FORGET, {"of": feed})
    elif tx.execute(_CHANGE, {"of": feed, "new": facts}).rowcount == 0:
        tx.execute(insert(feed_facts), {"feed": feed, "facts": facts})


def forget_facts(tx: Connection, feeds: Collection[FeedId] | None = None) -> None:
    """Let the next poll of `feeds`, of all where None, read and decide about everything."""
    everything = delete(feed_facts)
    tx.execute(everything if feeds is None else everything.where(feed_facts.c.feed.in_(feeds)))
