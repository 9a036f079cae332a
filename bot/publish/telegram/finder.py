"""Searches for a post that may have arrived, by forwarding the messages after the last known one.

A bot cannot read a channel, but a forward to a private chat shows it a message (Bot API,
forwardMessage), and subscribers see nothing of that. Ids rise by one for each message of anyone.

last known id ──> + 1, + 2, ... until nothing follows any more ──> the post, or proof that it is
not there. Without a known id the newest message is found first, in steps that grow fourfold.

Later messages may be hidden behind deleted ones. Where a later post of ours is known, everything
before it was looked at, and that is proof. Else thirty missing ids in a row are believed to be the
end in a channel, where only administrators write; in a group, whose helpers delete by the dozen,
nothing is believed.
"""

from __future__ import annotations

import asyncio
import unicodedata
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from telegram.constants import ChatType

from bot.errors import ChatMoved, OutcomeUnknown, Rejected, Throttled, Unauthorized
from bot.format.limits import plain_text
from bot.log import get_logger
from bot.models.posts import Receipt, SearchResult
from bot.models.reasons import ReasonCode
from bot.publish.telegram.posts import post_url

if TYPE_CHECKING:
    from telegram import ChatFullInfo, Message

    from bot.models.outbox import Sought
    from bot.models.settings import Channel
    from bot.publish.telegram.account import TelegramAccount

_log = get_logger(__name__)
_END = 30
_BACK = 10
_TRIES_MOST = 500
_NEIGHBOURS = 3
_FORWARDS_MOST = 40
_LONGEST = 240.0  # seconds of one search, in which nothing else of the channel is sent
_STEP, _POWERS = 4, 12  # up to four million messages
_ABSENT = ("message to forward not found", "message_id_invalid", "message not found")
_UNREADABLE = ("message can't be forwarded", "chat_forwards_restricted")


class TelegramFinder:
    """Searches one channel through its scratch chat. Implements `ports.Finder`."""

    first_search = timedelta(seconds=10)
    sure_after = timedelta(seconds=45)

    def __init__(self, channel: Channel, account: TelegramAccount) -> None:
        self._channel = channel
        self._account = account

    def reads_most(self, sought: Sought) -> int:  # noqa: ARG002 - the port's signature
        """Return 0: forwarding is free."""
        return 0

    async def find(self, sought: Sought) -> SearchResult:
        """Forward messages to the scratch chat, compare them, and delete the copies.

        Raises Rejected where the chat protects its content, or where more messages follow than
        can be forwarded.
        """
        if self._channel.protect_content:
            raise Rejected("protected", "the channel's posts cannot be forwarded (protect_content)")
        search = _Search(self._channel, self._account, sought)
        try:
            async with asyncio.timeout(_LONGEST):
                found = await search.run()
        except TimeoutError:
            text = f"the search took longer than {_LONGEST:.0f} seconds"
            raise OutcomeUnknown("slow", text) from None
        if found is None:
            return SearchResult(receipt=None)
        chat = sought.chat or self._channel.chat
        return SearchResult(receipt=Receipt(remote_id=str(found), url=post_url(chat, found)))


class _Search:
    """One search; counts the messages that it forwards."""

    def __init__(self, channel: Channel, account: TelegramAccount, sought: Sought) -> None:
        self._channel = channel
        self._account = account
        self._sought = sought
        self._scratch: int | str = channel.scratch_chat or ""
        self._chat = sought.chat or channel.chat or ""
        self._forwards = 0
        self._tries = 0
        self._known = {int(one) for one in sought.known if one.isdecimal()}

    async def run(self) -> int | None:
        """Return the id of the post, None if it is not there.

        Raises Rejected where that cannot be told.
        """
        after, last = self._sought.after, max(self._known, default=0)
        start = int(after) if after is not None else await self._guessed_start()
        missing, number = 0, start
        while missing < _END or number < last:
            number += 1
            seen = await self._message(number) if number not in self._known else True
            missing = missing + 1 if seen is None else 0
            if not isinstance(seen, bool | None) and _is_same(seen, self._sought):
                return number
        if after is None or last <= start:
            await self._refuse_group()
        return None

    async def _guessed_start(self) -> int:
        """Return an id before the post where none is known: known posts of ours came later."""
        first = min(self._known, default=0) or await self._newest()
        return max(first - _BACK, 0)

    async def _newest(self) -> int:
        """Return about the highest id that exists, 0 in an empty chat."""
        steps = [_STEP**power for power in range(_POWERS)]
        low = max([step for step in steps if await self._exists(step)], default=0)
        high = max(low * _STEP, 1)
        while high - low > 1:
            middle = (low + high) // 2
            if await self._exists(middle):
                low = middle
            else:
                high = middle
        return low

    async def _exists(self, number: int) -> bool:
        for near in range(number, number + _NEIGHBOURS):
            if near in self._known or await self._message(near) is not None:
                return True
        return False

    async def _refuse_group(self) -> None:
        about = await self._about_chat()
        if about.type != ChatType.CHANNEL:
            text = "it is not in the chat, but in a group it may be hidden behind deleted messages"
            raise Rejected("not_sure", text)

    async def _about_chat(self) -> ChatFullInfo:
        async with self._account.sending(self._channel):
            return await self._account.bot.get_chat(self._chat)

    async def _message(self, number: int) -> Message | Literal[True] | None:
        """Return the message, True where it exists and cannot be read, None where there is none."""
        self._tries += 1
        if self._tries > _TRIES_MOST or self._forwards >= _FORWARDS_MOST:
            text = f"more than {_FORWARDS_MOST} messages follow the last known one"
            raise Rejected("too_many", text)
        try:
            return await self._forward(number)
        except ChatMoved as moved:
            self._follow(moved)
            return await self._message(number)
        except Rejected as rejected:
            said = str(rejected).lower()
            if any(words in said for words in _ABSENT):
                return None
            if any(words in said for words in _UNREADABLE):
                await self._refuse_protected()
                return True  # a service message, such as that of a pinned post
            raise OutcomeUnknown(rejected.code, str(rejected)) from None
        except Unauthorized as refused:
            if refused.scope == "account":
                raise
            raise Rejected("no_scratch_chat", f"{refused} (or its scratch_chat)") from None

    async def _forward(self, number: int) -> Message:
        bot, gate = self._account.bot, self._account.scratch_gate(self._scratch)
        try:
            async with gate.turn(), self._account.sending(self._channel):
                copy = await bot.forward_message(
                    self._scratch, self._chat, number, disable_notification=True
                )
        except Throttled:
            if gate.is_shut:
                raise
            return await self._forward(number)  # the messages seen so far are worth a short wait
        self._forwards += 1
        with suppress(Rejected, Throttled):  # a copy that stays in the scratch chat does no harm
            async with self._account.sending(self._channel):
                await bot.delete_message(self._scratch, copy.message_id)
        return copy

    def _follow(self, moved: ChatMoved) -> None:
        """Go on in the scratch chat's new place, if it is certain that it is the one that moved.

        Only small groups move, whose ids have no -100. Else copies might be shown to readers.
        """
        was, self._scratch = self._scratch, moved.chat
        where = f"scratch_chat {was} of channel {self._channel.id}"
        if was != self._channel.scratch_chat or not str(self._chat).startswith(("@", "-100")):
            text = f"the chat or {where} became another one, {moved.chat}: set the new id"
            raise Rejected(ReasonCode.CHAT_MOVED, text)
        _log.warning(f"{where} has a new id: set scratch_chat = {moved.chat}")

    async def _refuse_protected(self) -> None:
        about = await self._about_chat()
        if about.has_protected_content:
            raise Rejected("protected", "the chat protects its content: nothing can be forwarded")


def _is_same(message: Message, sought: Sought) -> bool:
    """Tell whether the message has the words of the post, or a link to the same article.

    An administrator may have mended its words within the minute.
    """
    shown = message.text or message.caption or ""
    if _folded(shown) == _folded(plain_text(sought.text)):
        return True
    entities = (*message.entities, *message.caption_entities)
    link = sought.link
    return link is not None and (link in shown or any(one.url == link for one in entities))


def _folded(text: str) -> list[str]:
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", text).splitlines())
    return [line for line in lines if line]
