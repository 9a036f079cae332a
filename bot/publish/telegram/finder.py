"""Searches for a post that may have arrived, by forwarding messages to a private chat.

A bot cannot read a channel, but a forward to a private chat shows it a message (Bot API,
forwardMessage), and subscribers see nothing of that. Ids rise by one for each message of anyone.

A post that is seen proves itself. Its absence is proved only between two known posts of ours, one
proved before the attempt and one made after it, once every id between them was looked at. Missing
ids alone prove nothing: a chat may begin anywhere, and messages are deleted by the hundred.

    known before   known after   the search goes                    without a hit
    yes            yes           through all ids between them       the post is not there
    yes            no            upwards, until 30 ids are missing  open: a later post will tell
    no             yes           downwards, until 100 are missing   nobody can tell
    no             no            upwards from the newest message    open
"""

from __future__ import annotations

import asyncio
import unicodedata
from contextlib import suppress
from datetime import timedelta
from difflib import SequenceMatcher
from itertools import count
from typing import TYPE_CHECKING, Literal

from bot.errors import ChatMoved, OutcomeUnknown, Rejected, Throttled, Unauthorized
from bot.format.limits import plain_text
from bot.log import get_logger
from bot.models.posts import Receipt, SearchResult
from bot.models.reasons import ReasonCode
from bot.publish.telegram.posts import post_url
from bot.publish.telegram.rich import links_in, shown_text
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from telegram import Message

    from bot.models.outbox import Sought
    from bot.models.settings import Channel
    from bot.publish.telegram.account import TelegramAccount

_log = get_logger(__name__)
_END, _HOLE = 30, 100
"""Missing ids in a row after which a search upwards, or downwards, goes no further."""
_BACK = 10
_TRIES_MOST = 500
_NEIGHBOURS = 3
_FORWARDS_MOST = 40
_LONGEST = 240.0  # seconds of one search, in which nothing else of the channel is sent
_STEP, _POWERS = 4, 12  # up to four million messages
_ABSENT = ("message to forward not found", "message_id_invalid", "message not found")
_UNREADABLE = ("message can't be forwarded", "chat_forwards_restricted")
_MENDED = 0.8
"""The share of alike words from which on a message may be the post, mended."""


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

        Raises Rejected where nobody will ever know: the chat protects its content, too many
        messages stand beside the post, no post is known before it, or it may be another's.
        """
        if self._channel.protect_content:
            raise Rejected(
                "protected", marked("the channel's posts cannot be forwarded (protect_content)")
            )
        after, until = self._anchors(sought)
        search = _Search(self._channel, self._account, sought)
        try:
            async with asyncio.timeout(_LONGEST):
                found = await search.run(after, until)
                further = await search.album_of(found) if found is not None else ()
        except TimeoutError:
            text = told("the search took longer than {longest} seconds", longest=f"{_LONGEST:.0f}")
            raise OutcomeUnknown("slow", text) from None
        if found is None:
            return SearchResult(receipt=None, is_open=until is None)
        chat = sought.chat or self._channel.chat
        receipt = Receipt(remote_id=str(found), url=post_url(chat, found), further_ids=further)
        return SearchResult(receipt=receipt)

    def _anchors(self, sought: Sought) -> tuple[int | None, int | None]:
        """Return the nearest ids between which the post stands if it arrived, as far as known.

        A request may arrive until `sure_after`: only posts made later surely stand behind it. Two
        that stand the other way round are of two chats that had the same name.
        """
        sure = sought.unknown_since + self.sure_after
        later = (int(id_) for id_, made_at in sought.later.items() if made_at >= sure)
        until = min(later, default=None)
        after = None if sought.after is None else int(sought.after)
        is_torn = after is not None and until is not None and until <= after
        return None if is_torn else after, until


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
        self._suspect: int | None = None

    async def run(self, after: int | None, until: int | None) -> int | None:
        """Return the id of the post, None if it was not seen between `after` and `until`.

        Raises Rejected where that cannot be told.
        """
        if until is None:
            start = await self._guessed_start() if after is None else after
            return await self._walk(count(start + 1), _END, least=max(self._known, default=0))
        if after is None:
            found = await self._walk(range(until - 1, 0, -1), _HOLE)
            if found is None:
                raise Rejected("no_anchor", marked("no post of ours is known before it"))
            return found
        found = await self._walk(range(after + 1, until))
        if found is None and self._suspect is not None:
            text = told(
                "message {suspect} may be it, with other words or protected", suspect=self._suspect
            )
            raise Rejected("not_sure", text)
        return found

    async def album_of(self, first: int) -> tuple[str, ...]:
        """Return the messages of the album that begins with `first`: photos without words."""
        further = []
        with suppress(Rejected):  # the post is found, and its further pictures prove nothing more
            for number in range(first + 1, first + self._sought.messages):
                seen = None if number in self._known else await self._message(number)
                if seen is not None and seen is not True and seen.photo and not _shown(seen):
                    further.append(str(number))
        return tuple(further)

    async def _walk(
        self, ids: Iterable[int], most_missing: int | None = None, *, least: int = 0
    ) -> int | None:
        """Return the first of `ids` that is the post.

        Goes no further after `most_missing` missing ids in a row, but as far as `least`.
        """
        missing = 0
        for number in ids:
            is_there = number in self._known
            if not is_there and (seen := await self._message(number)) is not None:
                is_there = True
                if self._is_it(number, seen):
                    return number
            missing = 0 if is_there else missing + 1
            if most_missing is not None and missing >= most_missing and number >= least:
                break
        return None

    def _is_it(self, number: int, seen: Message | Literal[True]) -> bool:
        """Tell whether message `number` is the post; one that may be is kept in mind."""
        if seen is True or not _is_same(seen, self._sought):
            # A post that was sent protected, too, exists and cannot be read.
            if seen is True or _may_be_mended(seen, self._sought):
                self._suspect = number
            return False
        if self._sought.has_twin:
            text = marked("another post that may have been sent to the chat says the same")
            raise Rejected("twin", text)
        return True

    async def _guessed_start(self) -> int:
        """Return an id before the post where none is known: known posts of ours came later."""
        first = min(self._known, default=0) or await self._newest()
        return max(first - _BACK, 0)

    async def _newest(self) -> int:
        """Return about the highest id that exists, 0 where none is seen."""
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

    async def _message(self, number: int) -> Message | Literal[True] | None:
        """Return the message, True where it exists and cannot be read, None where there is none."""
        self._tries += 1
        if self._tries > _TRIES_MOST or self._forwards >= _FORWARDS_MOST:
            text = told(
                "more than {forwards_most} messages follow the last known one",
                forwards_most=_FORWARDS_MOST,
            )
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
            raise Rejected(
                "no_scratch_chat", told("{why} (or its scratch_chat)", why=refused)
            ) from None

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
        where = told("scratch_chat {was} of channel {channel}", was=was, channel=self._channel.id)
        if was != self._channel.scratch_chat or not str(self._chat).startswith(("@", "-100")):
            text = told(
                "the chat or {why} became another one, {chat}: set the new id",
                why=where,
                chat=moved.chat,
            )
            raise Rejected(ReasonCode.CHAT_MOVED, text)
        _log.warning(f"{where} has a new id: set scratch_chat = {moved.chat}")

    async def _refuse_protected(self) -> None:
        async with self._account.sending(self._channel):
            about = await self._account.bot.get_chat(self._chat)
        if about.has_protected_content:
            raise Rejected(
                "protected", marked("the chat protects its content: nothing can be forwarded")
            )


def _is_same(message: Message, sought: Sought) -> bool:
    """Tell whether the message has the words of the post, or a link to the same article.

    An administrator may have mended its words within the minute.
    """
    if _folded(_shown(message)) == _folded(plain_text(sought.text)):
        return True
    return sought.link is not None and sought.link in _links(message)


def _may_be_mended(message: Message, sought: Sought) -> bool:
    """Tell whether the message has nearly the words of the post, and no link to another article."""
    if _links(message):
        return False
    words, wanted = _shown(message).split(), plain_text(sought.text).split()
    return SequenceMatcher(None, words, wanted).ratio() >= _MENDED


def _shown(message: Message) -> str:
    return message.text or message.caption or shown_text(message)


def _links(message: Message) -> set[str]:
    entities = (*message.entities, *message.caption_entities)
    written = {word for word in _shown(message).split() if word.startswith(("http://", "https://"))}
    return written | {one.url for one in entities if one.url} | links_in(message)


def _folded(text: str) -> list[str]:
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", text).splitlines())
    return [line for line in lines if line]
