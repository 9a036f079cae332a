"""One channel over the real publishers and a stand-in, with a clock as a value."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.app.adapters import powers_of
from bot.format.templates import compile_template
from bot.models.basics import AccountId, ChannelId, Platform
from bot.models.feeds import Item, Poll, Validators
from bot.models.pictures import Fetchable, Picture
from bot.models.settings import Account, Budget, Channel, Prices, TemplateText
from bot.models.stories import Article, Story
from bot.pipeline.correct import follow_correction
from bot.pipeline.deliver import deliver
from bot.pipeline.route import Route
from bot.pipeline.settle import settle
from bot.publish.gate import Gate
from bot.publish.pace import lane_of
from bot.publish.telegram.account import TelegramAccount
from bot.publish.x.account import XAccount
from tests.pipeline.kit import NOW, VN
from tests.standins.pictures import drawn
from tests.standins.telegram import CHANNEL, TOKEN, TelegramServer
from tests.standins.x_oauth import Keys

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from bot.models.outbox import Corrected, Outcome
    from bot.models.views import DeliveryRow
    from bot.store.engine import Store
    from tests.standins.x import XServer

SCRATCH = -1009
_DAY = timedelta(days=1)
IMAGE = "https://example.org/1.jpg"
HTML = '<b><a href="{{ link }}">{{ title }}</a></b>\n{{ lead }}'
PLAIN = "{{ title }}\n{{ link or source }}"
PICTURE = Picture(data=drawn("JPEG"), type="image/jpeg", width=640, height=360)


class Pictures:
    """Every picture is good."""

    async def examine(self, url: str, *, allow_hosts: Collection[str] = ()) -> Fetchable:
        return Fetchable(picture=PICTURE)


class Line:
    """One channel, its store and its platform."""

    def __init__(
        self, store: Store, channel: Channel, account: Account, client: TelegramAccount | XAccount
    ) -> None:
        self.store = store
        self.now = NOW
        self.client = client
        self.route = Route(
            channel=channel,
            account=account,
            template=compile_template(channel.template, channel.platform),
            publisher=client.publisher(channel),
            timezone=ZoneInfo("UTC"),
            powers=powers_of(channel, {account.id: client}),
            pictures=Pictures(),
        )

    async def owe(self, *titles: str, image: str | None = None) -> None:
        stories = [
            Story(
                items=(Item(id=title, title=title),),
                keys=(),
                owed=(self.route.channel.id,),
                article=Article(
                    title=title,
                    link=f"https://example.org/{number}",
                    paragraphs=("Đoạn mở đầu kể hết mọi chuyện quan trọng.",),
                    source="Báo",
                    image=image,
                ),
            )
            for number, title in enumerate(titles)
        ]
        poll = Poll(feed=VN, at=self.now, next_poll=self.now, validators=Validators())
        await self.store.feeds.finish_poll(poll, (), lambda _: stories)

    async def pass_time(self, most: timedelta) -> list[Outcome | None]:
        """Do what is due until nothing waits any more, or so much time has passed."""
        end, outcomes = self.now + most, []
        while True:
            lane = lane_of(self.route.channel, self.now, self.route.timezone)
            due = await self.store.outbox.next_due([lane], self.now)
            if due is None or due > end:
                return outcomes
            self.now = due
            outcomes.append(await self._step())

    async def _step(self) -> Outcome | None:
        outbox = self.store.outbox
        lane = lane_of(self.route.channel, self.now, self.route.timezone)
        for sought in await outbox.claim_looks([lane], self.now, limit=9):
            await settle(sought, self.route, store=outbox, now=self._clock)
        for delivery in await outbox.claim_due_deliveries([lane], self.now, limit=1):
            return await deliver(delivery, self.route, store=outbox, now=self._clock)
        return None

    async def correct(self) -> Corrected | None:
        """Bring the post whose story changed in line with it, a minute later."""
        self.now += timedelta(minutes=1)
        lane = lane_of(self.route.channel, self.now, self.route.timezone)
        found = await self.store.outbox.claim_corrections([lane], self.now, within=_DAY)
        for correction in found:
            return await follow_correction(
                correction, self.route, store=self.store.outbox, now=self._clock
            )
        return None

    def _clock(self) -> datetime:
        return self.now

    async def rows(self) -> list[DeliveryRow]:
        return (await self.store.desk.deliveries(limit=0))[::-1]

    async def states(self) -> list[str]:
        return [row.state.value for row in await self.rows()]

    async def trouble(self) -> set[str]:
        """Return what would be told to the operator: kinds of trouble, scopes of pauses."""
        condition = await self.store.alerts.condition([VN])
        found = {f"{pause.scope} paused" for pause in condition.pauses}
        found |= {"unknown"} if condition.unknown else set()
        found |= {"failed"} if condition.failed else set()
        return found | ({"moved"} if condition.moved else set())


def telegram_line(store: Store, server: TelegramServer, **keys: Any) -> Line:
    account = Account(
        id=AccountId("tg"), platform=Platform.TELEGRAM, api_url=server.base, secrets={}
    )
    channel = Channel(
        id=ChannelId("tin"),
        platform=Platform.TELEGRAM,
        template=TemplateText(name="t", source=HTML),
        account=account.id,
        chat=CHANNEL,
        share=("telegram", "copy"),
    )
    timeouts = {"connect": 1, "read": 0.5, "total": 3}
    # The stand-in has no pace here.
    client = TelegramAccount(TOKEN, server.base, **timeouts, gap=0, scratch=partial(Gate, 0))
    return Line(store, replace(channel, **keys), account, client)


def x_line(store: Store, server: XServer, **keys: Any) -> Line:
    account = Account(
        id=AccountId("x"),
        platform=Platform.X,
        api_url=server.base,
        secrets={},
        budget=Budget(per_day=2_000_000, per_month=40_000_000),
        prices=Prices(),
    )
    channel = Channel(
        id=ChannelId("xtin"),
        platform=Platform.X,
        template=TemplateText(name="x", source=PLAIN),
        account=account.id,
    )
    client = XAccount(**asdict(Keys()), api_url=server.base, connect=1, total=1)
    return Line(store, replace(channel, **keys), account, client)


def has_buttons(message: dict[str, Any]) -> bool:
    return "reply_markup" in message
