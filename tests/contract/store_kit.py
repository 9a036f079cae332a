"""Short ways to say what the store's contract tests are about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING

from sqlalchemy import event

from bot.models.basics import AccountId, ChannelId, DeliveryState, FeedId, Key, Platform, Reason
from bot.models.feeds import Item, Poll, Validators
from bot.models.outbox import Begun, Charge, Lane, Outcome, Pace, Sent
from bot.models.posts import Post, Receipt
from bot.models.settings import Budget
from bot.models.stories import Article, Known, Story

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.models.outbox import ChargeKind, Delivery, Read, Settled, Sought
    from bot.models.views import DeliveryRow
    from bot.store.engine import Store

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY_START = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
MONTH_START = datetime(2026, 10, 31, 17, 0, tzinfo=UTC)
WHY = Reason(code="why", text="because")


def after(**parts: float) -> datetime:
    return NOW + timedelta(**parts)


def key(text: str) -> Key:
    return Key(blake2b(text.encode(), digest_size=16).digest())


def item(name: str, **fields: object) -> Item:
    values = {"id": name, "link": f"https://example.org/{name}", "title": name} | fields
    return Item(**values)


def article(title: str) -> Article:
    return Article(title=title, link=f"https://example.org/{title}", paragraphs=("Một câu.",))


def story(name: str, *, owed: Sequence[str] = ("tg",), **fields: object) -> Story:
    values = {
        "items": (item(name),),
        "keys": (key(name),),
        "owed": tuple(owed),
        "article": article(name) if owed else None,
    } | fields
    return Story(**values)


def poll(feed: str = "f", *, at: datetime = NOW, **fields: object) -> Poll:
    values = {
        "feed": FeedId(feed),
        "at": at,
        "next_poll": at + timedelta(minutes=15),
        "validators": Validators(),
    } | fields
    return Poll(**values)


def new_only(stories: Sequence[Story]) -> Callable[[Known], list[Story]]:
    """Decide as the real thing does: a channel that is settled is owed nothing."""

    def decide(known: Known) -> list[Story]:
        decided = []
        for one in stories:
            found = next((known.stories[k] for k in one.keys if k in known.stories), None)
            settled = found.settled if found else frozenset()
            owed = tuple(name for name in one.owed if name not in settled)
            decided.append(replace(one, owed=owed, known=found.id if found else None))
        return decided

    return decide


async def tell(
    store: Store, *stories: Story, feed: str = "f", at: datetime = NOW, **fields: object
) -> Sequence[Story]:
    """Poll `feed`, which shows `stories`, oldest first."""
    keys = [k for one in stories for k in one.keys]
    return await store.feeds.finish_poll(poll(feed, at=at, **fields), keys, new_only(stories))


async def owe(
    store: Store, *names: str, channel: str = "tg", feed: str = "f", at: datetime = NOW
) -> None:
    """Make each of `names` a story owed to `channel`, oldest first."""
    await tell(store, *(story(name, owed=(channel,)) for name in names), feed=feed, at=at)


def lane(channel: str = "tg", account: str | None = None, **fields: object) -> Lane:
    values = {
        "channel": ChannelId(channel),
        "account": AccountId(account) if account else None,
        "pace": Pace(gap=timedelta(0)),
    } | fields
    return Lane(**values)


def paced(gap: timedelta = timedelta(0), *windows: tuple[timedelta, int]) -> Lane:
    return lane(pace=Pace(gap=gap, windows=windows))


def post(channel: str = "tg", text: str = "tin", **fields: object) -> Post:
    values = {
        "channel": ChannelId(channel),
        "platform": Platform.TELEGRAM,
        "text": text,
        "length": 3,
    } | fields
    return Post(**values)


def charge(
    cost: int, *, per_day: int = 100, per_month: int = 1000, kind: ChargeKind = "post"
) -> Charge:
    return Charge(
        account=AccountId("acc"),
        cost=cost,
        budget=Budget(per_day=per_day, per_month=per_month),
        day_start=DAY_START,
        month_start=MONTH_START,
        kind=kind,
    )


def sent(remote_id: str = "1") -> Sent:
    return Sent(receipt=Receipt(remote_id=remote_id, url=f"https://t.me/c/{remote_id}"))


async def claim(store: Store, *lanes: Lane, at: datetime = NOW, limit: int = 99) -> list[Delivery]:
    return await store.outbox.claim_due_deliveries(lanes or [lane()], at, limit=limit)


async def titles(store: Store, *lanes: Lane, at: datetime = NOW) -> list[str]:
    """Claim, and return the titles of what was claimed."""
    return [delivery.article.title for delivery in await claim(store, *lanes, at=at)]


async def begun(
    store: Store,
    *lanes: Lane,
    at: datetime = NOW,
    price: Charge | None = None,
    chat: str | int | None = None,
) -> Delivery:
    """Claim the one delivery that is due, and begin it."""
    (delivery,) = await claim(store, *lanes, at=at)
    answer = await store.outbox.begin(delivery.id, post(delivery.channel, chat=chat), at, price)
    assert answer is Begun.YES
    return delivery


async def attempt(
    store: Store,
    outcome: Outcome,
    *lanes: Lane,
    at: datetime = NOW,
    price: Charge | None = None,
    chat: str | int | None = None,
) -> Delivery:
    """Claim the one delivery that is due, try to send it, and store `outcome`."""
    delivery = await begun(store, *lanes, at=at, price=price, chat=chat)
    await store.outbox.finish(delivery, outcome, at)
    return delivery


async def settle(
    store: Store, settled: Settled, *lanes: Lane, at: datetime = NOW, read: Read | None = None
) -> Sought:
    """Claim the one look that is due, and store what it came to."""
    (sought,) = await store.outbox.claim_searches(lanes or [lane()], at, limit=9)
    await store.outbox.finish_search(sought, settled, at, read=read)
    return sought


async def rows(store: Store, **conditions: object) -> list[DeliveryRow]:
    """Return the outbox, oldest first."""
    return (await store.desk.deliveries(limit=0, **conditions))[::-1]


async def row(store: Store) -> DeliveryRow:
    (only,) = await rows(store)
    return only


async def states(store: Store) -> list[DeliveryState]:
    return [one.state for one in await rows(store)]


async def statements(store: Store, work: Callable[[], Awaitable[object]]) -> list[str]:
    """What `work` sends to the database, beginnings and ends of transactions apart."""
    sent: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if statement.split(maxsplit=1)[0] in {"SELECT", "INSERT", "UPDATE", "DELETE"}:
            sent.append(statement)

    event.listen(store.database.engine, "before_cursor_execute", note)
    try:
        await work()
    finally:
        event.remove(store.database.engine, "before_cursor_execute", note)
    return sent
