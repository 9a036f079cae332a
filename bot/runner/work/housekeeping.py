"""Keeps the store in order: claims of a killed process, old deliveries, old stories."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.log import get_logger
from bot.publish.pace import lane_of
from bot.runner.work.correcting import longest_window

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.runner.assembly import Assembly

_log = get_logger(__name__)
_DAY = timedelta(days=1)
_CLOCK_LOOK = 5.0
_CLOCK_BEHIND = timedelta(seconds=5)


async def recover(assembly: Assembly) -> None:
    """Take back the claims of a killed process; a post that it was sending may have been sent."""
    for one in await assembly.store.outbox.recover(assembly.now()):
        _log.warning("interrupted while sending", channel=one.channel, delivery=one.id)


async def try_paused(assembly: Assembly) -> None:
    """Try at once what a platform paused: whoever restarts or reloads has mended something."""
    for pause in await assembly.store.outbox.try_paused(assembly.now()):
        text = "paused before, and tried again now"
        _log.info(text, scope=pause.scope, id=pause.id, reason=pause.reason.text)


async def recognise_channels(assembly: Assembly) -> None:
    """Give a channel that is renamed in the file the history of its place."""
    renamed = await assembly.store.desk.recognise_channels(assembly.places)
    for was, name in renamed.items():
        _log.info("channel renamed: its history goes with it", channel=name, was=was)


async def excuse(assembly: Assembly) -> None:
    """Let go what waits at the desk where the configuration wants no approval any more."""
    now, zone = assembly.wall(), assembly.timezone
    lanes = [lane_of(route.channel, now, zone) for route in assembly.routes.values()]
    if excused := await assembly.store.cards.excuse(lanes):
        _log.info("no approval is wanted any more: these go out", posts=excused)


async def drop_outdated(assembly: Assembly) -> None:
    """Drop the deliveries that became older than their feed's `max_age` while they waited."""
    wall = assembly.wall()
    before = {feed.id: wall - feed.max_age for feed in assembly.feeds.values() if feed.max_age}
    dropped = await assembly.store.outbox.drop_outdated(before, assembly.now())
    if dropped:
        _log.info("dropped what became older than max_age while it waited", posts=dropped)


async def back_up(assembly: Assembly) -> None:
    """Copy the database once a day, from when it remembers something; not that of a server."""
    now = assembly.wall()
    last = assembly.store.last_backup(now)
    if last is not None and now - last < _DAY:
        return
    if last is None and await assembly.store.desk.latest_moment(list(assembly.feeds)) is None:
        return
    if backup := await assembly.store.back_up(now):
        _log.info("database copied", backup=str(backup))


async def thin(assembly: Assembly) -> None:
    """Keep only the keys of stories that can no longer be corrected or explained."""
    if assembly.explain_for is None:
        return
    explain_for = max(assembly.explain_for, longest_window(assembly) or timedelta(0))
    thinned = await assembly.store.thin(assembly.now(), explain_for)
    if thinned:
        _log.info("keeping only the keys of stories older than dedupe.explain_for", stories=thinned)


async def forget_events(assembly: Assembly) -> None:
    """Compare nothing with reports that are older than `dedupe.same_story_window`."""
    windows = [feed.same_story for feed in assembly.feeds.values() if feed.same_story]
    await assembly.store.events.forget(assembly.now() - max(windows, default=timedelta(0)))


async def forget(assembly: Assembly) -> None:
    """Delete the stories that are older than `dedupe.remember`."""
    if assembly.remember is None:
        return
    forgotten = await assembly.store.housekeeping(assembly.now(), assembly.remember)
    if forgotten:
        _log.info("forgot stories older than dedupe.remember", stories=forgotten)


async def tell_time(assembly: Callable[[], Assembly]) -> None:
    """Tell when the clock was set back, and when it has caught up; never returns."""
    is_told = False
    while True:
        ahead = assembly().now() - assembly().wall()
        if (ahead > _CLOCK_BEHIND) is not is_told:
            is_told = not is_told
            if is_told:
                text = "the clock is behind: time goes on slowly until it has caught up"
                _log.warning(text, seconds=round(ahead.total_seconds()))
            else:
                _log.info("the clock has caught up")
        await asyncio.sleep(_CLOCK_LOOK)
