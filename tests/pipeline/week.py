"""A week of the bot in simulated time: what the runner does, over platforms with trouble in store.

Only network and clock are replaced. The database is in memory and outlives the power cut, after
which another process opens it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.format.templates import compile_template
from bot.models.basics import AccountId, Platform
from bot.models.settings import Account, Approval, Budget, Channel, Digest, Prices, TemplateText
from bot.models.times import Hours, Times
from bot.pipeline.judging import CollectPorts
from bot.pipeline.route import Route
from bot.publish.pace import lane_of
from bot.runner.assembly import Assembly
from bot.runner.work.correcting import Corrector
from bot.runner.work.delivering import Deliverer
from bot.runner.work.polling import Poller
from bot.runner.work.settling import Settler
from bot.store.engine import open_store
from tests.kept import next_process
from tests.pipeline.week_feeds import DAILY, MAIN, PAID, QUIET, START, STORMING, TIMED, WEEK, Web
from tests.pipeline.week_platforms import Span, TelegramBot, TelegramChat, XAccount
from tests.shipped import DIGEST_HTML, DIGEST_TEXT

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.models.basics import ChannelId
    from tests.pipeline.simulated import SimulatedLoop

BERLIN = ZoneInfo("Europe/Berlin")
QUIET_HOURS = Hours(start=time(23), end=time(6))
EDIT_WINDOW = timedelta(hours=12)
TAIL = timedelta(days=3, hours=12)
"""After the week nothing new is published: what waits is sent or becomes too old.

It ends in another month, when there is money again to look for a post that got no answer.
"""

OUTAGE = Span(START + timedelta(days=1, hours=8), START + timedelta(days=1, hours=11))
END = START + WEEK + TAIL
UNREACHABLE = Span(START + timedelta(days=5, hours=10), START + timedelta(days=5, hours=12))
FORBIDDEN = Span(START + timedelta(days=6, hours=8), START + timedelta(days=6, hours=9))
FLOOD = Span(START + timedelta(days=4, hours=15, minutes=2), START + timedelta(days=5))
RELEASED = START + timedelta(days=2, hours=15)
NEVER = Span(START, START)

X_BUDGET = Budget(per_day=330_000, per_month=2_100_000)
X_PRICES = Prices()
X = Account(
    id=AccountId("x"),
    platform=Platform.X,
    api_url="https://api.x.example",
    secrets={},
    budget=X_BUDGET,
    prices=X_PRICES,
)
X_POSTS_A_DAY = 10
DIGEST_TIMES = Times(of_days=((time(7, 30), time(19)),) * 7)
POST_TIMES = Times(of_days=((time(2, 30), time(12), time(18, 30)),) * 7)
"""The first comes twice in the night in which clocks go back."""
PER_SLOT = 3
_TELEGRAM = TemplateText(
    name="t", source='<b><a href="{{ link or source }}">{{ title }}</a></b>\n\n{{ lead }}\n'
)
_X = TemplateText(name="x", source="{{ title }}\n{{ link or source }}")
_ROUND = timedelta(minutes=15)
_HOUR = timedelta(hours=1)
_OTHERS = timedelta(seconds=5)
_TICK = 0.5
_LAZY_TICK = 5.0


def channels() -> dict[ChannelId, Channel]:
    telegram = Channel(
        id=MAIN,
        platform=Platform.TELEGRAM,
        template=_TELEGRAM,
        account=AccountId("tg"),
        chat="@tin",
        max_per_hour=1200,
        max_per_day=2000,
        edit_window=EDIT_WINDOW,
        digest_template=DIGEST_HTML,
    )
    return {
        MAIN: telegram,
        QUIET: Channel(
            id=QUIET,
            platform=Platform.TELEGRAM,
            template=_TELEGRAM,
            account=AccountId("tg"),
            chat="@tin_ngay",
            max_per_hour=10,
            max_per_day=60,
            quiet_hours=QUIET_HOURS,
            digest_template=DIGEST_HTML,
        ),
        PAID: Channel(
            id=PAID,
            platform=Platform.X,
            template=_X,
            account=X.id,
            max_per_hour=6,
            max_per_day=24,
            link="budget",
            digest_template=DIGEST_TEXT,
        ),
        DAILY: replace(
            telegram,
            id=DAILY,
            chat="@diem_tin",
            max_per_hour=6,
            max_per_day=60,
            digest=Digest(at=DIGEST_TIMES, newest=20, template=DIGEST_HTML),
        ),
        TIMED: replace(
            telegram,
            id=TIMED,
            chat="@tin_gio",
            max_per_hour=6,
            max_per_day=60,
            post_at=POST_TIMES,
            per_slot=PER_SLOT,
        ),
    }


@dataclass
class Bot:
    """One process: what a `LocalRunner` runs, started when something is due."""

    assembly: Assembly
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.poller = Poller(self.assembly, on_end=self.ready.set)
        self.deliverer = Deliverer(self.assembly, on_end=self.ready.set)
        busy = self.deliverer.jobs.keys
        self.settler = Settler(self.assembly, busy=busy, on_end=self.ready.set)
        self.corrector = Corrector(self.assembly, on_end=self.ready.set)
        self.senders = (self.deliverer, self.settler, self.corrector)
        self._others_at = self.assembly.now()

    @property
    def crashes(self) -> int:
        return sum(each.jobs.crashes for each in (self.poller, *self.senders))

    async def round(self) -> float:
        """Start what is due; return the seconds after which to look again."""
        before = len(self.deliverer.jobs)
        await self.deliverer.tick()
        if self.assembly.now() >= self._others_at:
            self._others_at = self.assembly.now() + _OTHERS
            await self.settler.tick()
            await self.corrector.tick()
        due = await self.deliverer.next_due()
        if due is None:
            return _ROUND.total_seconds()
        # What is due and cannot start waits for something else, such as a look.
        least = _TICK if len(self.deliverer.jobs) > before else _LAZY_TICK
        wait = (due - self.assembly.now()).total_seconds()
        return least if wait <= 0 else max(wait, 0.001)

    async def kill(self) -> None:
        for each in (self.poller, *self.senders):
            await each.jobs.cancel()


class Week:
    """Everything, from the first poll to three days after the last story."""

    def __init__(
        self, seed: int, feeds: int, loop: SimulatedLoop, *, approved: bool = False
    ) -> None:
        self.now = loop.now
        self.web = Web(loop.now, Random(seed), feeds)
        self.channels = channels()
        self.skipped = 0
        if approved:
            self.channels[QUIET] = replace(self.channels[QUIET], approval=Approval())
        rng = Random(seed + 1)
        self.bot_account = TelegramBot(loop.now, rng, UNREACHABLE)
        self.main = TelegramChat(
            self.bot_account, forbidden=FORBIDDEN, flood=NEVER, power_cut=OUTAGE.start
        )
        self.quiet = TelegramChat(self.bot_account, forbidden=NEVER, flood=FLOOD, power_cut=None)
        self.daily, self.timed = (
            TelegramChat(self.bot_account, forbidden=NEVER, flood=NEVER, power_cut=None)
            for _ in range(2)
        )
        self.x = XAccount(loop.now, rng, NEVER, account=X, per_day=X_POSTS_A_DAY)
        self.queues: dict[ChannelId, list[int]] = {id_: [] for id_ in self.channels}
        self.crashes = 0
        self.interrupted = 0
        self.released = 0
        self.store = open_store(":memory:", create=True)

    @property
    def chats(self) -> dict[ChannelId, TelegramChat | XAccount]:
        return {
            MAIN: self.main,
            QUIET: self.quiet,
            PAID: self.x,
            DAILY: self.daily,
            TIMED: self.timed,
        }

    async def run(self) -> None:
        """Live the week; the store is left open for questions."""
        bot = self._bot()
        cut = asyncio.create_task(self.main.cut.wait())
        await self._live(bot, until=END, stop=cut)
        assert cut.done(), "the power was never cut under a post"
        await bot.kill()
        self.crashes += bot.crashes
        await asyncio.sleep((OUTAGE.end - self.now()).total_seconds())
        self.store = await next_process(self.store)
        self.interrupted = len(await self.store.outbox.recover(self.now()))
        bot = self._bot()
        await self._live(bot, until=END)
        await bot.kill()
        self.crashes += bot.crashes

    def _bot(self) -> Bot:
        async def at_once(work: Callable[[], object]) -> object:
            return work()

        store = self.store
        return Bot(
            Assembly(
                feeds={id_: source.feed for id_, source in self.web.sources.items()},
                routes={id_: self._route(channel) for id_, channel in self.channels.items()},
                store=store,
                collect=CollectPorts(
                    fetcher=self.web,
                    feeds=store.feeds,
                    stories=store.stories,
                    pages=self.web,
                    offload=at_once,  # type: ignore[arg-type] # a generic function has no short form
                ),
                timezone=BERLIN,
                remember=timedelta(days=400),
                now=self.now,
                wall=self.now,
            )
        )

    def _route(self, channel: Channel) -> Route:
        platform = self.chats[channel.id]
        editor = platform if isinstance(platform, TelegramChat) else None
        return Route(
            channel=channel,
            account=X if channel.account == X.id else None,
            template=compile_template(channel.template, channel.platform),
            publisher=platform,
            timezone=BERLIN,
            finder=platform,
            editor=editor,
        )

    async def _live(
        self, bot: Bot, *, until: datetime, stop: asyncio.Future[object] | None = None
    ) -> None:
        poll_at = hour_at = self.now()
        while self.now() < until and not (stop and stop.done()):
            bot.ready.clear()
            if self.now() >= poll_at:
                poll_at = self.now() + _ROUND
                await bot.poller.tick()
            if self.now() >= hour_at:
                hour_at = self.now() + _HOUR
                await self._each_hour(bot.assembly)
            wait = await bot.round()
            wait = min(wait, max((poll_at - self.now()).total_seconds(), 0))
            await _first(bot.ready, stop, wait)

    async def _each_hour(self, assembly: Assembly) -> None:
        now = self.now()
        outdated = {feed.id: now - feed.max_age for feed in assembly.feeds.values() if feed.max_age}
        await self.store.outbox.drop_outdated(outdated, assembly.now())
        await self.store.housekeeping(now, timedelta(days=400))
        if now >= RELEASED and not self.released:
            self.released = await self.store.desk.release_feed(STORMING, now) or 0
        await self._decide(now)
        named = [(channel.id, channel.account) for channel in self.channels.values()]
        for status in await self.store.desk.channel_status(named, now):
            self.queues[status.id].append(status.pending + status.held)

    async def _decide(self, now: datetime) -> None:
        """A person looks each hour, takes up to ten hours over a post, and skips each seventh."""
        for card in await self.store.cards.open():
            id_ = card.delivery.id
            if card.waits and now - card.delivery.created_at >= _HOUR * (id_ % 11):
                if id_ % 7 == 0:
                    await self.store.cards.skip(id_, "skipped")
                    self.skipped += 1
                else:
                    await self.store.cards.approve(id_, card.seen, "An", now)

    def most_waiting(self, channel: ChannelId) -> int:
        most = lane_of(self.channels[channel], START, BERLIN).most
        assert most is not None
        return most


async def _first(ready: asyncio.Event, stop: asyncio.Future[object] | None, wait: float) -> None:
    """Wait until something happens, at most `wait` seconds."""
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait(
        {waiting, *([stop] if stop else [])}, timeout=wait, return_when=asyncio.FIRST_COMPLETED
    )
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
