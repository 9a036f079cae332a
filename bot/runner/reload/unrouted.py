"""News of a feed that was removed, disabled or led elsewhere is not posted any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.log import get_logger

if TYPE_CHECKING:
    from bot.models.feeds import Routing
    from bot.runner.assembly import Assembly

_log = get_logger(__name__)
CHECK = 15.0
"""Seconds between two checks: an attempt or a poll that was under way leaves something behind."""


async def drop_unrouted(assembly: Assembly, *, before: Routing | None = None) -> None:
    """Drop what waits for channels that its feed does not lead to, and tell how many.

    With the routing `before` a change it is what that one led to them.
    """
    routing, desk, now = assembly.routing, assembly.store.desk, assembly.now()
    if routing is None:
        return
    if before is not None and assembly.store.database.is_shared:
        dropped = await desk.drop_unrouted(routing, now, only=before.pairs - routing.pairs)
    elif await desk.unrouted(routing, now):
        dropped = await desk.drop_unrouted(routing, now)
    else:
        return
    for feed, posts in sorted(dropped.items()):
        _log.info("dropped what waited: its feed leads there no more", feed=feed, posts=posts)
