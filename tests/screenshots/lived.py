"""Seven days of the bot in simulated time, of which the pictures are taken."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from bot.app.enabled import enabled_channels, enabled_feeds, template_of
from bot.config import load_config
from bot.models.basics import Platform
from bot.models.posts import Receipt
from bot.pipeline.judging import CollectPorts
from bot.pipeline.route import Route
from bot.runner.assembly import Assembly
from bot.runner.work.counting import ROUND, Counting
from bot.store.engine import open_store
from tests.pipeline.simulated import SimulatedLoop
from tests.pipeline.week import Bot
from tests.screenshots.newspapers import DAYS, FOLDER, Newspapers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.config import Config
    from bot.models.basics import ChannelId
    from bot.models.posts import Post
    from bot.models.settings import Channel
    from bot.store.engine import Store

END = datetime(2026, 11, 20, 2, 40, tzinfo=UTC)
"""9:40 of a Friday in Vietnam."""
_LOOK = 300.0  # seconds between two looks for feeds that are due
_AWAY = timedelta(hours=3)
_BUSY = 2.2  # milliseconds of CPU for each second: what a bot of this size was seen to use


@dataclass(frozen=True)
class Reader:
    """Takes every post of a channel. Implements `ports.Publisher`."""

    channel: Channel
    numbers: count[int]

    async def publish(self, _: Post) -> Receipt:
        await asyncio.sleep(0.4)
        number = next(self.numbers)
        if self.channel.platform is Platform.X:
            return Receipt(remote_id=str(number), url=f"https://x.com/i/status/{number}")
        name = str(self.channel.chat).lstrip("@")
        return Receipt(remote_id=str(number), url=f"https://t.me/{name}/{number}")

    async def close(self) -> None:
        """Nothing is open."""


def configuration(folder: Path) -> Config:
    """Return the configuration of the pictures, from a file in `folder`."""
    path = folder / "newsbot.toml"
    path.write_bytes((FOLDER / "newsbot.toml").read_bytes())
    return load_config(path, environ={})


def live(config: Config, database: str) -> None:
    """Let the bot live the days up to `END` on a new database."""
    loop = SimulatedLoop(END - timedelta(days=DAYS))
    store = open_store(database, create=True)
    loop.run(_live(config, store, loop.now))


async def _live(config: Config, store: Store, now: Callable[[], datetime]) -> None:
    began = now()

    def busy() -> int:
        return int(_BUSY * (now() - began).total_seconds())

    counting = Counting(store, now, cpu=busy, memory=lambda: 96_000_000, machine="server")
    bot = Bot(assembly(config, store, now, counting))
    count_at = now()
    while now() < END:
        await bot.poller.tick()
        if now() >= count_at:
            count_at = now() + timedelta(seconds=ROUND)
            await counting.write(config.channels)
        await approve(store, now())
        await bot.round()
        await asyncio.sleep(min(_LOOK, (END - now()).total_seconds()))
    await counting.write(config.channels)
    await bot.kill()
    await store.close()


async def approve(store: Store, now: datetime) -> None:
    """Let go what a person looked at, who is away for the last hours."""
    for card in await store.cards.open():
        if card.waits and now < END - _AWAY:
            await store.cards.approve(card.delivery.id, card.seen, "An", now)


def assembly(
    config: Config, store: Store, now: Callable[[], datetime], counting: Counting
) -> Assembly:
    async def at_once(work: Callable[[], object]) -> object:
        return work()

    papers = Newspapers(config.feeds, END, now)
    return Assembly(
        feeds=enabled_feeds(config),
        routes=routes(config),
        store=store,
        collect=CollectPorts(
            fetcher=papers,
            feeds=store.feeds,
            stories=store.stories,
            pages=papers,
            events=store.events,
            offload=at_once,  # type: ignore[arg-type] # a generic function has no short form
        ),
        timezone=config.timezone,
        remember=config.remember,
        now=now,
        wall=now,
        observers=(counting,),
    )


def routes(config: Config) -> dict[ChannelId, Route]:
    """Return the way to each channel."""
    return {id_: _route(config, one) for id_, one in enabled_channels(config).items()}


def _route(config: Config, channel: Channel) -> Route:
    return Route(
        channel=channel,
        account=config.accounts[channel.account] if channel.account else None,
        template=template_of(channel),
        publisher=Reader(channel, count(1204)),
        timezone=config.timezone,
    )
