"""`newsbot feeds release`: a feed that brought too much at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import NewsbotError
from bot.models.basics import FeedId
from bot.operate.names import known
from bot.wording import marked, told, told_count

if TYPE_CHECKING:
    from datetime import datetime

    from bot.config import Config
    from bot.store.engine import Store

_MORE = marked(
    "; where that fills a queue above two days of max_per_day, `backlog` takes the oldest"
)


async def release(name: str, store: Store, config: Config, now: datetime, *, drop: bool) -> str:
    """Release a feed of the file or of the database; return a message for the operator.

    Raises UsageError where neither knows it, NewsbotError where nothing of it is held back.
    """
    feed = FeedId(name)
    count = await store.desk.release_feed(feed, now, drop=drop)
    if count is None:
        if not await store.desk.feed_status([feed]):
            known("feed", name, config.feeds)
        raise NewsbotError(
            told("feed {name} is not held back: `newsbot status` shows which are", name=name)
        )
    posts = told_count("{count} delivery", "{count} deliveries", count)
    end = (
        told("{what} dropped", what=posts)
        if drop
        else told("{what} will be sent at the pace of the channels", what=posts) + _MORE
    )
    return (
        told("feed {name} goes on; {why}", name=name, why=end)
        if name in config.feeds
        else told("feed {name} is free; {why}", name=name, why=end)
    )
