"""`newsbot feeds release`: a feed that brought too much at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.counted import counted
from bot.errors import NewsbotError
from bot.models.basics import FeedId
from bot.operate.names import known

if TYPE_CHECKING:
    from datetime import datetime

    from bot.config import Config
    from bot.store.engine import Store

_MORE = "; where that fills a queue above two days of max_per_day, `backlog` takes the oldest"


async def release(name: str, store: Store, config: Config, now: datetime, *, drop: bool) -> str:
    """Release a feed of the file or of the database; return a message for the operator.

    Raises UsageError where neither knows it, NewsbotError where nothing of it is held back.
    """
    feed = FeedId(name)
    count = await store.desk.release_feed(feed, now, drop=drop)
    if count is None:
        if not await store.desk.feed_status([feed]):
            known("feed", name, config.feeds)
        raise NewsbotError(f"feed {name} is not held back: `newsbot status` shows which are")
    posts = counted(count, "delivery", "deliveries")
    end = f"{posts} dropped" if drop else f"{posts} will be sent at the pace of the channels{_MORE}"
    return f"feed {name} {'goes on' if name in config.feeds else 'is free'}; {end}"
