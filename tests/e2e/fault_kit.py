"""One channel over the real publishers and a stand-in, with a clock as a value."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.app.adapters import with_account
from bot.format.templates import compile_template
from bot.models.basics import AccountId, ChannelId, Platform
from bot.models.feeds import Item, Poll, Validators
from bot.models.pictures import Fetchable, Picture
from bot.models.settings import Account, Budget, Channel, Prices, TemplateText
from bot.models.stories import Article, Passage, Story
from bot.pipeline.route import Route
from bot.publish.gate import Gate
from bot.publish.telegram.account import TelegramAccount
from bot.publish.x.account import XAccount
from bot.runner.assembly import Assembly
from bot.runner.work.correcting import Corrector
from bot.runner.work.delivering import Deliverer
from bot.runner.work.settling import Settler
from tests.pipeline.kit import NOW, VN, FakePictures
from tests.shipped import DIGEST_HTML, DIGEST_TEXT
from tests.standins.pictures import drawn
from tests.standins.telegram import CHANNEL, TOKEN, TelegramServer
from tests.standins.x_oauth import Keys

if TYPE_CHECKING:
    from bot.models.outbox import Corrected, Correction
    from bot.models.views import DeliveryRow
    from bot.runner.work.worker import Worker
    from bot.store.engine import Store
    from tests.standins.x import XServer

SCRATCH = -1009
IMAGE = "https://example.org/1.jpg"
HTML = (
    '<b>{% if link %}<a href="{{ link }}">{{ title }}</a>{% else %}{{ title }}{% endif %}</b>'
    "\n{{ lead }}{% if more %}\n<blockquote expandable>{{ more }}</blockquote>{% endif %}"
)
LEAD = "Đoạn mở đầu kể hết mọi chuyện quan trọng."
BODY = (
    Passage("text", "Đoạn sau kể thêm chi tiết về cách mà hãng đã làm ra con chip này."),
    Passage("item", "Nó nhanh gấp đôi và chỉ tốn một nửa lượng điện của đời trước."),
)
PLAIN = "{{ title }}\n{{ link or source }}"
PICTURE = Picture(data=drawn("JPEG"), type="image/jpeg", width=640, height=360)


class RememberingCorrector(Corrector):
    """Remembers what came of the `last` correction."""

    last: Corrected | None = None

    def _tell(self, correction: Correction, corrected: Corrected) -> None:
        self.last = corrected
        super()._tell(correction, corrected)


class Line:
    """One channel, its store and its platform, with the program's own workers."""

    def __init__(
        self, store: Store, channel: Channel, account: Account, client: TelegramAccount | XAccount
    ) -> None:
        self.store = store
        self.now = NOW
        self.client = client
        self.owed = 0
        route = Route(
            channel=channel,
            account=account,
            template=compile_template(channel.template, channel.platform),
            publisher=client.publisher(channel),
            timezone=ZoneInfo("UTC"),
            pictures=FakePictures(Fetchable(picture=PICTURE)),
        )
        self.start(store, with_account(route, client))

    async def owe(self, *titles: str, image: str | None = None, **article: Any) -> None:
        stories = [
            Story(
                items=(Item(id=title, title=title),),
                keys=(),
                owed=(self.route.channel.id,),
                article=Article(
                    title=title,
                    link=f"https://example.org/{number}",
                    paragraphs=(LEAD,),
                    body=BODY,
                    source="Báo",
                    image=image,
                    **article,
                ),
            )
            for number, title in enumerate(titles, self.owed)
        ]
        self.owed += len(titles)
        poll = Poll(feed=VN, at=self.now, next_poll=self.now, validators=Validators())
        await self.store.feeds.finish_poll(poll, (), lambda _: stories)

    def start(self, store: Any, route: Route) -> None:
        """Begin a process of the program."""
        self.store, self.route = store, route
        assembly = Assembly(
            feeds={},
            routes={self.route.channel.id: self.route},
            store=self.store,
            collect=None,  # nothing polls here
            timezone=self.route.timezone,
            remember=None,
            now=lambda: self.now,
            wall=lambda: self.now,
            sleep=self._sleep,
        )
        on_end = asyncio.Event().set
        self.deliverer = Deliverer(assembly, on_end=on_end)
        self.settler = Settler(assembly, busy=self.deliverer.jobs.keys, on_end=on_end)
        self.corrector = RememberingCorrector(assembly, on_end=on_end)

    async def pass_time(self, most: timedelta) -> None:
        """Let the workers do what is due until nothing waits any more, or so much time passed."""
        end = self.now + most
        while True:
            # As the service does, it goes on while there is something that it could not store.
            rest = self.store.outbox.unwritten
            due = self.now if rest else await self.deliverer.next_due()
            if due is None or due > end:
                return
            self.now = due
            await self.round(self.settler)
            await self.round(self.deliverer)

    async def round(self, worker: Worker[Any, Any]) -> None:
        """Let one worker do what is due now, and raise what ended it."""
        await worker.tick()
        await asyncio.gather(*worker.jobs.running())
        assert not worker.jobs.crashes

    async def correct(self) -> Corrected | None:
        """Bring the post whose story changed in line with it, a minute later."""
        self.now += timedelta(minutes=1)
        self.corrector.last = None
        await self.round(self.corrector)
        return self.corrector.last

    async def _sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

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
        digest_template=DIGEST_HTML,
        account=account.id,
        chat=CHANNEL,
        share=("telegram", "copy"),
    )
    timeouts = {"read": 0.5, "total": 3}
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
        digest_template=DIGEST_TEXT,
        account=account.id,
    )
    client = XAccount(**asdict(Keys()), api_url=server.base, total=1)
    return Line(store, replace(channel, **keys), account, client)


def has_buttons(message: dict[str, Any]) -> bool:
    return "reply_markup" in message
