"""One lane over a real store in memory, with a clock as a value; only the platform is replaced."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.format.templates import compile_template
from bot.models.basics import AccountId, ChannelId, FeedId, Key, Platform
from bot.models.feeds import Item, Poll, Validators
from bot.models.posts import Post, Receipt, SearchResult
from bot.models.settings import Account, Budget, Channel, Feed, Prices, TemplateText
from bot.models.stories import Article, Known, Story
from bot.pipeline.correct import follow_correction
from bot.pipeline.deliver import deliver
from bot.pipeline.route import Route
from bot.pipeline.settle import settle
from bot.publish.pace import lane_of
from tests.shipped import DIGEST_HTML, DIGEST_TEXT

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bot.errors import PublishError
    from bot.models.basics import Reason
    from bot.models.outbox import (
        Correction,
        Delivery,
        Edited,
        Lane,
        LeftAlone,
        Outcome,
        Settled,
        Sought,
        TryAgain,
    )
    from bot.models.pictures import Clip, Verdict
    from bot.store.engine import Store

NOW = datetime(2026, 5, 22, 9, 0, tzinfo=UTC)
TEMPLATE = TemplateText(name="t", source="{{ title }}\n{{ link or '' }}")
CHANNEL = Channel(
    id=ChannelId("tin"), platform=Platform.TELEGRAM, template=TEMPLATE, digest_template=DIGEST_HTML
)
X_ACCOUNT = Account(
    id=AccountId("x"),
    platform=Platform.X,
    api_url="https://api.x.com",
    secrets={},
    budget=Budget(per_day=1_000_000, per_month=10_000_000),
    prices=Prices(),
)
X_CHANNEL = replace(CHANNEL, platform=Platform.X, account=X_ACCOUNT.id, digest_template=DIGEST_TEXT)
VN = FeedId("vn")
KEY = Key(b"0123456789abcdef")


class FakePictures:
    """Finds the same in every picture, but for `others` by their addresses; plays every film.

    Unless there is a reason why it plays `no_clip`. Remembers what it was asked for.
    """

    def __init__(
        self,
        found: Verdict,
        others: Mapping[str, Verdict] | None = None,
        *,
        no_clip: Reason | None = None,
    ) -> None:
        self.found = found
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self._others = others or {}
        self._no_clip = no_clip

    async def examine(self, url: str, *, allow_hosts: Collection[str] = ()) -> Verdict:
        (verdict,) = await self.examine_all([url], allow_hosts=allow_hosts)
        return verdict

    async def examine_all(
        self, urls: Sequence[str], *, allow_hosts: Collection[str] = ()
    ) -> list[Verdict]:
        self.asked += [(url, tuple(allow_hosts)) for url in urls]
        return [self._others.get(url, self.found) for url in urls]

    async def why_no_clip(self, clip: Clip, *, allow_hosts: Collection[str] = ()) -> Reason | None:
        self.asked.append((clip.url, tuple(allow_hosts)))
        return self._no_clip


class FakePlatform:
    """Does as told, then sends: publishes, edits, and shows what it has to who looks."""

    first_search = timedelta(seconds=10)
    sure_after = timedelta(seconds=60)

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.errors: list[BaseException] = []
        self.search_errors: list[PublishError] = []
        self.edit_errors: list[PublishError] = []
        self.edits: list[tuple[str, Post]] = []
        self.searches: list[Sought] = []
        self.shows: SearchResult = SearchResult(receipt=None)

    async def publish(self, post: Post) -> Receipt:
        if self.errors:
            raise self.errors.pop(0)
        self.posts.append(post)
        described = sum(one.picture is not None and bool(one.alt) for one in post.pictures)
        return Receipt(remote_id=str(len(self.posts)), alt_texts=described)

    async def close(self) -> None:
        """Nothing is open."""

    def reads_most(self, sought: Sought) -> int:
        return 20

    async def find(self, sought: Sought) -> SearchResult:
        self.searches.append(sought)
        if self.search_errors:
            raise self.search_errors.pop(0)
        return self.shows

    async def edit(self, remote_id: str, post: Post) -> None:
        if self.edit_errors:
            raise self.edit_errors.pop(0)
        self.edits.append((remote_id, post))


class Delivering:
    """One lane with its clock; the platform `can` find and edit posts where it says so."""

    def __init__(
        self,
        store: Store,
        channel: Channel = CHANNEL,
        account: Account | None = None,
        *,
        can: frozenset[str] = frozenset(),
    ) -> None:
        self.store = store
        self.now = NOW
        self.platform = FakePlatform()
        self.route = Route(
            channel=channel,
            account=account,
            template=compile_template(channel.template, channel.platform),
            publisher=self.platform,
            timezone=ZoneInfo("UTC"),
            finder=self.platform if "find" in can else None,
            editor=self.platform if "edit" in can else None,
        )

    async def owe(self, *titles: str, published: datetime = NOW, **story: Any) -> None:
        stories = [
            Story(
                items=(Item(id=title, title=title),),
                keys=(),
                owed=(self.route.channel.id,),
                article=Article(title=title, link="https://example.org/1", published=published),
                **story,
            )
            for title in titles
        ]
        await self.owe_stories(*stories)

    async def owe_stories(self, *stories: Story) -> None:
        poll = Poll(feed=VN, at=self.now, next_poll=self.now, validators=Validators())
        await self.store.feeds.finish_poll(poll, (), lambda _: list(stories))

    @property
    def lane(self) -> Lane:
        return lane_of(self.route.channel, self.now, self.route.timezone)

    async def claim(self) -> Delivery | None:
        found = await self.store.outbox.claim_due_deliveries([self.lane], self.now, limit=1)
        return found[0] if found else None

    async def wait(self) -> bool:
        """Let the time pass until something could go out; False where nothing waits."""
        due = await self.store.outbox.next_due([self.lane], self.now)
        self.now = due or self.now
        return due is not None

    async def settle(self) -> Settled | None:
        """Look for what may have been sent, if that is due."""
        settled = None
        for sought in await self.store.outbox.claim_searches([self.lane], self.now, limit=9):
            settled = await settle(
                sought, self.route, store=self.store.outbox, now=lambda: self.now
            )
        return settled

    async def correct(self) -> Edited | LeftAlone | TryAgain | None:
        """Bring what was posted in line with its story, if that is due."""
        window = self.route.channel.edit_window or timedelta(days=9)
        corrected = None
        found: list[Correction] = await self.store.outbox.claim_corrections(
            [self.lane], self.now, within=window
        )
        for correction in found:
            corrected = await follow_correction(
                correction, self.route, store=self.store.outbox, now=lambda: self.now
            )
        return corrected

    async def step(self, *, feed: Feed | None = None) -> Outcome | None:
        """Settle what is due, then try to deliver what is due."""
        await self.settle()
        delivery = await self.claim()
        if delivery is None:
            return None
        return await self.deliver(delivery, feed=feed)

    async def deliver(self, delivery: Delivery, *, feed: Feed | None = None) -> Outcome | None:
        return await deliver(
            delivery, self.route, store=self.store.outbox, now=lambda: self.now, feed=feed
        )

    async def states(self) -> list[str]:
        return [row.state.value for row in await self.store.desk.deliveries(limit=0)][::-1]

    async def spent(self) -> int:
        account = self.route.channel.account
        assert account is not None
        start = NOW - timedelta(days=1)
        return (await self.store.desk.spent(account, start, start))[0]


async def tell(lane: Any, title: str, *, feed: FeedId = VN, **article: object) -> None:
    """Poll `feed`, whose one item says `title` now, for a Delivering or a Line."""

    def decide(known: Known) -> list[Story]:
        story = known.stories.get(KEY)
        told = Article(title=title, link="https://example.org/1", **article)
        return [
            Story(
                items=(Item(id="1", title=title),),
                keys=(KEY,),
                known=story.id if story else None,
                owed=() if story else (lane.route.channel.id,),
                article=told,
                is_corrected=story is not None,
            )
        ]

    poll = Poll(feed=feed, at=lane.now, next_poll=lane.now, validators=Validators())
    await lane.store.feeds.finish_poll(poll, (KEY,), decide)
