"""Checks every few seconds for news about trouble, and sends it to the operator's chat."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.errors import ChatMoved, PublishError, StoreError, Throttled
from bot.format.limits import plain_text, utf16_length
from bot.log import get_logger
from bot.models.alerts import Note
from bot.models.basics import ChannelId, Platform
from bot.models.posts import Post
from bot.operate.alerts.changes import after_telling, compare
from bot.operate.alerts.message import new_alerts
from bot.operate.alerts.silence import SilenceWatch
from bot.operate.alerts.troubles import Snapshot, troubles_of, unjudged
from bot.operate.alerts.wording import WORDS
from bot.pipeline.prices import local_starts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bot.config import Config
    from bot.ports import Publisher
    from bot.store.engine import Store

_log = get_logger(__name__)
ROUND = 10.0
"""Seconds between two rounds."""
_SEND_TIMEOUT = 8.0  # seconds; the next round must not find this one at work
# A message at once, then at most one a minute; where trouble goes on, ever fewer.
_GAP_FIRST, _GAP_MOST = timedelta(minutes=1), timedelta(minutes=15)
_HOUR = timedelta(hours=1)
# A server that starts again is back within a minute.
_BROKEN_FOR = timedelta(minutes=1)


async def take_snapshot(
    config: Config, store: Store, silence: SilenceWatch, now: datetime
) -> Snapshot:
    """Read all that tells of trouble with the configured feeds, channels and accounts."""
    condition = await store.alerts.condition(list(config.feeds))
    day, month = local_starts(now, config.timezone)
    used = {channel.account for channel in config.channels.values() if channel.enabled}
    paid = [account.id for account in config.accounts.values() if account.budget]
    return Snapshot(
        condition=condition,
        silent=await silence.silent(condition.feeds),
        spent={id_: await store.desk.spent(id_, day, month) for id_ in paid if id_ in used},
    )


class Alerter:
    """Sends alerts. News that could not be sent waits in the store, as notes."""

    def __init__(
        self, config: Config, store: Store, chat: Publisher, now: Callable[[], datetime]
    ) -> None:
        self._config = config
        self._store = store
        self._chat = chat
        self._clock = now
        self._seen = now()
        self._silence = SilenceWatch(store.alerts)
        self._sent: deque[datetime] = deque()
        self._not_before = self._seen
        self._failures = 0
        self._moved_to: int | None = None
        self._broken_since: datetime | None = None
        self._is_store_told = False

    def _now(self) -> datetime:
        """Return the time; waits follow a clock that is set back."""
        now = self._clock()
        back = max(self._seen - now, timedelta(0))
        self._seen = now
        self._not_before -= back
        self._sent = deque(at - back for at in self._sent)
        return now

    async def round(self) -> None:
        """Note the changes, and send them if it is time to.

        Raises StoreError, which is told to the chat as well: a full disk takes no note.
        """
        try:
            notes = await self._noted()
        except StoreError as error:
            await self._tell_of_store(str(error))
            raise
        self._broken_since, self._is_store_told = None, False
        if await self._told(notes):
            done = after_telling(notes, self._now())
            await self._store.alerts.write(done.changed, done.gone)

    async def _tell_of_store(self, text: str) -> None:
        """Tell once of a fault of the database that lasts, for it cannot be noted there."""
        now = self._now()
        since = self._broken_since = min(self._broken_since or now, now)
        if not self._is_store_told and now - since >= _BROKEN_FOR:
            note = Note(kind="store", subject="newsbot", text=text, noticed_at=since)
            self._is_store_told = await self._told([note])

    async def _told(self, notes: Sequence[Note]) -> bool:
        """Send the news of `notes`, if there are any and it is time to; tell whether it was."""
        if self._now() < self._not_before:
            return False
        message = new_alerts(notes, WORDS[self._config.language], self._config.timezone)
        return message is not None and await self._send(message)

    async def _noted(self) -> list[Note]:
        now = self._now()
        book, config = self._store.alerts, self._config
        snapshot = await take_snapshot(config, self._store, self._silence, now)
        feed_errors = config.alerts.feed_errors if config.alerts else 1
        troubles = troubles_of(
            snapshot, config, feed_errors=feed_errors, words=WORDS[config.language]
        )
        changes = compare(troubles, await book.notes(), now, unjudged=unjudged(snapshot))
        if changes.changed or changes.gone:
            await book.write(changes.changed, changes.gone)
        return await book.notes()

    async def _send(self, message: str) -> bool:
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
        except (PublishError, TimeoutError) as error:
            self._put_off(error)
            return False
        self._failures = 0
        self._pace()
        return True

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

    def _put_off(self, error: PublishError | TimeoutError) -> None:
        """Try again later; that an alert comes twice is better than that it never comes."""
        self._failures += 1
        wait = min(timedelta(seconds=ROUND) * 2 ** min(self._failures, 10), _GAP_MOST)
        if isinstance(error, Throttled):
            wait = max(wait, error.wait or wait)
        self._not_before = self._now() + wait
        if self._failures == 1:
            reason = str(error) or "Telegram took too long to answer"
            _log.warning("alert not sent, will try again", reason=reason)

    def _pace(self) -> None:
        now = self._now()
        self._sent.append(now)
        while self._sent[0] <= now - _HOUR:
            self._sent.popleft()
        self._not_before = now + min(_GAP_FIRST * 2 ** (len(self._sent) - 1), _GAP_MOST)
        _log.info("alert sent")
