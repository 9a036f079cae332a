"""Draining full queues to Telegram's stand-in at the rate that it allows, for 30 and 300 channels.

The stand-in, a process of its own, takes 20 messages a minute in a chat and 30 a second of the bot
and answers 429 beyond that. Its clock and the event loop's run faster than the world's where a
queue would take too long; nothing else is changed: the runner's deliverer, a database in a file,
python-telegram-bot over HTTP. Beside it stands bare python-telegram-bot with the same posts.

The limits are for an idle machine with two cores: at 30 a second a stand-in that is kept waiting
for 40 ms sees a burst where there was none.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import resource
import selectors
import tempfile
import time
from collections import Counter
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from benchmarks._decided import all_new
from bot.format.render import render_post
from bot.format.templates import compile_template
from bot.models.basics import AccountId, ChannelId, FeedId, Platform
from bot.models.feeds import Item, Poll, Validators
from bot.models.outbox import Sent
from bot.models.settings import Channel, TemplateText
from bot.models.stories import Article, Story
from bot.pipeline.route import Route
from bot.publish.telegram.account import TelegramAccount
from bot.runner.assembly import Assembly
from bot.runner.work.bell import Bell
from bot.runner.work.delivering import Deliverer
from bot.store.engine import open_store
from tests.standins.telegram import TOKEN, Limits, TelegramServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

    from bot.models.outbox import Delivery, Outcome
    from bot.store.engine import Store

CHAT_MINUTE, BOT_SECOND = 20, 30
START = datetime(2026, 5, 22, tzinfo=UTC)
TEMPLATE = Path(__file__).parents[1] / "config" / "templates" / "telegram.html.j2"
FEED = FeedId("tin")
LEAST = 0.95  # of the allowed rate
TICK = 0.5  # seconds, as LocalRunner


@dataclass(frozen=True)
class Case:
    """`speed` is how much faster than the world's the platform's clock runs."""

    channels: int
    posts: int
    speed: float

    @property
    def allowed(self) -> float:
        """Messages a second that the platform takes of all channels together."""
        return min(self.channels * CHAT_MINUTE / 60, BOT_SECOND)


CASES = (Case(30, 100, 3), Case(300, 5, 1))
BARE = Case(30, 20, 1)


class FastLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock runs `speed` times as fast as the world's."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        super().__init__(_FastSelector(speed))

    def time(self) -> float:
        return time.monotonic() * self._speed


class _FastSelector(selectors.DefaultSelector):
    def __init__(self, speed: float) -> None:
        super().__init__()
        self._speed = speed

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(timeout and timeout / self._speed)


@dataclass
class Drained:
    """Counts what came of the posts. Implements `runner.assembly.Observer`."""

    total: int
    outcomes: Counter[str] = field(default_factory=Counter)
    sent: list[float] = field(default_factory=list)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def polled(self, *_: object) -> None:
        raise AssertionError("nothing is polled here")

    def settled(self, *_: object) -> None:
        raise AssertionError("nothing is sought here")

    def delivered(self, _: Delivery, outcome: Outcome, now: datetime) -> None:
        if isinstance(outcome, Sent):
            self.sent.append((now - START).total_seconds())
        else:
            self.outcomes[outcome.reason.code] += 1
        if len(self.sent) == self.total:
            self.done.set()


@dataclass(frozen=True)
class Figures:
    """Seconds of the platform's clock and of the processor, mebibytes, and refusals by code."""

    elapsed: float
    cpu: float
    memory: float
    refusals: dict[str, int]


def main() -> bool:
    bare = in_process(bare_figures, BARE, Limits())
    cost = bare.cpu / (BARE.channels * BARE.posts) * 1000
    print(f"bare python-telegram-bot, same posts  {cost:5.1f} ms processor a post")
    limits = Limits(chat_minute=CHAT_MINUTE, bot_second=BOT_SECOND)
    kept = [shown(case, in_process(figures, case, limits), cost) for case in CASES]
    return all(kept)


def shown(case: Case, found: Figures, bare: float) -> bool:
    total = case.channels * case.posts
    # The first message of each chat (or of the bot) waits for nothing.
    first = case.channels if case.allowed < BOT_SECOND else 1
    share = (total - first) / found.elapsed / case.allowed
    cost = found.cpu / total * 1000
    good = share >= LEAST and not found.refusals
    print(
        f"{case.channels:3} channels x {case.posts:3} posts, clock x {case.speed:g}: "
        f"{share * case.allowed * 60:6.0f} a minute, {share:.1%} of the allowed rate; "
        f"{found.refusals.get('flood', 0)} answers 429; other refusals "
        f"{sum(found.refusals.values()) - found.refusals.get('flood', 0)}\n"
        f"{'':23} {cost:5.1f} ms processor a post, {cost / bare:.1f} x bare; "
        f"peak memory {found.memory:.0f} MiB; "
        f"{'kept' if good else f'NOT KEPT: at least {LEAST:.0%}, and no refusal'}"
    )
    return good


def in_process(work: Callable[[Case, str], Figures], case: Case, limits: Limits) -> Figures:
    """Return what `work` found in a process of its own, beside a stand-in in another."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    server = context.Process(target=_serve, args=(there, case, limits), daemon=True)
    server.start()
    try:
        address = here.recv()
        worker = context.Process(target=_work, args=(there, work, case, address), daemon=True)
        worker.start()
        found: Figures = here.recv()
        worker.join()
    finally:
        server.terminate()
        server.join()
    return found


def _serve(pipe: Connection, case: Case, limits: Limits) -> None:
    async def serve() -> None:
        clock = lambda: time.monotonic() * case.speed  # noqa: E731 - a clock, not a function to call here
        async with TelegramServer(limits=limits, clock=clock) as server:
            for number in range(case.channels):
                server.add_chat(chat_of(number))
            pipe.send(server.base)
            await asyncio.Event().wait()

    asyncio.run(serve())


def _work(pipe: Connection, work: Callable[[Case, str], Figures], case: Case, address: str) -> None:
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        found = work(case, address)  # its log lines are written as always
    pipe.send(found)


def chat_of(number: int) -> int:
    return -1002000000000 - number


def channel_of(number: int) -> Channel:
    return Channel(
        id=ChannelId(f"k{number}"),
        platform=Platform.TELEGRAM,
        template=TemplateText(name=TEMPLATE.name, source=TEMPLATE.read_text(encoding="utf-8")),
        account=AccountId("tg"),
        chat=chat_of(number),
        share=("telegram", "facebook", "copy"),
    )


def article_of(number: int) -> Article:
    return Article(
        title=f"Tin công nghệ số {number}: trí tuệ nhân tạo đọc được chữ viết tay",
        paragraphs=("Các nhà nghiên cứu vừa công bố một hệ thống mới. " * 6,),
        link=f"https://example.org/tin-{number}.html",
        source="Báo Công Nghệ",
        hashtags=("CôngNghệ",),
        published=START,
    )


def figures(case: Case, address: str) -> Figures:
    loop = FastLoop(case.speed)
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/bench.db", create=True)
        return loop.run_until_complete(_drain(case, address, store))


async def _drain(case: Case, address: str, store: Store) -> Figures:
    loop = asyncio.get_running_loop()
    began = loop.time()

    def now() -> datetime:
        return START + timedelta(seconds=loop.time() - began)

    account = TelegramAccount(TOKEN, address)
    drained = Drained(case.channels * case.posts)
    channels = {channel.id: channel for channel in map(channel_of, range(case.channels))}
    await _owe(store, case, tuple(channels))
    assembly = Assembly(
        feeds={},
        routes={id_: route_of(channel, account) for id_, channel in channels.items()},
        store=store,
        collect=None,  # type: ignore[arg-type] # nothing is polled here
        timezone=ZoneInfo("UTC"),
        remember=None,
        now=now,
        wall=now,
        observers=(drained,),
    )
    cpu = time.process_time()
    await _deliver(assembly, drained)
    cpu = time.process_time() - cpu
    await account.close()
    await store.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Figures(drained.sent[-1] - drained.sent[0], cpu, peak, dict(drained.outcomes))


async def _owe(store: Store, case: Case, channels: tuple[ChannelId, ...]) -> None:
    for number in range(case.posts):
        story = Story(
            items=(Item(id=str(number)),), keys=(), owed=channels, article=article_of(number)
        )
        poll = Poll(feed=FEED, at=START, next_poll=START, validators=Validators())
        await store.feeds.finish_poll(poll, (), all_new([story]))


def route_of(channel: Channel, account: TelegramAccount) -> Route:
    return Route(
        channel=channel,
        account=None,
        template=compile_template(channel.template, channel.platform),
        publisher=account.publisher(channel),
        timezone=ZoneInfo("UTC"),
    )


async def _deliver(assembly: Assembly, drained: Drained) -> None:
    """Let the deliverer look each half second, and when a post ended: what LocalRunner does."""
    bell = Bell()
    deliverer = Deliverer(assembly, on_end=bell.ring, ticks=timedelta(seconds=TICK))
    while not drained.done.is_set():
        await deliverer.tick()
        try:
            await asyncio.wait_for(bell.heard(), TICK)
        except TimeoutError:
            continue
    await deliverer.jobs.wait()


def bare_figures(case: Case, address: str) -> Figures:
    return asyncio.run(_send_bare(case, address))


async def _send_bare(case: Case, address: str) -> Figures:
    account = TelegramAccount(TOKEN, address)
    posts = list(_posts(case))
    began, cpu = time.monotonic(), time.process_time()
    for start in range(0, len(posts), case.channels):
        sendings = (
            account.bot.send_message(chat, text, parse_mode="HTML")
            for chat, text in posts[start : start + case.channels]
        )
        await asyncio.gather(*sendings)
    cpu = time.process_time() - cpu
    await account.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Figures(time.monotonic() - began, cpu, peak, {})


def _posts(case: Case) -> Iterator[tuple[int, str]]:
    template = compile_template(channel_of(0).template, Platform.TELEGRAM)
    for number in range(case.posts):
        text = render_post(article_of(number), channel_of(0), template).text
        yield from ((chat_of(channel), text) for channel in range(case.channels))


if __name__ == "__main__":
    main()
