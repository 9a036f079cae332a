"""The latest decisions, told as they come; they are looked for only while somebody watches."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from bot.errors import StoreError
from bot.moments import with_local_times
from bot.operate.web.events import Event
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from zoneinfo import ZoneInfo

    from bot.models.overview import Decision
    from bot.wording import Wording

MOST: Final = 50
"""Decisions that are shown."""
_KEPT: Final = 200
_EVERY: Final = 1.0  # seconds
KINDS: Final = {
    marked("sent"): "good",
    marked("pending"): "",
    marked("sending"): "",
    marked("skipped"): "",
    marked("dropped"): "warn",
    marked("retracted"): "warn",
    marked("held"): "warn",
    marked("unknown"): "bad",
    marked("failed"): "bad",
}
"""How each state looks; pages say it in their language."""


class Decisions:
    """Tells watchers what is new, in the order in which it happened.

    `read` returns so many of the latest, newest first. However many watch, one look serves all.
    """

    def __init__(
        self,
        read: Callable[[int], Awaitable[Sequence[Decision]]],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._read = read
        self._sleep = sleep
        self._run = secrets.token_hex(4)
        self._count = 0
        self._kept: deque[tuple[int, Decision]] = deque(maxlen=_KEPT)
        self._known: frozenset[object] | None = None
        self._looking: asyncio.Task[None] | None = None

    async def latest(self) -> tuple[Sequence[Decision], str]:
        """Return what is shown at first, and the mark after which the rest is told."""
        found = await self._read(MOST)
        self._note(found)
        return found, self._mark(self._count)

    async def after(self, mark: str) -> tuple[str, Decision]:
        """Return the decision that came next after `mark`, with its own mark."""
        place = self._place(mark)
        while self._count <= place:
            await self._look()
        number, decision = next(one for one in self._kept if one[0] > place)
        return self._mark(number), decision

    def _mark(self, number: int) -> str:
        return f"{self._run}-{number}"

    def _place(self, mark: str) -> int:
        """Return the number in `mark`; one of another process stands for what is known now."""
        run, _, number = mark.partition("-")
        if run != self._run or not number.isdecimal() or len(number) > len(str(self._count)):
            return self._count
        return min(int(number), self._count)

    async def _look(self) -> None:
        """Look once for all who wait; whoever goes away leaves the others theirs."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_once())
        await asyncio.shield(self._looking)

    async def _look_once(self) -> None:
        await self._sleep(_EVERY)
        try:
            self._note(await self._read(MOST))
        except StoreError:
            return  # the page itself says so when it is read again

    def _note(self, found: Sequence[Decision]) -> None:
        known, self._known = self._known, frozenset(one.key for one in found)
        if known is None:
            return
        for one in reversed(found):
            if one.key not in known and not self._is_kept(one):
                self._count += 1
                self._kept.append((self._count, one))

    def _is_kept(self, one: Decision) -> bool:
        """Tell whether it was told already: one that left the latest may come back to them."""
        return any(kept.key == one.key for _, kept in self._kept)


def event_of(mark: str, decision: Decision, words: Wording, zone: ZoneInfo) -> Event:
    """Return the event that a browser turns into a line, text by text."""
    why = words.stored(decision.reason.text) if decision.reason else ""
    data = {
        "kind": KINDS.get(decision.state, ""),
        "state": words.phrase(decision.state),
        "time": f"{decision.at.astimezone(zone):%H:%M}",
        "title": decision.title,
        "channel": decision.channel,
        "why": with_local_times(why, zone),
        "href": f"./explain?{urlencode({'story': decision.story})}",
    }
    return Event(name="decision", id=mark, data=json.dumps(data))
