"""The week's best-rated posts in `newsbot status`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.operate.json_forms import plain
from bot.operate.say import say
from bot.operate.tables import print_table
from bot.store.operator.week import BEST

if TYPE_CHECKING:
    from datetime import datetime

    from bot.store.engine import Store

_WEEK = timedelta(days=7)


async def best_json(store: Store | None, now: datetime) -> list[dict[str, Any]]:
    """Return the best of the last seven days, the best first."""
    found = await store.week.best(now - _WEEK, BEST) if store else []
    return [
        {
            "id": str(post.delivery),
            "channel": post.channel,
            "title": plain(post.title),
            "url": post.url,
            "reactions": post.reactions,
        }
        for post in found
    ]


def print_best(best: list[dict[str, Any]]) -> None:
    """Print what `best_json` returns, for people."""
    if not best:
        return
    say()
    rows = [(one["reactions"], one["channel"], one["url"] or "", one["title"]) for one in best]
    print_table(("BEST OF THE WEEK", "OF", "LINK", "TITLE"), rows, notes=("TITLE",))
