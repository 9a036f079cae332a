"""Reads what happens in the chats of the desk's bot: one reader at a time, each update once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import PublishError
from bot.log import get_logger
from bot.models.desk import Tap, Words

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from bot.models.basics import AccountId
    from bot.models.desk import Update
    from bot.operate.desk.commanding import Commanding
    from bot.operate.desk.deciding import Deciding
    from bot.ports import DeskChat
    from bot.store.engine import Store

_log = get_logger(__name__)
_MOST = 100
"""Updates that are read at once; where there are so many, more may wait."""


class Reading:
    """Hands updates of `users` to those who act on them; strangers get no answer.

    The reactions of anybody to our posts are counted.

    An update is begun, handled and ended: one whose handling is cut short is handled again, and
    all that is done twice is done once in the outbox.
    """

    def __init__(
        self,
        chat: DeskChat,
        store: Store,
        account: AccountId,
        *,
        users: Collection[int],
        deciding: Deciding,
        commanding: Commanding,
        now: Callable[[], datetime],
    ) -> None:
        self._chat = chat
        self._book = store.updates
        self._weeks = store.week
        self._account = account
        self._users = users
        self._deciding = deciding
        self._commanding = commanding
        self._now = now
        self.heard_at: datetime | None = None
        """Until when everything that people did was read and handled; None before that."""

    async def round(self, wait: float) -> bool:
        """Handle what happened, after `wait` seconds at most; False where another one reads.

        Raises PublishError.
        """
        first = await self._book.take_turn(self._account, self._now())
        if first is None:
            return False
        await self._commanding.offer()
        found, heard_at = await self._chat.updates(first, wait), self._now()
        for one in found:
            if await self._book.take_turn(self._account, self._now()) is None:
                return False
            await self._book.note_places(self._account, one.places, self._now())
            if await self._book.begin(self._account, one.id, self._now()):
                await self._handle(one)
            await self._book.end(self._account, one.id, self._now())
        if len(found) < _MOST:
            self.heard_at = heard_at
        return True

    async def leave(self) -> None:
        """Let another process read at once."""
        await self._book.leave(self._account)

    async def _handle(self, update: Update) -> None:
        if update.reactions is not None:
            await self._weeks.note_reactions(self._account, update.reactions, self._now())
        event = update.event
        if event is None or event.by.id not in self._users or not self._is_ours(event):
            return
        try:
            if isinstance(event, Words):
                await self._read(event, update.id)
            elif event.data.startswith("/"):
                await self._commanding.tapped(event)
            else:
                await self._deciding.tapped(event)
        except PublishError as error:
            # What was decided stands in the outbox, and the card shows it.
            _log.warning("a person at the desk got no answer", reason=str(error))

    def _is_ours(self, event: Tap | Words) -> bool:
        """Tell whether it happened at the desk, or in a private chat with the person."""
        return self._chat.is_here(event.place) or event.place.id == event.by.id

    async def _read(self, words: Words, update_id: int) -> None:
        card = await self._deciding.card_answered(words)
        if card is None:
            await self._commanding.told(words)
        else:
            await self._deciding.rewrite(words, card, update_id)
