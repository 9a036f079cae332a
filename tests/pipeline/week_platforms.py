"""Telegram and X behind the ports: they keep to their own rules, and write down who breaks them."""

from __future__ import annotations

import asyncio
import re
from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from bot.errors import OutcomeUnknown, Throttled, Unauthorized, Unreachable
from bot.models.posts import Receipt, SearchResult

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from bot.errors import PublishError
    from bot.models.outbox import Sought
    from bot.models.posts import Post
    from bot.models.settings import Account, Prices

_SECOND, _MINUTE, _QUARTER, _DAY = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(minutes=15),
    timedelta(days=1),
)
_X_QUARTER = 100
_FLOOD_WAIT = timedelta(minutes=20)
_LINK = re.compile(r"https?://")


@dataclass(frozen=True)
class Span:
    start: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


@dataclass
class Message:
    """A post as readers see it; `asked` is when its request began."""

    id: int
    text: str
    asked: datetime
    made: datetime
    edits: list[datetime] = field(default_factory=list)


@dataclass
class Platform:
    """What both have in common: a clock, chance, faults, and a list of broken rules.

    Of every `loses` posts one gets no answer; every other one of these is there all the same.
    """

    now: Callable[[], datetime]
    rng: Random
    unreachable: Span
    loses: int
    broken: list[str] = field(default_factory=list)
    lost_but_done: int = 0
    _posts: int = 0

    async def arrive(self) -> None:
        """Let a request travel. Raises Unreachable."""
        await asyncio.sleep(self.rng.uniform(0.05, 0.6))
        if self.now() in self.unreachable:
            raise Unreachable("unreachable", "no connection")

    def fate(self) -> Literal["answered", "lost", "lost, but done"]:
        self._posts += 1
        if self._posts % self.loses:
            return "answered"
        return "lost" if self._posts // self.loses % 2 else "lost, but done"

    async def give_no_answer(self) -> OutcomeUnknown:
        await asyncio.sleep(30)
        return OutcomeUnknown("no_answer", "no answer in time")

    def refuse(self, rule: str, error: PublishError) -> PublishError:
        self.broken.append(f"{self.now():%a %H:%M:%S.%f} {rule}")
        return error


class TelegramBot(Platform):
    """One bot of many chats: 30 messages a second."""

    def __init__(self, now: Callable[[], datetime], rng: Random, unreachable: Span) -> None:
        super().__init__(now, rng, unreachable, loses=25)
        self._calls: list[datetime] = []

    def count(self) -> None:
        now = self.now()
        if recent(self._calls, now - _SECOND) >= 30:
            raise self.refuse("30 a second for the bot", Throttled("flood", "", wait=_SECOND))
        self._calls.append(now)


class TelegramChat:
    """One chat: one message a second, 20 a minute. Publisher, Editor and Finder of it.

    `cut` is set when the power goes off under a post, which has arrived.
    """

    first_search = timedelta(seconds=10)
    sure_after = timedelta(seconds=45)

    def __init__(
        self, bot: TelegramBot, *, forbidden: Span, flood: Span, power_cut: datetime | None
    ) -> None:
        self._bot = bot
        self._forbidden = forbidden
        self._flood = flood
        self._silent_until: datetime | None = None
        self._power_cut = power_cut
        self.floods = 0
        self.cut = asyncio.Event()
        self.lost: list[tuple[datetime, str]] = []
        self.calls: list[datetime] = []
        self.asked: list[datetime] = []
        self.refused: list[datetime] = []
        self.messages: dict[int, Message] = {}

    async def publish(self, post: Post) -> Receipt:
        asked = await self._ask()
        fate = self._bot.fate()
        if fate == "lost":
            self.lost.append((asked, post.text))
            raise await self._bot.give_no_answer()
        message = Message(len(self.messages) + 1, post.text, asked, self._bot.now())
        self.messages[message.id] = message
        if self._power_cut is not None and asked >= self._power_cut:
            self._power_cut = None
            self.cut.set()
            await asyncio.Event().wait()
        if fate == "lost, but done":
            self._bot.lost_but_done += 1
            raise await self._bot.give_no_answer()
        return Receipt(remote_id=str(message.id))

    async def edit(self, remote_id: str, post: Post) -> None:
        await self._ask()
        message = self.messages[int(remote_id)]
        message.text = post.text
        message.edits.append(self._bot.now())

    def reads_most(self, sought: Sought) -> int:
        return 0

    async def find(self, sought: Sought) -> SearchResult:
        await self._bot.arrive()
        after = int(sought.after or 0)
        for message in self.messages.values():
            is_new = message.id > after and str(message.id) not in sought.known
            if is_new and message.text == sought.text:
                return SearchResult(receipt=Receipt(remote_id=str(message.id)))
        return SearchResult(receipt=None)

    async def close(self) -> None:
        """Nothing is open."""

    async def _ask(self) -> datetime:
        """Let a request travel and pass the chat's rules; return when it began."""
        asked = self._bot.now()
        self.asked.append(asked)
        await self._bot.arrive()
        self._bot.count()
        self._check_flood()
        now = self._bot.now()
        for span, most in ((_SECOND, 1), (_MINUTE, 20)):
            if recent(self.calls, now - span) >= most:
                error = Throttled("flood", "too many", wait=span)
                raise self._bot.refuse(f"{most} in {span} in a chat", error)
        self.calls.append(now)
        if now in self._forbidden:
            self.refused.append(now)
            raise Unauthorized("forbidden", "Forbidden: bot was kicked", scope="channel")
        return asked

    def _check_flood(self) -> None:
        now = self._bot.now()
        if self._silent_until is None and now in self._flood:
            self._silent_until = now + _FLOOD_WAIT
            self.floods += 1
            raise Throttled("flood", "Too Many Requests", wait=_FLOOD_WAIT)
        if self._silent_until is not None and now < self._silent_until:
            error = Throttled("flood", "Too Many Requests", wait=self._silent_until - now)
            raise self._bot.refuse("asked again during a flood wait", error)


class XAccount(Platform):
    """One account of X with its bill: 100 posts in a quarter of an hour, `per_day` in 24 hours.

    Publisher and Finder of it. Windows begin with their first post, as X counts them.
    """

    first_search = timedelta(seconds=10)
    sure_after = timedelta(seconds=60)

    def __init__(
        self,
        now: Callable[[], datetime],
        rng: Random,
        unreachable: Span,
        *,
        account: Account,
        per_day: int,
    ) -> None:
        super().__init__(now, rng, unreachable, loses=8)
        assert account.prices is not None
        self._prices: Prices = account.prices
        self._windows = [_Window(_QUARTER, _X_QUARTER), _Window(_DAY, per_day)]
        self.bill: list[tuple[datetime, int]] = []
        self.lost: list[tuple[datetime, str]] = []
        self.rests = 0
        self._rest_told: datetime | None = None
        self.messages: dict[int, Message] = {}

    async def publish(self, post: Post) -> Receipt:
        asked = self.now()
        await self.arrive()
        now = self.now()
        if ends := [end for window in self._windows if (end := window.rests_until(now))]:
            error = Throttled("rate", "too many", until=max(ends), scope="account")
            if self._rest_told == max(ends):
                raise self.refuse("posted in an exhausted window", error)
            self._rest_told = max(ends)  # the answer that would have said so was lost
            raise error
        if any(one.text == post.text for one in self.messages.values()):
            raise self.refuse("the same post twice", OutcomeUnknown("duplicate", "duplicate"))
        fate = self.fate()
        if fate == "lost":
            self.lost.append((asked, post.text))
            raise await self.give_no_answer()
        for window in self._windows:
            window.count(now)
        message = Message(len(self.messages) + 1, post.text, asked, now)
        self.messages[message.id] = message
        has_link = _LINK.search(post.text) is not None
        self.bill.append((asked, self._prices.post_with_link if has_link else self._prices.post))
        if fate == "lost, but done":
            self.lost_but_done += 1
            raise await self.give_no_answer()
        rest = max((end for one in self._windows if (end := one.rests_until(now))), default=None)
        self.rests += rest is not None
        self._rest_told = rest
        return Receipt(remote_id=str(message.id), rest_until=rest)

    def reads_most(self, sought: Sought) -> int:
        return 20

    async def find(self, sought: Sought) -> SearchResult:
        asked = self.now()
        await self.arrive()
        if self.rng.random() < 0.1:
            raise Unreachable("unreachable", "no connection")
        since = sought.attempted_at - timedelta(minutes=2)
        shown = [one for one in self.messages.values() if one.made >= since][-20:]
        self.bill.append((asked, self._prices.read * len(shown)))
        for message in shown:
            if str(message.id) not in sought.known and message.text == sought.text:
                receipt = Receipt(remote_id=str(message.id))
                return SearchResult(receipt=receipt, made_at=message.made, reads=len(shown))
        return SearchResult(receipt=None, reads=len(shown))

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class _Window:
    span: timedelta
    most: int
    ends: datetime | None = None
    posts: int = 0

    def count(self, now: datetime) -> None:
        if self.ends is None or now >= self.ends:
            self.ends, self.posts = now + self.span, 0
        self.posts += 1

    def rests_until(self, now: datetime) -> datetime | None:
        """Return the end of the window if it is exhausted."""
        is_full = self.ends is not None and now < self.ends and self.posts >= self.most
        return self.ends if is_full else None


def recent(times: list[datetime], since: datetime) -> int:
    """Return how many of `times`, which rise, came after `since`."""
    return len(times) - bisect_left(times, since + timedelta(microseconds=1))
