"""Sends the summary of the week to the desk: once, whatever dies meanwhile."""

from __future__ import annotations

import asyncio
import html
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.errors import OutcomeUnknown, PublishError, Rejected
from bot.format.limits import plain_text, utf16_length
from bot.log import get_logger
from bot.models.basics import ChannelId, Platform
from bot.models.posts import Post
from bot.operate.summary.chart import caption_of, chart_of
from bot.operate.summary.facts import week_before
from bot.operate.summary.text import summary_text
from bot.publish.slots import last_time, next_time
from bot.wording import wording

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from bot.config import Config
    from bot.models.times import Times
    from bot.models.week import Part, Week
    from bot.ports import DeskChat
    from bot.store.engine import Store

_log = get_logger(__name__)
_LATE = timedelta(days=1)
"""A summary that could not be sent for so long is left out: the next one comes."""
_PARTS: tuple[Part, ...] = ("text", "picture")


class Summary:
    """The summary at the `times` of the week: its text, then its picture.

    Each is claimed in the store before it is sent, so that no other machine sends it; one that may
    have been sent is never sent again, and what certainly was not is tried again for a day.
    """

    def __init__(
        self,
        chat: DeskChat,
        store: Store,
        config: Config,
        *,
        times: Times,
        now: Callable[[], datetime],
    ) -> None:
        self._chat = chat
        self._store = store
        self._config = config
        self._times = times
        self._now = now
        self._done: datetime | None = None

    async def round(self) -> None:
        """Send what is due. Raises PublishError where it is to be tried again."""
        now, zone = self._now(), self._config.timezone
        if self._done is not None and self._done <= now < next_time(self._times, self._done, zone):
            return
        slot = last_time(self._times, now, zone)
        part = await self._next_part(slot, now)
        if part is None:
            self._done = slot
            return
        post = await self._drawn(part, slot)
        if await self._store.week.claim(slot, part, now):
            await self._send(slot, part, post)

    async def _next_part(self, slot: datetime, now: datetime) -> Part | None:
        if now - slot > _LATE or not await self._store.week.had_begun(slot):
            return None
        return next_part(await self._store.week.outcomes(slot))

    async def _drawn(self, part: Part, slot: datetime) -> Post:
        week = await week_before(self._config, self._store, slot)
        words = wording(self._config.language)
        if part == "text":
            return _post(summary_text(week, words, self._config.timezone))
        return await asyncio.to_thread(_picture, week, caption_of(week, words))

    async def _send(self, slot: datetime, part: Part, post: Post) -> None:
        week = self._store.week
        try:
            await self._chat.show(post, "off")
        except OutcomeUnknown as error:
            await week.end(slot, part, "unknown", str(error))
            _log.warning("the summary may or may not have arrived", part=part, reason=str(error))
        except Rejected as error:
            await week.end(slot, part, "failed", str(error))
            _log.warning("the summary was refused", part=part, reason=str(error))
        except PublishError:
            await week.release(slot, part)
            raise
        else:
            await week.end(slot, part, "sent")
            _log.info("summary sent", part=part)


def next_part(outcomes: Mapping[str, str]) -> Part | None:
    """Return what is to be sent next, None where nothing is: no picture without its text."""
    for part in _PARTS:
        if part not in outcomes:
            return part
        if outcomes[part] != "sent":
            return None
    return None


def _post(text: str) -> Post:
    return Post(
        channel=ChannelId("[desk]"),
        platform=Platform.TELEGRAM,
        text=text,
        length=utf16_length(plain_text(text)),
    )


def _picture(week: Week, caption: str) -> Post:
    text = html.escape(caption, quote=False)
    return Post(
        channel=ChannelId("[desk]"),
        platform=Platform.TELEGRAM,
        text=text,
        length=utf16_length(caption),
        picture=chart_of(week),
    )
