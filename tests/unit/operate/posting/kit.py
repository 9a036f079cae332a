"""A channel with posts in it, a platform that does as told, and a store in memory."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.format.templates import compile_template
from bot.models.basics import AccountId, ChannelId, FeedId, Platform
from bot.models.feeds import Item, Poll, Validators
from bot.models.outbox import Lane, Pace, Sent
from bot.models.posts import Post, Receipt
from bot.models.settings import Account, Backlog, Budget, Channel, Prices, TemplateText
from bot.models.stories import Article, Story
from bot.pipeline.route import Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.errors import PublishError
    from bot.models.basics import DeliveryId, Reason
    from bot.models.outbox import Delivery, Outcome
    from bot.models.views import DeliveryRow
    from bot.store.engine import Store

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY, MONTH = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
TEMPLATE = TemplateText(name="t", source="{{ title }}")
X_ACCOUNT = Account(
    id=AccountId("x"),
    platform=Platform.X,
    api_url="https://x.example",
    secrets={},
    budget=Budget(per_day=1_000_000, per_month=9_000_000),
    prices=Prices(),
)


class Site:
    """The platform: publishes and deletes, unless an error is to come."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.chats: list[str | int | None] = []
        self.deleted: list[tuple[str, str | None]] = []
        self.faults: deque[PublishError | None] = deque()

    async def publish(self, post: Post) -> Receipt:
        self._fail()
        self.sent.append(post.text)
        self.chats.append(post.chat)
        number = str(len(self.sent))
        return Receipt(remote_id=number, url=f"https://t.me/tin/{number}")

    async def delete(self, remote_id: str, chat: str | None) -> None:
        self._fail()
        self.deleted.append((remote_id, chat))

    async def close(self) -> None:
        """Nothing is open."""

    def _fail(self) -> None:
        fault = self.faults.popleft() if self.faults else None
        if fault is not None:
            raise fault


class Bench:
    """One channel whose time is set by hand."""

    def __init__(
        self, store: Store, *, platform: Platform = Platform.TELEGRAM, **settings: Any
    ) -> None:
        self.store = store
        self.time = NOW
        self.site = Site()
        self._backlog, self._most = Backlog(), 99
        account = X_ACCOUNT if platform is Platform.X else None
        self.channel = Channel(
            id=ChannelId("tin"),
            platform=platform,
            template=TEMPLATE,
            account=account.id if account else None,
            chat="@tin" if platform is Platform.TELEGRAM else None,
            **settings,
        )
        can_delete = platform is not Platform.CONSOLE
        self.route = Route(
            channel=self.channel,
            account=account,
            template=compile_template(TEMPLATE, platform),
            publisher=self.site,
            timezone=ZoneInfo("UTC"),
            deleter=self.site if can_delete else None,
        )

    @property
    def now(self) -> Callable[[], datetime]:
        return lambda: self.time

    def backlog(self, *, newest: int, most: int) -> None:
        """Let more than `most` deliveries wait no longer."""
        self._backlog, self._most = Backlog(newest=newest), most

    def cut_budget(self) -> None:
        """Leave no room for another post."""
        account = replace(X_ACCOUNT, budget=Budget(per_day=20_000, per_month=20_000))
        self.route = replace(self.route, account=account)

    async def show(self, *titles: str, owed: bool = True, held: Reason | None = None) -> None:
        """Let a feed show stories; what is not `owed` keeps no text."""
        stories = [
            Story(
                items=(Item(id=title, title=title, link=f"https://example.org/{title}"),),
                keys=(),
                owed=(self.channel.id,) if owed else (),
                article=Article(title=title, link=f"https://example.org/{title}") if owed else None,
                held=held,
            )
            for title in titles
        ]
        poll = Poll(feed=FeedId("vn"), at=self.time, next_poll=self.time, validators=Validators())
        await self.store.feeds.finish_poll(poll, (), lambda _: stories)

    async def attempt(self, outcome: Outcome | None = None) -> DeliveryId:
        """Claim what is due, begin it and end it; a post that arrived without `outcome`."""
        self.time += timedelta(minutes=1)
        (delivery,) = await self.claim()
        title = delivery.article.title
        post = Post(
            channel=self.channel.id,
            platform=self.channel.platform,
            text=title,
            length=len(title),
            chat=self.channel.chat,
        )
        await self.store.outbox.begin(delivery.id, post, self.time)
        end = outcome or Sent(receipt=await self.site.publish(post))
        await self.store.outbox.finish(delivery, end, self.time)
        return delivery.id

    async def claim(self) -> list[Delivery]:
        account = self.channel.account
        lane = Lane(
            channel=self.channel.id,
            account=account,
            pace=Pace(gap=timedelta(0)),
            backlog=self._backlog,
            most=self._most,
        )
        return await self.store.outbox.claim_due_deliveries([lane], self.time, limit=1)

    async def posted(self, *titles: str) -> None:
        await self.show(*titles)
        for _ in titles:
            await self.attempt()

    async def rows(self) -> list[DeliveryRow]:
        """Return the outbox, oldest first."""
        return (await self.store.desk.deliveries(limit=0))[::-1]

    async def states(self) -> list[str]:
        return [row.state.value for row in await self.rows()]

    async def spent(self) -> int:
        day, _ = await self.store.desk.spent(AccountId("x"), DAY, MONTH)
        return day
