"""The running service as pages see it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from bot.models.alerts import Presence
from bot.operate.alerts.silence import SilenceWatch
from bot.operate.alerts.snapshot import Watches, take_snapshot
from bot.operate.alerts.stalled import StallWatch
from bot.operate.browser.decisions import Decisions
from bot.operate.browser.preview.items import Fetched
from bot.operate.feeds.configfile import ConfigFile
from bot.wording import wording

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from bot.config import Config
    from bot.models.basics import ChannelId
    from bot.models.settings import Feed
    from bot.operate.alerts.snapshot import Snapshot
    from bot.operate.feeds.discovery import Found
    from bot.operate.preview.previews import Preview
    from bot.pipeline.articles import Offload
    from bot.pipeline.route import Route
    from bot.store.engine import Store
    from bot.wording import Wording

_FRESH: Final = 10.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetching:
    """What pages fetch: the feeds of an address, and posts of the newest items of feeds.

    How many items of each comes last.
    """

    discover: Callable[[Config, str], Awaitable[Found]]
    previews: Callable[[Config, Sequence[Feed], int], Awaitable[list[list[Preview]]]]


@dataclass(slots=True, kw_only=True)
class Newsroom:
    """What pages read and act on; `config` and `routes` follow the file while the service runs.

    `reads` is a connection of its own to the database of `store`: a page that reads much makes no
    post wait. Whatever changes something goes through `store`, or is an edit of the `file` that the
    configuration comes from. `environ` is as for `load_config`. `offload` runs what may take too
    long in a child process, as a template may that is being written.
    """

    config: Config
    store: Store
    reads: Store
    now: Callable[[], datetime]
    began: datetime
    fetching: Fetching
    offload: Offload
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    routes: Mapping[ChannelId, Route] = field(default_factory=dict)
    file: Callable[[Path, Mapping[str, str]], ConfigFile] = ConfigFile
    follows_within: float = 3.0
    """Seconds in which a service takes a file that was saved."""
    decisions: Decisions = field(init=False)
    fetched: Fetched = field(default_factory=Fetched)
    _watches: Watches = field(init=False)
    _snapshot: Snapshot | None = None
    _followed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.decisions = Decisions(
            lambda limit: self.reads.overview.decisions(list(self.config.accounts), limit)
        )
        self._watches = Watches(SilenceWatch(self.reads.alerts), StallWatch())

    @property
    def words(self) -> Wording:
        """Return the words of the file's language."""
        return wording(self.config.language)

    def follow(self, config: Config, routes: Mapping[ChannelId, Route]) -> None:
        """Work with another configuration from now on."""
        self.config = config
        self.routes = routes
        self._snapshot = None
        self._followed.set()

    async def has_followed(self, is_there: Callable[[Config], bool]) -> bool:
        """Wait until the service works with a file that was changed; tell whether it does."""
        try:
            async with asyncio.timeout(self.follows_within):
                while not is_there(self.config):
                    self._followed.clear()
                    await self._followed.wait()
        except TimeoutError:
            return False
        return True

    async def snapshot(self) -> Snapshot:
        """Return all that tells of trouble, at most some seconds old, and the pauses of now.

        Those are what somebody else may just have begun or ended, on another machine, too.
        """
        now, kept = self.now(), self._snapshot
        if kept is None or not 0 <= (now - kept.now).total_seconds() < _FRESH:
            presence = Presence(running=True, since=self.began)
            kept = await take_snapshot(self.config, self.reads, self._watches, now, presence)
            self._snapshot = kept
        pauses = await self.reads.overview.pauses()
        return replace(kept, condition=replace(kept.condition, pauses=pauses))

    def forget(self) -> None:
        """Let the next page see what was changed just now."""
        self._snapshot = None
