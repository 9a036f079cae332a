"""What waits and would not pass the filters of the file is not posted any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.filters.screen import terms_of
from bot.log import get_logger
from bot.pipeline.screening import why_kept_out

if TYPE_CHECKING:
    from bot.runner.assembly import Assembly

_log = get_logger(__name__)


async def follow_filters(assembly: Assembly) -> None:
    """Drop what waits and would not pass any more, and note which terms there are."""
    desk, terms = assembly.store.desk, terms_of(assembly.feeds.values())
    await desk.follow_terms(terms, assembly.now())
    if not terms:
        return
    dropped = await desk.drop_filtered(assembly.feeds, why_kept_out)
    for feed, posts in sorted(dropped.items()):
        _log.info("dropped what was queued: a filter keeps it out", feed=feed, posts=posts)
