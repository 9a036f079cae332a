"""Looks for the feeds of a site, for `feeds add`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.app.adapters import feed_fetcher
from bot.clock import utc_now
from bot.offload import child_processes

if TYPE_CHECKING:
    from pathlib import Path

    from bot.config import Config
    from bot.operate.feeds.discovery import Found


async def discovered(config: Config, text: str, cwd: Path) -> Found:
    """Return the feeds of the address, host, handle or file `text`, or why there are none."""
    from bot.operate.feeds.discovery import Discoverer

    async with child_processes() as offload, feed_fetcher(config) as fetcher:
        hosts = config.collect.allow_hosts
        finder = Discoverer(fetcher=fetcher, offload=offload, now=utc_now(), allow_hosts=hosts)
        return await finder.discover(text, cwd)
