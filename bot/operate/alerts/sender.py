"""Sends messages to the operator's chat, few where trouble goes on."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.errors import ChatMoved, NewsbotError, PublishError, Throttled
from bot.format.limits import plain_text, utf16_length
from bot.log import get_logger
from bot.models.basics import ChannelId, Platform
from bot.models.posts import Post
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.ports import Publisher

_log = get_logger(__name__)
ROUND = 10.0
"""Seconds between two rounds."""
_SEND_TIMEOUT = 8.0  # seconds; the next round must not find this one at work
# A message at once, then at most one a minute; where trouble goes on, ever fewer.
_GAP_FIRST, _GAP_MOST = timedelta(minutes=1), timedelta(minutes=15)
_HOUR = timedelta(hours=1)


class Sender:
    """The chat of the alerts, and when it may be written to next."""

    def __init__(self, chat: Publisher, now: Callable[[], datetime]) -> None:
        self._chat = chat
        self._clock = now
        self._seen = now()
        self._sent: deque[datetime] = deque()
        self._not_before = self._seen
        self._failures = 0
        self._moved_to: int | None = None

    def now(self) -> datetime:
        """Return the time; waits follow a clock that is set back."""
        now = self._clock()
        back = max(self._seen - now, timedelta(0))
        self._seen = now
        self._not_before -= back
        self._sent = deque(at - back for at in self._sent)
        return now

    @property
    def is_free(self) -> bool:
        """Tell whether it is time for another message."""
        return self.now() >= self._not_before

    async def send(self, message: str) -> NewsbotError | None:
        """Send `message` (Telegram's HTML); return why it did not get there, None where it did."""
        post = Post(
            channel=ChannelId("[alerts]"),
            platform=Platform.TELEGRAM,
            text=message,
            length=utf16_length(plain_text(message)),
            chat=self._moved_to,
        )
        try:
            async with asyncio.timeout(_SEND_TIMEOUT):
                await self._publish(post)
        except PublishError as error:
            self._put_off(error)
            return error
        except TimeoutError:
            slow = NewsbotError(marked("Telegram took too long to answer"))
            self._put_off(slow)
            return slow
        self._failures = 0
        self._pace()
        return None

    async def _publish(self, post: Post) -> None:
        """Follow a chat that became another one: it must not silence everything that is wrong."""
        try:
            await self._chat.publish(post)
        except ChatMoved as moved:
            if moved.chat == self._moved_to:
                raise
            self._moved_to = moved.chat
            _log.warning(f"the chat of alerts has a new id: set alerts.chat = {moved.chat}")
            await self._chat.publish(replace(post, chat=moved.chat))

    def _put_off(self, error: NewsbotError) -> None:
        """Try again later; that an alert comes twice is better than that it never comes."""
        self._failures += 1
        wait = min(timedelta(seconds=ROUND) * 2 ** min(self._failures, 10), _GAP_MOST)
        if isinstance(error, Throttled):
            wait = max(wait, error.wait or wait)
        self._not_before = self.now() + wait
        if self._failures == 1:
            _log.warning("alert not sent, will try again", reason=str(error))

    def _pace(self) -> None:
        now = self.now()
        self._sent.append(now)
        while self._sent[0] <= now - _HOUR:
            self._sent.popleft()
        self._not_before = now + min(_GAP_FIRST * 2 ** (len(self._sent) - 1), _GAP_MOST)
        _log.info("alert sent")
